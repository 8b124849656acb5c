/** What a user of the console or an admin token may do, least first. */
export const ROLES = ['viewer', 'member', 'admin', 'owner'] as const;

/** One of the roles; each may do what those before it may. */
export type Role = (typeof ROLES)[number];

/** Whether `role` is at least `needed`. */
export function isAtLeast(role: Role, needed: Role): boolean {
  return ROLES.indexOf(role) >= ROLES.indexOf(needed);
}

/** A text as a role; undefined when it is none. */
export function toRole(text: string): Role | undefined {
  return ROLES.find((role) => role === text);
}
