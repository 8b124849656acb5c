import { z } from '@hono/zod-openapi';
import { PASSWORD_LENGTH } from '../../access/sign-in/passwords.ts';
import { ROLES } from '../../core/role.ts';
import type { UserRecord } from '../../store/people/users.ts';

/** An e-mail address, in lower case. */
export const email = z.email().max(254).toLowerCase();

/** What to call somebody or something. */
export const displayName = z.string().trim().min(1).max(100);

/** A new password. */
export const newPassword = z.string().min(PASSWORD_LENGTH.min).max(PASSWORD_LENGTH.max);

/** A role. */
export const role = z.enum(ROLES);

/** A user as the API shows them: never the password. */
export const userShape = z.object({
  id: z.string(),
  email: z.string(),
  name: z.string(),
  role,
  created_at: z.int(),
  disabled_at: z.int().nullable(),
});

/** A user in that shape. */
export function showUser({ id, email, name, role, createdAt, disabledAt }: UserRecord): z.input<typeof userShape> {
  return { id, email, name, role, created_at: createdAt, disabled_at: disabledAt };
}
