import { z } from '@hono/zod-openapi';
import { keyState } from '../../access/keys.ts';
import type { KeyRecord } from '../../store/keys.ts';

/** A key as the API shows it: never the secret. */
export const keyShape = z.object({
  id: z.string(),
  name: z.string(),
  state: z.enum(['active', 'disabled', 'expired', 'revoked', 'archived']),
  last_four: z.string(),
  project_id: z.string(),
  project_name: z.string(),
  models: z.array(z.string()).nullable(),
  ip_allow: z.array(z.string()).nullable(),
  tags: z.array(z.string()),
  managed: z.boolean(),
  created_at: z.int(),
  expires_at: z.int().nullable(),
  disabled_at: z.int().nullable(),
  revoked_at: z.int().nullable(),
  /** Until when the secret before the last rotation is taken too. */
  previous_until: z.int().nullable(),
});

/** A key in that shape at `now` (Unix ms). */
export function showKey(key: KeyRecord, now: number): z.input<typeof keyShape> {
  return {
    id: key.id,
    name: key.name,
    state: keyState(key, now),
    last_four: key.lastFour,
    project_id: key.project.id,
    project_name: key.project.name,
    models: key.models,
    ip_allow: key.ipAllow,
    tags: key.tags,
    managed: key.managed,
    created_at: key.createdAt,
    expires_at: key.expiresAt,
    disabled_at: key.disabledAt,
    revoked_at: key.revokedAt,
    previous_until: key.previous?.until ?? null,
  };
}

/** What the entity tag of a key is made of: all that is stored of it, and nothing that time alone changes. */
export function versionOfKey(key: KeyRecord): object {
  const { state: _, project_name: __, ...stored } = showKey(key, 0);
  return stored;
}
