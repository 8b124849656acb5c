/** What a user of the console or an admin token may do, least first. */
export const ROLES = ['viewer', 'member', 'admin', 'owner'] as const;

/** One of the roles; each may do what those before it may. */
export type Role = (typeof ROLES)[number];

/** What somebody may do in one project, least first. */
export const PROJECT_ROLES = ['viewer', 'member', 'admin'] as const satisfies readonly Role[];

/** One of the roles in a project. */
export type ProjectRole = (typeof PROJECT_ROLES)[number];

/** Whether `role` is at least `needed`. */
export function isAtLeast(role: Role, needed: Role): boolean {
  return ROLES.indexOf(role) >= ROLES.indexOf(needed);
}

/** A text as a role; undefined when it is none. */
export function toRole(text: string): Role | undefined {
  return ROLES.find((role) => role === text);
}

/** A text as a role in a project; undefined when it is none. */
export function toProjectRole(text: string): ProjectRole | undefined {
  return PROJECT_ROLES.find((role) => role === text);
}
