import type { UserRecord } from '../../store/people/users.ts';

/** Whether somebody who can do everything is left once `next` stands in the place of the user with its id. */
export function hasOwner(users: readonly UserRecord[], next: UserRecord): boolean {
  const after = users.map((user) => (user.id === next.id ? next : user));
  return after.some(({ role, disabledAt }) => role === 'owner' && disabledAt === null);
}
