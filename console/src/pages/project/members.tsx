import { UserPlus } from 'lucide-react';
import { useState } from 'react';
import type { AnswerOf } from '../../api/client.ts';
import { useAdmin, useChange } from '../../api/hooks.ts';
import { useMay, useSession } from '../../api/session.ts';
import { useMessages } from '../../i18n/messages.ts';
import { Button } from '../../ui/button.tsx';
import { Confirm } from '../../ui/confirm.tsx';
import { DataTable } from '../../ui/data-table.tsx';
import { Menu } from '../../ui/menu.tsx';
import { Ago } from '../../ui/money.tsx';
import { Section } from '../../ui/page.tsx';
import { Loaded, SkeletonRows } from '../../ui/states.tsx';
import { showToast } from '../../ui/toast.tsx';
import { AddMember } from './add-member.tsx';
import { membersMessages } from './members-messages.ts';

type Member = AnswerOf<'GET /projects/{id}/members'>['members'][number];

const ROLES: readonly Member['role'][] = ['viewer', 'member', 'admin'];

/** Who sees and changes what belongs to a project. */
export function Members({ projectId }: { projectId: string }) {
  const text = useMessages(membersMessages);
  const members = useAdmin('GET /projects/{id}/members', { params: { id: projectId } });
  const roleHere = useSession()?.projects.find((each) => each.id === projectId)?.role;
  const isAdmin = useMay('admin');
  const isMember = useMay('member');
  const mayChange = isAdmin || (isMember && roleHere === 'admin');
  const [adding, setAdding] = useState(false);
  return (
    <Section
      title={text.title}
      actions={
        mayChange && (
          <Button icon={UserPlus} onClick={() => setAdding(true)}>
            {text.add}
          </Button>
        )
      }
    >
      <Loaded query={members} skeleton={<SkeletonRows rows={2} />}>
        {(data) => <MemberTable projectId={projectId} members={data.members} mayChange={mayChange} />}
      </Loaded>
      {adding && <AddMember projectId={projectId} onClose={() => setAdding(false)} />}
    </Section>
  );
}

function MemberTable({
  projectId,
  members,
  mayChange,
}: {
  projectId: string;
  members: readonly Member[];
  mayChange: boolean;
}) {
  const text = useMessages(membersMessages);
  const [removing, setRemoving] = useState<Member>();
  const names = { viewer: text.viewer, member: text.member, admin: text.admin };
  if (members.length === 0) return <p className="p-4 text-soft">{text.none}</p>;
  const now = Date.now();
  return (
    <>
      <DataTable
        label={text.title}
        rows={members}
        rowKey={({ id }) => id}
        columns={[
          {
            id: 'name',
            title: text.name,
            width: 'minmax(9rem, 1fr)',
            cell: ({ name }) => <span className="font-medium">{name}</span>,
          },
          {
            id: 'email',
            title: text.email,
            width: 'minmax(12rem, 2fr)',
            cell: ({ email }) => email ?? <span className="text-soft">{text.token}</span>,
          },
          { id: 'role', title: text.role, width: '8rem', cell: ({ role }) => names[role] },
          { id: 'added', title: text.added, width: '10rem', cell: ({ added_at: at }) => <Ago at={at} now={now} /> },
          ...(mayChange
            ? [
                {
                  id: 'actions',
                  title: text.actions,
                  width: '5.5rem',
                  align: 'end' as const,
                  cell: (member: Member) => (
                    <MemberMenu projectId={projectId} member={member} onRemove={() => setRemoving(member)} />
                  ),
                },
              ]
            : []),
        ]}
      />
      {removing && <Remove projectId={projectId} member={removing} onClose={() => setRemoving(undefined)} />}
    </>
  );
}

function MemberMenu({ projectId, member, onRemove }: { projectId: string; member: Member; onRemove: () => void }) {
  const text = useMessages(membersMessages);
  const names = { viewer: text.viewer, member: text.member, admin: text.admin };
  const change = useChange('PATCH /projects/{id}/members/{member}', ['GET /projects/{id}/members']);
  const give = (role: Member['role']) =>
    change.mutate(
      { params: { id: projectId, member: member.id }, body: { role } },
      {
        onSuccess: () => showToast(text.changed(member.name)),
        onError: (error) => showToast(error.message, 'bad'),
      },
    );
  return (
    <Menu
      label={text.actionsOf(member.name)}
      items={[
        ...ROLES.filter((role) => role !== member.role).map((role) => ({
          label: text.makeRole(names[role]),
          onSelect: () => give(role),
        })),
        { label: text.remove, onSelect: onRemove, danger: true },
      ]}
    />
  );
}

function Remove({ projectId, member, onClose }: { projectId: string; member: Member; onClose: () => void }) {
  const text = useMessages(membersMessages);
  const remove = useChange('DELETE /projects/{id}/members/{member}', ['GET /projects/{id}/members']);
  return (
    <Confirm
      title={text.removeTitle(member.name)}
      action={text.removeNow}
      busy={remove.isPending}
      error={remove.error}
      onConfirm={() => remove.mutate({ params: { id: projectId, member: member.id } }, { onSuccess: onClose })}
      onClose={onClose}
    >
      <p>{text.removeHint}</p>
    </Confirm>
  );
}
