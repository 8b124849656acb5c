/** One step of the schema. Steps are never edited once released: a later step changes what an earlier one made. */
export type Migration = { version: number; sql: string };
