import type { ReactNode } from 'react';
import { type Role, useMay } from '../../api/session.ts';
import { useMessages } from '../../i18n/messages.ts';
import { useRoleNames } from '../../shell/roles.ts';
import { SelectField } from '../../ui/field.tsx';
import { usersMessages } from './messages.ts';

const ROLES: readonly Role[] = ['viewer', 'member', 'admin', 'owner'];

/** A role to choose: nobody gives one above their own. */
export function RoleField({ value, onValue, hint }: { value: Role; onValue: (role: Role) => void; hint?: ReactNode }) {
  const text = useMessages(usersMessages);
  const names = useRoleNames();
  const isOwner = useMay('owner');
  const choices = ROLES.filter((role) => isOwner || role !== 'owner' || role === value);
  return (
    <SelectField
      label={text.role}
      hint={hint}
      value={value}
      choices={choices.map((role) => ({ value: role, label: names[role] }))}
      onValue={onValue}
    />
  );
}
