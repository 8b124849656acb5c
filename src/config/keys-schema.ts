import * as z from 'zod';
import type { LimitRule } from '../core/limit.ts';
import { ANY, LIMIT_MEASURES } from '../core/limit.ts';
import type { KeySetting } from './config.ts';
import { limitMeasures } from './limits-schema.ts';
import type { LoosePlace } from './problem.ts';
import { addressRange, instant, modelName } from './schema-fields.ts';
import { type ReadSecret, secretOf } from './secret-file.ts';
import { holderName, tag } from './spending-schema.ts';

const MOST_ENTRIES = 10_000;

/** A whole API key; the group is its id. */
const WHOLE_KEY = /^sk-ez-([0-9A-Za-z]{12})-[0-9A-Za-z]{43}-[0-9A-Za-z]{6}$/;

const key = z.strictObject({
  secret: z
    .string()
    .optional()
    .describe('The whole key, sk-ez-…, as ezmodel keys generate makes it; best as a reference.'),
  secret_file: z.string().min(1).optional().describe('A file that holds the whole key instead.'),
  id: z
    .string()
    .regex(/^[0-9A-Za-z]{12}$/, 'must be the 12 characters after sk-ez-')
    .optional(),
  digest: z
    .string()
    .regex(/^[0-9a-f]{64}$/, 'must be 64 hex digits, as ezmodel keys generate prints them')
    .optional()
    .describe('Beside id, in place of the secret.'),
  project: holderName.default('default').describe('What it belongs to, for good.'),
  models: z.array(modelName).min(1).max(MOST_ENTRIES).optional().describe('Models or patterns. Default: all.'),
  tags: z.array(tag).max(16).default([]).describe('Tags of all its requests.'),
  ip_allow: z.array(addressRange).min(1).max(1_000).optional().describe('Who may use it. Default: all.'),
  expires: instant.optional().describe('When it ends, such as 2027-01-01.'),
  disabled: z.boolean().default(false).describe('Whether it is refused.'),
  limits: limitMeasures.optional().describe('What it may use at most.'),
});

/** API keys that the file rules. */
export const keysSchema = z.record(holderName, key).default({}).describe('API keys of clients, by their names.');

type KeysEntry = z.output<typeof keysSchema>;

/** The keys of a checked file, their limits, and what is wrong with them. */
export function keysOf(
  entries: KeysEntry,
  read: ReadSecret,
): { keys: KeySetting[]; limits: LimitRule[]; problems: LoosePlace[] } {
  const problems: LoosePlace[] = [];
  const limits: LimitRule[] = [];
  const keys = Object.entries(entries).flatMap(([name, entry]): KeySetting[] => {
    const found = credentialOf(entry, read);
    if ('problem' in found) {
      problems.push({ path: ['keys', name, found.key], message: found.problem });
      return [];
    }
    if (entry.limits !== undefined) limits.push(limitOf(found.id, entry.limits));
    const { project, models, tags, ip_allow: ipAllow, expires: expiresAt, disabled } = entry;
    return [{ name, ...found, project, models, tags, ipAllow, expiresAt, disabled }];
  });
  for (const [index, { id, name }] of keys.entries()) {
    const earlier = keys.slice(0, index).find((other) => other.id === id);
    if (earlier) problems.push({ path: ['keys', name], message: `is the same key as ${earlier.name}` });
  }
  return { keys, limits, problems };
}

type Credential = Pick<KeySetting, 'id' | 'proof'>;

function credentialOf(entry: KeysEntry[string], read: ReadSecret): Credential | { key: string; problem: string } {
  const { id, digest, secret, secret_file: file } = entry;
  if (digest !== undefined || id !== undefined) {
    if (secret !== undefined || file !== undefined) return { key: 'id', problem: 'cannot stand beside a secret' };
    if (digest === undefined || id === undefined) return { key: 'id', problem: 'id and digest stand together' };
    return { id, proof: { digest } };
  }
  const told = secretOf(entry, read);
  if (told.problem !== undefined) return { key: told.problem.key, problem: told.problem.message };
  const [, ofKey] = WHOLE_KEY.exec(told.secret) ?? [];
  const from = secret === undefined ? 'secret_file' : 'secret';
  return ofKey === undefined
    ? { key: from, problem: 'must be a whole key: make one with ezmodel keys generate' }
    : { id: ofKey, proof: { key: told.secret } };
}

function limitOf(id: string, { burst, ...measures }: NonNullable<KeysEntry[string]['limits']>): LimitRule {
  const values = Object.fromEntries(
    LIMIT_MEASURES.flatMap((measure) => (measures[measure] === undefined ? [] : [[measure, measures[measure]]])),
  );
  return { scope: 'key', id, model: ANY, values, burst };
}
