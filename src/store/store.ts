import type { ReaderClient } from './sqlite/reader-client.ts';
import type { WriterClient } from './sqlite/writer-client.ts';

/** Where everything is kept: an SQLite file with a thread that writes it and one that reads it, or a PostgreSQL database. */
export type Store = {
  kind: 'sqlite' | 'postgres';
  /** For people: the path of the file; host and name of the database. */
  place: string;
  writer: WriterClient;
  reader: ReaderClient;
  /** Reads for people: on threads of their own, so that no request of a model waits behind a report. */
  reports: ReaderClient;
  /** False when the file was deleted or replaced under us: nothing written now would be found again (`reliability.md` S19). */
  isIntact(): Promise<boolean>;
  /** What the database itself finds wrong with its data; empty when it is whole. Reads all of it. */
  findDamage(): Promise<string[]>;
  /** How many of the two triggers that keep the ledger append-only are there. */
  countGuards(): Promise<number>;
  /** How the database is, as far as this process knows. */
  health(): StoreHealth;
  /** Writes what is queued, closes all connections and ends all threads. */
  close(): Promise<void>;
};

/** The health of a database. */
export type StoreHealth = {
  /** For how long it cannot be reached, in ms; undefined while it can. */
  downFor: number | undefined;
  /** Bytes on the local disk that wait for it. */
  spooledBytes: number;
  /** Operations that waited there and were then refused by it. */
  refusedAfterSpool: number;
  /** For how long exchanges may still begin without it, in ms; undefined while it can be reached. */
  graceLeft: number | undefined;
  /** What was done while it could not be reached, counted since this process began. */
  withoutIt: WithoutDatabase;
};

/** Exchanges that began and ended by way of the spool, and those that were refused. */
export type WithoutDatabase = { begun: number; settled: number; refused: number };
