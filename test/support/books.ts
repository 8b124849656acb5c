import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { isJsonObject, type JsonObject, numberAt } from '../../src/core/json.ts';

/** The database file of a data folder. */
const databaseFile = (dataDirectory: string): string => join(dataDirectory, 'ezmodel.db');

/** Looks into the books without the gateway's help, and without its pace: what is committed is seen at once. */
export class Books {
  private readonly database: DatabaseSync;

  constructor(dataDirectory: string) {
    this.database = new DatabaseSync(databaseFile(dataDirectory), { readOnly: true });
  }

  /** The exchange, once it has been settled; undefined before. */
  settled(requestId: string): JsonObject | undefined {
    const row: unknown = this.database
      .prepare('SELECT * FROM exchanges WHERE id = ? AND outcome IS NOT NULL')
      .get(requestId);
    return isJsonObject(row) ? row : undefined;
  }

  /** The attempts of an exchange in their order, with what each was charged. */
  attempts(requestId: string): JsonObject[] {
    const rows: unknown[] = this.database
      .prepare(
        `SELECT attempts.*, ledger.input, ledger.output, ledger.partial, ledger.estimated, ledger.cost_nano_usd
         FROM attempts JOIN ledger USING (exchange_id, attempt) WHERE exchange_id = ? ORDER BY attempt`,
      )
      .all(requestId);
    return rows.filter(isJsonObject);
  }

  /** True when the exchange has an intent, settled or not. */
  hasIntent(requestId: string): boolean {
    return this.database.prepare('SELECT 1 FROM exchanges WHERE id = ?').get(requestId) !== undefined;
  }

  /** Tokens of the exchange's last checkpoint; 0 where it said nothing of them. */
  checkpointed(requestId: string): { input: number; output: number } {
    const row: unknown = this.database
      .prepare('SELECT max(so_far_input) AS input, max(so_far_output) AS output FROM attempts WHERE exchange_id = ?')
      .get(requestId);
    const counted = isJsonObject(row) ? row : {};
    return { input: numberAt(counted, 'input') ?? 0, output: numberAt(counted, 'output') ?? 0 };
  }

  /** The process that opened the exchange. */
  nodeOf(requestId: string): string {
    const row: unknown = this.database.prepare('SELECT node FROM exchanges WHERE id = ?').get(requestId);
    return isJsonObject(row) ? String(row['node']) : '';
  }

  close(): void {
    this.database.close();
  }
}

/** Damages the books as no process of ours would. */
export function tamper(dataDirectory: string, sql: string): void {
  const database = new DatabaseSync(databaseFile(dataDirectory));
  try {
    database.exec(sql);
  } finally {
    database.close();
  }
}
