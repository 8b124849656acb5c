import type { AttemptSettlement } from '../core/exchange.ts';
import type { UnpricedSetting } from '../core/unpriced.ts';
import type { Usage } from '../core/usage.ts';
import { listOpenAttempts, type OpenAttempt, type Settlement } from '../store/exchanges.ts';
import { listOpenNodes } from '../store/nodes.ts';
import type { Store } from '../store/open.ts';
import { listProjects } from '../store/projects.ts';
import { COUNTERS } from '../store/tables/counters.ts';
import { fromPinnedPrice, type Price } from './price.ts';
import { type ExchangeEnd, makeSettlement, type OpenedExchange } from './settlement.ts';

/**
 * Whether a process is no more; null is one from before they had names. Who goes by silence alone has to have heard nothing for
 * `heldFor` ms too: so long a call of a process that only stands still may spend what a hard budget holds for it.
 */
export type IsGone = (node: string | null, heldFor: number) => boolean;

/** For how long after the database can be asked again it may still write what it was given before, in ms. */
const DOUBT = 60_000;

/** Finds and settles what is left open. */
export type Recovery = {
  /** See `Ledger.recover`. */
  recover(isGone: IsGone, confirm?: () => Promise<void>): Promise<number>;
  /** An intent of this process was refused because the database was lost, which may have written it all the same. */
  doubt(): void;
};

/** What a recovery works with. */
export type RecoveryParts = {
  store: Store;
  /** This process. */
  node: string;
  now(): number;
  /** Whether this process has an exchange open, and will settle it. */
  isLive(id: string): boolean;
  priceVersion(): string;
  /** @param own what its project says of models without a price; null: nothing. */
  settle(settlement: Settlement, own: UnpricedSetting | null): Promise<void>;
};

/** The recovery of a ledger. */
export function createRecovery({ store, node, now, isLive, priceVersion, settle }: RecoveryParts): Recovery {
  let isInDoubt = false;
  let askedAt: number | undefined;

  const recover: Recovery['recover'] = async (isGone, confirm = async () => undefined) => {
    const asked = (await listOpenNodes(store)).filter((of) => (of === node && isInDoubt) || isGone(of, 0));
    const open = asked.length === 0 ? [] : await listOpenAttempts(store, asked);
    if (isInDoubt) {
      askedAt ??= now();
      isInDoubt = now() - askedAt < DOUBT;
    }
    if (open.length === 0) return 0;
    await confirm();
    const left = open.filter((row) => !isLive(row.exchange_id));
    const crashed = left.filter((row) => isGone(row.node, row.held_for ?? 0));
    const unsent = left.filter((row) => row.node === node && !crashed.includes(row)).map(asUnused);
    const settlements = settleCrashed([...crashed, ...unsent], now(), priceVersion());
    const policies = new Map((await listProjects(store)).map(({ id, unpriced }) => [id, unpriced]));
    const projects = new Map(left.map((row) => [row.exchange_id, row.project_id]));
    const ownOf = ({ exchange }: Settlement) => policies.get(projects.get(exchange.id) ?? '') ?? null;
    await Promise.all(settlements.map((settlement) => settle(settlement, ownOf(settlement))));
    return settlements.length;
  };

  return {
    recover,
    doubt: () => {
      isInDoubt = true;
      askedAt = undefined;
    },
  };
}

/** Nothing went upstream for it. */
function asUnused(row: OpenAttempt): OpenAttempt {
  return { ...row, so_far_input: 0 };
}

/**
 * Settlements for exchanges whose process died (`reliability.md` S1): outcome `crashed`, usage from the last checkpoint, and
 * where that says nothing of the prompt its estimated size; always partial and estimated, priced as pinned at the start.
 */
function settleCrashed(rows: readonly OpenAttempt[], now: number, unpricedVersion: string): Settlement[] {
  const prices = new Map<string, Price>();
  const byExchange = Map.groupBy(rows, (row) => row.exchange_id);
  return [...byExchange.values()].flatMap((attempts) => {
    const [first] = attempts;
    if (first === undefined) return [];
    const opened: OpenedExchange = {
      id: first.exchange_id,
      keyId: first.key_id,
      projectId: first.project_id,
      model: first.model,
      startedAt: first.exchange_started_at,
      attempts: attempts.map((row) => ({
        attempt: row.attempt,
        channel: row.channel,
        upstreamModel: row.upstream_model,
        price: pinnedPrice(row, prices),
      })),
    };
    const end: ExchangeEnd = {
      id: opened.id,
      outcome: 'crashed',
      httpStatus: undefined,
      errorKind: undefined,
      endedAt: now,
      losses: [],
    };
    const settled = attempts.map((row) => settleCrashedAttempt(row, now));
    return [makeSettlement(opened, end, settled, unpricedVersion)];
  });
}

function settleCrashedAttempt(row: OpenAttempt, now: number): AttemptSettlement {
  return {
    exchangeId: row.exchange_id,
    attempt: row.attempt,
    outcome: 'crashed',
    httpStatus: undefined,
    errorKind: undefined,
    upstreamRequestId: undefined,
    sentAt: undefined,
    headersAt: undefined,
    answerBytes: 0,
    firstEventAt: undefined,
    endedAt: now,
    usage: lastKnownUsage(row),
    partial: true,
    estimated: true,
  };
}

function lastKnownUsage(row: OpenAttempt): Usage {
  const usage: Usage = {};
  for (const counter of COUNTERS) {
    const soFar = row[`so_far_${counter}`];
    if (soFar !== null) usage[counter] = soFar;
  }
  const prompt = [usage.input, usage.cache_read, usage.cache_write_5m, usage.cache_write_1h];
  if (prompt.every((count) => count === undefined)) usage.input = row.estimated_input;
  return usage;
}

function pinnedPrice(row: OpenAttempt, known: Map<string, Price>): Price | undefined {
  const { price_id: id, price_version: version, price_rates: rates } = row;
  if (id === null || version === null || rates === null) return undefined;
  const price = known.get(id) ?? fromPinnedPrice({ id, version, rates });
  known.set(id, price);
  return price;
}
