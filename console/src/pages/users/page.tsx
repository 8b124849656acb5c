import { UserPlus, Users } from 'lucide-react';
import { useState } from 'react';
import type { AnswerOf } from '../../api/client.ts';
import { useAdmin, useChange } from '../../api/hooks.ts';
import { useMay } from '../../api/session.ts';
import { useMessages } from '../../i18n/messages.ts';
import { textParameter, useUrlState } from '../../lib/url-state.ts';
import { useRoleNames } from '../../shell/roles.ts';
import { Badge } from '../../ui/badge.tsx';
import { Button } from '../../ui/button.tsx';
import { DataTable } from '../../ui/data-table.tsx';
import { Menu } from '../../ui/menu.tsx';
import { Ago } from '../../ui/money.tsx';
import { Page as Frame, Section } from '../../ui/page.tsx';
import { SearchField } from '../../ui/search-field.tsx';
import { Empty, Loaded } from '../../ui/states.tsx';
import { showToast } from '../../ui/toast.tsx';
import { ChangeRole, Disable, ResetFactor } from './change-user.tsx';
import { Invitations } from './invitations.tsx';
import { Invite } from './invite.tsx';
import { usersMessages } from './messages.ts';

/** A user as the admin API shows them. */
export type User = AnswerOf<'GET /users'>['users'][number];

const ADDRESS = { q: textParameter() };

/** The people who may sign in, and those who are invited. */
export function Page() {
  const text = useMessages(usersMessages);
  const [{ q }, setAddress] = useUrlState(ADDRESS);
  const [inviting, setInviting] = useState(false);
  const users = useAdmin('GET /users', {});
  return (
    <Frame
      title={text.title}
      actions={
        <>
          <SearchField label={text.search} value={q} onValue={(next) => setAddress({ q: next })} />
          <Button kind="primary" icon={UserPlus} onClick={() => setInviting(true)}>
            {text.invite}
          </Button>
        </>
      }
    >
      <div className="grid gap-5">
        <div className="card min-w-0">
          <Loaded query={users}>{(data) => <UserTable users={data.users} search={q} />}</Loaded>
        </div>
        <Section title={text.invitations}>
          <Invitations />
        </Section>
      </div>
      {inviting && <Invite onClose={() => setInviting(false)} />}
    </Frame>
  );
}

type Doing = { what: 'role' | 'disable' | 'factor'; user: User };

function UserTable({ users, search }: { users: readonly User[]; search: string }) {
  const text = useMessages(usersMessages);
  const roles = useRoleNames();
  const [doing, setDoing] = useState<Doing>();
  const wanted = search.trim().toLowerCase();
  const rows = users.filter(({ name, email }) => `${name} ${email}`.toLowerCase().includes(wanted));
  if (rows.length === 0) return <Empty icon={Users} title={text.noMatch} />;
  const now = Date.now();
  const close = () => setDoing(undefined);
  return (
    <>
      <DataTable
        label={text.title}
        rows={rows}
        rowKey={({ id }) => id}
        columns={[
          {
            id: 'name',
            title: text.name,
            width: 'minmax(9rem, 1fr)',
            cell: ({ name }) => <span className="font-medium">{name}</span>,
          },
          { id: 'email', title: text.email, width: 'minmax(12rem, 2fr)', cell: ({ email }) => email },
          { id: 'role', title: text.role, width: '8rem', cell: ({ role }) => roles[role] },
          {
            id: 'state',
            title: text.state,
            width: '7rem',
            cell: ({ disabled_at: disabledAt }) =>
              disabledAt === null ? (
                <Badge tone="good">{text.active}</Badge>
              ) : (
                <Badge tone="warn">{text.disabled}</Badge>
              ),
          },
          {
            id: 'created',
            title: text.created,
            width: '10rem',
            cell: (user) => <Ago at={user.created_at} now={now} />,
          },
          {
            id: 'actions',
            title: text.actions,
            width: '5.5rem',
            align: 'end',
            cell: (user) => <UserMenu user={user} onDo={(what) => setDoing({ what, user })} />,
          },
        ]}
      />
      {doing?.what === 'role' && <ChangeRole user={doing.user} onClose={close} />}
      {doing?.what === 'disable' && <Disable user={doing.user} onClose={close} />}
      {doing?.what === 'factor' && <ResetFactor user={doing.user} onClose={close} />}
    </>
  );
}

function UserMenu({ user, onDo }: { user: User; onDo: (what: Doing['what']) => void }) {
  const text = useMessages(usersMessages);
  const isOwner = useMay('owner');
  const change = useChange('PATCH /users/{id}', ['GET /users']);
  const enable = () =>
    change.mutate(
      { params: { id: user.id }, body: { disabled: false } },
      {
        onSuccess: () => showToast(text.changed(user.name)),
        onError: (error) => showToast(error.message, 'bad'),
      },
    );
  return (
    <Menu
      label={text.actionsOf(user.name)}
      items={[
        { label: text.changeRole, onSelect: () => onDo('role') },
        ...(isOwner ? [{ label: text.resetFactor, onSelect: () => onDo('factor') }] : []),
        user.disabled_at === null
          ? { label: text.disable, onSelect: () => onDo('disable'), danger: true }
          : { label: text.enable, onSelect: enable },
      ]}
    />
  );
}
