import { COUNTERS, type Counters } from './counters.ts';
import { placeholders, type Row } from './row.ts';

/** Milliseconds in an hour. */
export const HOUR_MS = 3_600_000;

/** What one attempt adds to its roll-up. */
export type HourlyDelta = {
  /** Unix ms at which the exchange started; decides the hour. */
  startedAt: number;
  keyId: string;
  /** Follows from the key, so it is no part of the roll-up's identity. */
  projectId: string;
  model: string;
  channel: string;
  /** 1 for the attempt that ended the exchange, 0 for those before it, so that an exchange counts once. */
  exchanges: 0 | 1;
  /** 1 when that exchange did not end `ok`. */
  errors: 0 | 1;
  /** 1 when this attempt has tokens without a price, -1 when a correction gives them one. */
  unpriced: 0 | 1 | -1;
  counters: Counters;
  /** 0 when unpriced. */
  costNanoUsd: number;
};

const IDENTITY_COLUMNS = ['hour', 'key_id', 'model', 'channel'] as const;
const SUM_COLUMNS = ['exchanges', 'errors', 'unpriced', ...COUNTERS, 'cost_nano_usd'] as const;

/** Adds sums to a roll-up, making it if need be; takes an {@link hourlyRow}, or several of one roll-up added up. */
export const ADD_TO_HOURLY = `INSERT INTO hourly (${[...IDENTITY_COLUMNS, ...SUM_COLUMNS, 'project_id'].join(', ')})
  VALUES (${placeholders(IDENTITY_COLUMNS.length + SUM_COLUMNS.length + 1)})
  ON CONFLICT (${IDENTITY_COLUMNS.join(', ')})
  DO UPDATE SET ${SUM_COLUMNS.map((column) => `${column} = hourly.${column} + excluded.${column}`).join(', ')}`;

/** The values of {@link ADD_TO_HOURLY}. */
export function hourlyRow(delta: HourlyDelta): Row {
  const { counters } = delta;
  return [
    Math.floor(delta.startedAt / HOUR_MS),
    delta.keyId,
    delta.model,
    delta.channel,
    delta.exchanges,
    delta.errors,
    delta.unpriced,
    ...COUNTERS.map((counter) => counters[counter]),
    delta.costNanoUsd,
    delta.projectId,
  ];
}

/** What takes back an {@link hourlyRow} that was added before. */
export function takenBack(row: Row): Row {
  const sums = IDENTITY_COLUMNS.length + SUM_COLUMNS.length;
  return row.map((value, index) => (index >= IDENTITY_COLUMNS.length && index < sums ? -Number(value) : value));
}

/** Adds up the roll-ups of one batch, so that each touched row is written once per transaction. */
export type HourlySums = { add(row: Row): void; drain(write: (row: Row) => void): void; clear(): void };

/** An empty {@link HourlySums}. */
export function createHourlySums(): HourlySums {
  const sums = new Map<string, Row>();
  const add = (row: Row): void => {
    const [hour, keyId, model, channel] = row;
    // The length makes the text unambiguous whatever characters channel and model have.
    const identity = `${hour} ${keyId} ${String(channel).length} ${channel}${model}`;
    const sum = sums.get(identity);
    if (sum === undefined) {
      // A copy: a batch that fails is run again with the rows as they were.
      sums.set(identity, [...row]);
      return;
    }
    for (let index = IDENTITY_COLUMNS.length; index < IDENTITY_COLUMNS.length + SUM_COLUMNS.length; index += 1) {
      sum[index] = Number(sum[index]) + Number(row[index]);
    }
  };
  const drain = (write: (row: Row) => void): void => {
    for (const row of sums.values()) write(row);
    sums.clear();
  };
  return { add, drain, clear: () => sums.clear() };
}

/** Empties the sums, in the order of their keys: nodes that add to the same ones then wait for each other instead of locking up. */
export function drainInOrder(sums: HourlySums): Row[] {
  const rows: Row[] = [];
  sums.drain((row) => rows.push(row));
  const identityOf = (row: Row) => row.slice(0, IDENTITY_COLUMNS.length).join(' ');
  return rows.toSorted((a, b) => (identityOf(a) < identityOf(b) ? -1 : 1));
}
