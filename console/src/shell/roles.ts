import type { Role } from '../api/session.ts';
import { useMessages } from '../i18n/messages.ts';
import { shellMessages } from './messages.ts';

/** The names of the roles in the language that is chosen. */
export function useRoleNames(): Record<Role, string> {
  const text = useMessages(shellMessages);
  return { viewer: text.roleViewer, member: text.roleMember, admin: text.roleAdmin, owner: text.roleOwner };
}
