import { KeyRound, Plus } from 'lucide-react';
import { useState } from 'react';
import type { AnswerOf } from '../../api/client.ts';
import { useAdmin, useChange } from '../../api/hooks.ts';
import { useMay } from '../../api/session.ts';
import { useMessages } from '../../i18n/messages.ts';
import { textParameter, useUrlState } from '../../lib/url-state.ts';
import { Badge, type Tone } from '../../ui/badge.tsx';
import { Button } from '../../ui/button.tsx';
import { Confirm } from '../../ui/confirm.tsx';
import { DataTable } from '../../ui/data-table.tsx';
import { LimitsDialog } from '../../ui/limits-dialog.tsx';
import { Menu } from '../../ui/menu.tsx';
import { Ago } from '../../ui/money.tsx';
import { Page as Frame } from '../../ui/page.tsx';
import { SearchField } from '../../ui/search-field.tsx';
import { Empty, Loaded } from '../../ui/states.tsx';
import { showToast } from '../../ui/toast.tsx';
import { ChangeKey, RotateKey } from './change-key.tsx';
import { CreateKey } from './create-key.tsx';
import { keysMessages } from './messages.ts';

type Key = AnswerOf<'GET /keys'>['keys'][number];

/** What is done with a key in a dialog. */
type Work = 'change' | 'limits' | 'rotate' | 'revoke';

const ADDRESS = { q: textParameter() };

const TONES: Record<Key['state'], Tone> = {
  active: 'good',
  disabled: 'warn',
  expired: 'plain',
  revoked: 'bad',
  archived: 'plain',
};

/** All API keys. */
export function Page() {
  const text = useMessages(keysMessages);
  const [{ q }, setAddress] = useUrlState(ADDRESS);
  const [creating, setCreating] = useState(false);
  const mayChange = useMay('member');
  const keys = useAdmin('GET /keys', {});
  return (
    <Frame
      title={text.title}
      actions={
        <>
          <SearchField label={text.search} value={q} onValue={(next) => setAddress({ q: next })} />
          {mayChange && (
            <Button kind="primary" icon={Plus} onClick={() => setCreating(true)}>
              {text.create}
            </Button>
          )}
        </>
      }
    >
      <div className="card min-w-0">
        <Loaded query={keys}>{(data) => <Keys keys={data.keys} search={q} mayChange={mayChange} />}</Loaded>
      </div>
      {creating && <CreateKey onClose={() => setCreating(false)} />}
    </Frame>
  );
}

function Keys({ keys, search, mayChange }: { keys: readonly Key[]; search: string; mayChange: boolean }) {
  const text = useMessages(keysMessages);
  const [open, setOpen] = useState<{ what: Work; key: Key }>();
  const close = () => setOpen(undefined);
  const wanted = search.trim().toLowerCase();
  const rows = keys.filter(({ name, id, project_name: project }) =>
    `${name} ${id} ${project}`.toLowerCase().includes(wanted),
  );
  const states = {
    active: text.active,
    disabled: text.disabled,
    expired: text.expired,
    revoked: text.revoked,
    archived: text.archived,
  };
  if (rows.length === 0) return <Empty icon={KeyRound} title={keys.length === 0 ? text.none : text.noMatch} />;
  const now = Date.now();
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
            width: 'minmax(12rem, 2fr)',
            cell: ({ name }) => <span className="font-medium">{name}</span>,
          },
          { id: 'project', title: text.project, width: 'minmax(8rem, 1fr)', cell: (key) => key.project_name },
          {
            id: 'state',
            title: text.state,
            width: '7rem',
            cell: ({ state }) => <Badge tone={TONES[state]}>{states[state]}</Badge>,
          },
          {
            id: 'ends',
            title: text.ends,
            width: '7rem',
            cell: (key) => <span className="font-mono text-xs">{key.last_four}</span>,
          },
          { id: 'created', title: text.created, width: '10rem', cell: (key) => <Ago at={key.created_at} now={now} /> },
          ...(mayChange
            ? [
                {
                  id: 'actions',
                  title: text.actions,
                  width: '5.5rem',
                  align: 'end' as const,
                  cell: (key: Key) => <KeyMenu apiKey={key} onOpen={(what) => setOpen({ what, key })} />,
                },
              ]
            : []),
        ]}
      />
      {open?.what === 'revoke' && <Revoke apiKey={open.key} onClose={close} />}
      {open?.what === 'change' && <ChangeKey apiKey={open.key} onClose={close} />}
      {open?.what === 'rotate' && <RotateKey apiKey={open.key} onClose={close} />}
      {open?.what === 'limits' && <LimitsDialog holder={{ ...open.key, scope: 'key' }} onClose={close} />}
    </>
  );
}

function KeyMenu({ apiKey, onOpen }: { apiKey: Key; onOpen: (what: Work) => void }) {
  const text = useMessages(keysMessages);
  const mayLimit = useMay('admin');
  const change = useChange('PATCH /keys/{id}', ['GET /keys']);
  if (apiKey.managed || apiKey.state === 'revoked') return null;
  const isOff = apiKey.state === 'disabled';
  const toggle = () =>
    change.mutate(
      { params: { id: apiKey.id }, body: { disabled: !isOff } },
      {
        onSuccess: () => showToast(text.changed(apiKey.name)),
        onError: (error) => showToast(error.message, 'bad'),
      },
    );
  return (
    <Menu
      label={text.actionsOf(apiKey.name)}
      items={[
        { label: text.change, onSelect: () => onOpen('change') },
        ...(mayLimit ? [{ label: text.limits, onSelect: () => onOpen('limits') }] : []),
        { label: text.rotate, onSelect: () => onOpen('rotate') },
        { label: isOff ? text.enable : text.disable, onSelect: toggle },
        { label: text.revoke, onSelect: () => onOpen('revoke'), danger: true },
      ]}
    />
  );
}

function Revoke({ apiKey, onClose }: { apiKey: Key; onClose: () => void }) {
  const text = useMessages(keysMessages);
  const revoke = useChange('DELETE /keys/{id}', ['GET /keys']);
  return (
    <Confirm
      title={text.revokeTitle(apiKey.name)}
      action={text.revokeNow}
      busy={revoke.isPending}
      error={revoke.error}
      onConfirm={() => revoke.mutate({ params: { id: apiKey.id } }, { onSuccess: onClose })}
      onClose={onClose}
    >
      <p>{text.revokeHint}</p>
    </Confirm>
  );
}
