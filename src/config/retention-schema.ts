import * as z from 'zod';
import type { RetentionConfig } from './config.ts';
import { size } from './schema-fields.ts';

const PETABYTE = 1024 ** 5;
const MOST_DAYS = 36_600;
const GB = 1024 ** 3;

const limit = z
  .strictObject({
    days: z.int().min(1).max(MOST_DAYS).optional().describe('What is older is deleted. Default: nothing.'),
    bytes: size(PETABYTE).optional().describe('The oldest is deleted while there is more. Default: no limit.'),
  })
  .prefault({});

/** How long what is on disk stays there. */
export const retentionSchema = z
  .strictObject({
    bodies: limit.describe('Kept payloads, which have a time to live of their own.'),
    rows: limit.describe('Exchanges with their attempts and ledger rows; their sums stay.'),
    rollups: limit.describe('Hourly sums of usage and of closed rows.'),
    low_disk: size(PETABYTE)
      .prefault('1GB')
      .describe('With less free space payloads are dropped, oldest first, and no new ones are kept.'),
    reserve: size(16 * GB)
      .prefault('64MB')
      .describe('Space for what is under way when the disk is full: with less free, requests are refused.'),
  })
  .refine(({ low_disk, reserve }) => low_disk > reserve, { path: ['reserve'], message: 'must be less than low_disk' })
  .refine(({ rows, rollups }) => rollups.days === undefined || (rows.days !== undefined && rows.days <= rollups.days), {
    path: ['rollups', 'days'],
    message: 'must be at least the days of rows, which need a limit then',
  })
  .prefault({})
  .describe('How long payloads, rows and roll-ups are kept, and what happens when the disk fills up.');

/** Retention as the gateway reads it. */
export function retentionOf(entry: z.output<typeof retentionSchema>): RetentionConfig {
  const { bodies, rows, rollups, low_disk: lowDisk, reserve } = entry;
  const limitOf = ({ days, bytes }: typeof bodies) => ({ days, bytes });
  return { bodies: limitOf(bodies), rows: limitOf(rows), rollups: limitOf(rollups), lowDisk, reserve };
}
