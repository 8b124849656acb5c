import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { sql } from 'kysely';
import { StoreError } from '../failure.ts';
import { query } from '../query.ts';
import type { Store } from '../store.ts';
import { followBudgetSubjects } from './budget-subjects.ts';
import { type ColumnTypes, readColumnTypes } from './bulk-columns.ts';
import { connect, describeUrl, goByKeys } from './connection.ts';
import { createLink } from './link.ts';
import { migrate } from './migrate.ts';
import { dropEmptyPartitions, makePartitions } from './partitions.ts';
import { createReader } from './reader.ts';
import { noSpool, openSpool, type Spool } from './spool.ts';
import { OPENED_TABLES } from './write-openings.ts';
import { SETTLED_TABLES } from './write-settlements.ts';
import { createWriter } from './writer.ts';

/** How often the partitions of coming months are looked after, in ms. */
const PARTITIONS_INTERVAL_MS = 6 * 3_600_000;

/** How long intents without a hard budget are taken while the database is away, unless said, in ms (`reliability.md` §2.5). */
const GRACE_MS = 60_000;

/** How a process does without its database. */
export type Outage = {
  /** Path of its spool; undefined: it keeps nothing. */
  spool: string | undefined;
  /** How long it begins exchanges without a hard budget, in ms. */
  grace: number | undefined;
};

/**
 * Opens a PostgreSQL database, making the schema as needed; any number of nodes may.
 * @throws StoreError `unavailable`, `newer-schema` or `rejected`.
 */
export async function openPostgres(url: string, { spool: file, grace = GRACE_MS }: Outage): Promise<Store> {
  const place = describeUrl(url);
  const client = await connect(url);
  let types: ColumnTypes;
  try {
    await migrate(client, place);
    types = await readColumnTypes(client, [...new Set([...OPENED_TABLES, ...SETTLED_TABLES])]);
    await goByKeys(client);
  } catch (error) {
    await client.end();
    throw error;
  }
  const spool = file === undefined ? noSpool() : await makeSpool(file);
  const link = createLink(url, client, () => writer.wake());
  const reader = createReader(url, () =>
    link.client() === undefined ? new StoreError('unavailable', `PostgreSQL at ${place} cannot be reached`) : undefined,
  );
  const budgets = followBudgetSubjects(reader);
  const openSettlementLink = () => createLink(url, undefined, () => undefined);
  const writer = createWriter({ link, openSettlementLink, spool, types, budgets, grace });
  writer.wake();
  await budgets.first;
  const upkeep = setInterval(() => {
    const current = link.client();
    if (current === undefined) return;
    makePartitions(current, Date.now()).catch(() => undefined);
    tidyPartitions(url).catch(() => undefined);
  }, PARTITIONS_INTERVAL_MS).unref();
  return {
    kind: 'postgres',
    place,
    writer,
    reader,
    reports: reader,
    isIntact: async () => true,
    findDamage: async () => [],
    countGuards: async () => {
      const rows = await reader.all(
        sql<{ guards: number }>`SELECT count(*) AS guards FROM pg_trigger
          WHERE tgrelid = 'ledger'::regclass AND tgname IN ('ledger_keeps_rows', 'ledger_keeps_values')`.compile(query),
      );
      return rows[0]?.guards ?? 0;
    },
    health: () => {
      const since = link.downSince();
      return {
        downFor: since === undefined ? undefined : performance.now() - since,
        spooledBytes: spool.size(),
        refusedAfterSpool: writer.refusedAfterSpool(),
        graceLeft: since === undefined ? undefined : Math.max(0, grace - (performance.now() - since)),
        withoutIt: writer.withoutDatabase,
      };
    },
    close: async () => {
      clearInterval(upkeep);
      budgets.close();
      await reader.close();
      await writer.close();
    },
  };
}

function makeSpool(file: string): Promise<Spool> {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  return openSpool(file);
}

/** On a connection of its own: it waits for locks, and nothing may wait for it. What is not dropped now is dropped later. */
async function tidyPartitions(url: string): Promise<void> {
  const client = await connect(url);
  try {
    await dropEmptyPartitions(client, Date.now());
  } finally {
    await client.end();
  }
}
