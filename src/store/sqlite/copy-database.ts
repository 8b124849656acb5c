import { explained, openForReading } from './connection.ts';

/** Copies a database, as one moment of it, into a file that is empty. @throws StoreError naming the source. */
export function copyDatabase(source: string, target: string): void {
  const database = openForReading(source);
  try {
    explained(source, () => database.prepare('VACUUM INTO ?').run(target));
  } finally {
    database.close();
  }
}
