import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import type { AnswerOf } from '../../api/client.ts';
import { useAdmin, useChange } from '../../api/hooks.ts';
import { useMessages } from '../../i18n/messages.ts';
import { useFormat } from '../../lib/format.ts';
import { writeModelLines } from '../../lib/model-lines.ts';
import { usePathParameter } from '../../router.tsx';
import { Button } from '../../ui/button.tsx';
import { Confirm } from '../../ui/confirm.tsx';
import { Page as Frame, Section } from '../../ui/page.tsx';
import { Loaded } from '../../ui/states.tsx';
import { showToast } from '../../ui/toast.tsx';
import { useMoreFacts } from './channel-facts.ts';
import { Credentials } from './credentials.tsx';
import { EditChannel } from './edit-channel.tsx';
import { channelMessages } from './messages.ts';
import { Refused } from './refused.tsx';
import { TestChannel } from './test-channel.tsx';

/** A channel as the admin API shows it. */
export type Channel = AnswerOf<'GET /channels/{name}'>['channel'];

/** How often health is looked at, in ms. */
const LOOK = 5_000;

/** One channel: what it is, its credentials and their health, tests, and what it has refused. */
export function Page() {
  const name = usePathParameter('name');
  const channel = useAdmin('GET /channels/{name}', { params: { name } }, { refetchInterval: LOOK });
  return (
    <Frame title={name} actions={channel.data && <Actions channel={channel.data.channel} />}>
      <Loaded query={channel}>{(data) => <Parts channel={data.channel} />}</Loaded>
    </Frame>
  );
}

function Parts({ channel }: { channel: Channel }) {
  const text = useMessages(channelMessages);
  return (
    <div className="grid gap-5">
      {channel.managed && <p className="text-soft">{text.managed}</p>}
      {!channel.usable && (
        <p role="alert" className="rounded-md bg-bad-tint px-3 py-2 text-bad">
          {text.unusable}
        </p>
      )}
      <Section title={text.about}>
        <About channel={channel} />
      </Section>
      <Credentials channel={channel} />
      <TestChannel channel={channel} />
      <Refused channel={channel} />
    </div>
  );
}

function About({ channel }: { channel: Channel }) {
  const text = useMessages(channelMessages);
  const format = useFormat();
  const moreFacts = useMoreFacts();
  const times = channel.timeouts_ms;
  const facts = [
    [text.provider, channel.provider],
    [text.address, channel.base_url],
    [text.priority, format.count(channel.priority)],
    [text.weight, format.count(channel.weight)],
    [
      text.timeouts,
      times
        ? text.timeoutsOf(
            format.duration(times.connect),
            format.duration(times.first_event),
            format.duration(times.idle),
            format.duration(times.total),
          )
        : '–',
    ],
    [text.models, writeModelLines(channel.models)],
    ...(channel.settings ? moreFacts(channel).filter(([, value]) => value !== '') : []),
  ] as const;
  return (
    <dl className="grid gap-x-6 p-4 sm:grid-cols-[8rem_1fr] sm:gap-y-2">
      {facts.map(([label, value]) => (
        <div key={label} className="contents">
          <dt className="text-soft">{label}</dt>
          <dd className="min-w-0 break-words whitespace-pre-line max-sm:mb-2.5">{value}</dd>
        </div>
      ))}
    </dl>
  );
}

function Actions({ channel }: { channel: Channel }) {
  const text = useMessages(channelMessages);
  const [open, setOpen] = useState<'edit' | 'remove'>();
  const reads = ['GET /channels/{name}', 'GET /channels'] as const;
  const drain = useChange('POST /channels/{name}/drain', reads);
  const undrain = useChange('POST /channels/{name}/undrain', reads);
  const { name, drained } = channel;
  const toggle = () =>
    (drained ? undrain : drain).mutate(
      { params: { name }, body: {} },
      {
        onSuccess: () => showToast(drained ? text.undrained(name) : text.drained(name)),
        onError: (error) => showToast(error.message, 'bad'),
      },
    );
  return (
    <>
      <Button onClick={toggle} busy={drain.isPending || undrain.isPending}>
        {drained ? text.undrain : text.drain}
      </Button>
      {!channel.managed && (
        <>
          <Button onClick={() => setOpen('edit')}>{text.edit}</Button>
          <Button kind="danger" onClick={() => setOpen('remove')}>
            {text.remove}
          </Button>
        </>
      )}
      {open === 'edit' && <EditChannel name={name} onClose={() => setOpen(undefined)} />}
      {open === 'remove' && <Remove name={name} onClose={() => setOpen(undefined)} />}
    </>
  );
}

function Remove({ name, onClose }: { name: string; onClose: () => void }) {
  const text = useMessages(channelMessages);
  const navigate = useNavigate();
  const remove = useChange('DELETE /channels/{name}', ['GET /channels', 'GET /models']);
  return (
    <Confirm
      title={text.removeTitle(name)}
      action={text.removeNow}
      busy={remove.isPending}
      error={remove.error}
      onConfirm={() => remove.mutate({ params: { name } }, { onSuccess: () => void navigate({ to: '/channels' }) })}
      onClose={onClose}
    >
      <p>{text.removeHint}</p>
    </Confirm>
  );
}
