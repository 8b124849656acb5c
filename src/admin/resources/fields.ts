import { z } from '@hono/zod-openapi';
import { isTag, MOST_TAGS } from '../../access/tags.ts';
import { addressRange, modelName } from '../../config/schema-fields.ts';
import { AdminError } from '../problem.ts';

/** The parameter of endpoints about one thing. */
export const idParameter = z.strictObject({ id: z.string().min(1).max(64) });

/** Public model names or patterns; null: all. */
export const modelList = z.array(modelName).min(1).max(1_000).nullable();

/** Addresses and ranges (CIDR) from which something may be used; null: from anywhere. */
export const addressList = z.array(addressRange).min(1).max(1_000).nullable();

/** Tags of requests. */
export const tagList = z
  .array(z.string().refine(isTag, 'must be 1 to 64 letters, digits or ._:/-, a letter or digit first'))
  .max(MOST_TAGS);

/** A point in time, in Unix ms; null: never. */
export const endTime = z.int().positive().nullable();

/** @throws AdminError when the configuration file rules what is to be changed. */
export function refuseManaged(what: string, { managed }: { managed: boolean }): void {
  if (managed) throw new AdminError('conflict', `This ${what} is managed by the configuration file: change it there`);
}

/** A record with the fields that were given in place of its own; those that were left out stay as they are. */
export function changed<Stored extends object>(
  record: Stored,
  fields: { [Name in keyof Stored]?: Stored[Name] | undefined },
): Stored {
  const after = { ...record };
  for (const name in fields) {
    const value = fields[name];
    if (value !== undefined) after[name] = value;
  }
  return after;
}
