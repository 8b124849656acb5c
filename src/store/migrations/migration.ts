/**
 * One step of the schema. Steps are never edited once released: a later step changes what an earlier one made. `sql` is
 * SQLite's; PostgreSQL takes it translated (`postgres/translate-schema.ts`), or `postgres` where a step has a text of its own.
 */
export type Migration = { version: number; sql: string; postgres?: string };
