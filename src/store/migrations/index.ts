import { books } from './0001-books.ts';
import { losses } from './0002-losses.ts';
import type { Migration } from './migration.ts';

/** All steps of the schema, oldest first. */
export const MIGRATIONS: readonly Migration[] = [books, losses];
