import { Plus } from 'lucide-react';
import { useState } from 'react';
import { useChange } from '../../api/hooks.ts';
import { useMessages } from '../../i18n/messages.ts';
import { useFormat } from '../../lib/format.ts';
import { Badge, type Tone } from '../../ui/badge.tsx';
import { Button } from '../../ui/button.tsx';
import { DataTable } from '../../ui/data-table.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { DialogForm } from '../../ui/dialog-form.tsx';
import { fieldError, TextField } from '../../ui/field.tsx';
import { Menu } from '../../ui/menu.tsx';
import { Ago } from '../../ui/money.tsx';
import { Section } from '../../ui/page.tsx';
import { showToast } from '../../ui/toast.tsx';
import { channelMessages } from './messages.ts';
import type { Channel } from './page.tsx';

type Credential = Channel['credentials'][number];
type Circuit = Credential['circuit'];

const READS = ['GET /channels/{name}', 'GET /channels'] as const;

/** The credentials of a channel, their health, and what can be done with each. */
export function Credentials({ channel }: { channel: Channel }) {
  const text = useMessages(channelMessages);
  const [setting, setSetting] = useState<string>();
  const now = Date.now();
  return (
    <Section
      title={text.credentials}
      actions={
        !channel.managed && (
          <Button icon={Plus} onClick={() => setSetting('')}>
            {text.addCredential}
          </Button>
        )
      }
    >
      <DataTable
        label={text.credentials}
        rows={channel.credentials}
        rowKey={({ name }) => name}
        columns={[
          {
            id: 'name',
            title: text.name,
            width: 'minmax(8rem, 1fr)',
            cell: ({ name }) => <span className="font-medium">{name}</span>,
          },
          {
            id: 'ends',
            title: text.lastFour,
            width: '6rem',
            cell: (credential) => <span className="font-mono text-xs">{credential.last_four ?? '–'}</span>,
          },
          {
            id: 'set',
            title: text.setAt,
            width: '9rem',
            cell: (credential) => (credential.set_at === null ? '–' : <Ago at={credential.set_at} now={now} />),
          },
          {
            id: 'state',
            title: text.state,
            width: '6rem',
            cell: ({ drained }) =>
              drained ? <Badge tone="warn">{text.drainedState}</Badge> : <Badge>{text.inUse}</Badge>,
          },
          {
            id: 'health',
            title: text.health,
            width: 'minmax(14rem, 2fr)',
            cell: (credential) => <Health credential={credential} />,
          },
          {
            id: 'actions',
            title: text.actions,
            width: '5.5rem',
            align: 'end',
            cell: ({ name, drained }) => (
              <CredentialMenu channel={channel} name={name} drained={drained} onReplace={() => setSetting(name)} />
            ),
          },
        ]}
      />
      {setting !== undefined && (
        <SetCredential channel={channel.name} name={setting} onClose={() => setSetting(undefined)} />
      )}
    </Section>
  );
}

const TONES: Record<string, Tone> = { closed: 'good', open: 'bad', 'half-open': 'warn' };

/** The circuit of the credential, and those of its models that are not closed. */
function Health({ credential: { circuit, models } }: { credential: Credential }) {
  const told = models.filter(({ state }) => state !== 'closed');
  return (
    <span className="flex flex-wrap gap-1">
      <CircuitBadge circuit={circuit} />
      {told.map(({ model, ...each }) => (
        <CircuitBadge key={model} circuit={each} model={model} />
      ))}
    </span>
  );
}

function CircuitBadge({ circuit, model }: { circuit: Circuit; model?: string }) {
  const text = useMessages(channelMessages);
  const format = useFormat();
  const words = { closed: text.closed, open: text.open, 'half-open': text.halfOpen };
  const state = Object.entries(words).find(([name]) => name === circuit.state)?.[1] ?? circuit.state;
  const left = circuit.cool_down_ms > 0 ? text.coolDown(format.duration(circuit.cool_down_ms)) : undefined;
  const parts = [model, state, circuit.reason, left].filter((part) => part !== undefined && part !== null);
  return <Badge tone={TONES[circuit.state] ?? 'plain'}>{parts.join(' · ')}</Badge>;
}

function CredentialMenu({
  channel,
  name,
  drained,
  onReplace,
}: {
  channel: Channel;
  name: string;
  drained: boolean;
  onReplace: () => void;
}) {
  const text = useMessages(channelMessages);
  const drain = useChange('POST /channels/{name}/drain', READS);
  const undrain = useChange('POST /channels/{name}/undrain', READS);
  const remove = useChange('DELETE /channels/{name}/credentials/{credential}', READS);
  const params = { name: channel.name };
  const told = { onError: (error: Error) => showToast(error.message, 'bad') };
  const toggle = () => (drained ? undrain : drain).mutate({ params, body: { credential: name } }, told);
  const drop = () => remove.mutate({ params: { ...params, credential: name } }, told);
  return (
    <Menu
      label={text.actionsOf(name)}
      items={[
        { label: drained ? text.undrain : text.drain, onSelect: toggle },
        ...(channel.managed
          ? []
          : [
              { label: text.replace, onSelect: onReplace },
              { label: text.removeNow, onSelect: drop, danger: true },
            ]),
      ]}
    />
  );
}

/** @param name of the one that is replaced; empty for a new one. */
function SetCredential({ channel, name: known, onClose }: { channel: string; name: string; onClose: () => void }) {
  const text = useMessages(channelMessages);
  const [name, setName] = useState(known);
  const [apiKey, setApiKey] = useState('');
  const set = useChange('POST /channels/{name}/credentials', READS);
  const submit = (): void => {
    set.mutate({ params: { name: channel }, body: { name, api_key: apiKey } }, { onSuccess: onClose });
  };
  return (
    <Dialog title={text.addCredential} onClose={onClose}>
      <DialogForm error={set.error} busy={set.isPending} onSubmit={submit} onClose={onClose}>
        <TextField
          label={text.name}
          hint={text.credentialHint}
          value={name}
          onValue={setName}
          required
          maxLength={64}
          error={fieldError(set.error, 'name')}
        />
        <TextField
          label={text.apiKey}
          hint={text.apiKeyHint}
          type="password"
          autoComplete="off"
          value={apiKey}
          onValue={setApiKey}
          required
          error={fieldError(set.error, 'api_key')}
        />
      </DialogForm>
    </Dialog>
  );
}
