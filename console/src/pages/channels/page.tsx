import { useNavigate } from '@tanstack/react-router';
import { Cable, Plus } from 'lucide-react';
import { useState } from 'react';
import type { AnswerOf } from '../../api/client.ts';
import { useAdmin } from '../../api/hooks.ts';
import { useMessages } from '../../i18n/messages.ts';
import { useFormat } from '../../lib/format.ts';
import { textParameter, useUrlState } from '../../lib/url-state.ts';
import { Badge } from '../../ui/badge.tsx';
import { Button } from '../../ui/button.tsx';
import { DataTable } from '../../ui/data-table.tsx';
import { Page as Frame } from '../../ui/page.tsx';
import { SearchField } from '../../ui/search-field.tsx';
import { Empty, Loaded } from '../../ui/states.tsx';
import { CreateChannel } from './create-channel.tsx';
import { channelsMessages } from './messages.ts';

type Channel = AnswerOf<'GET /channels'>['channels'][number];

const ADDRESS = { q: textParameter() };

/** How often health is looked at, in ms. */
const LOOK = 5_000;

/** All channels, with how they are. */
export function Page() {
  const text = useMessages(channelsMessages);
  const [{ q }, setAddress] = useUrlState(ADDRESS);
  const [creating, setCreating] = useState(false);
  const channels = useAdmin('GET /channels', {}, { refetchInterval: LOOK });
  return (
    <Frame
      title={text.title}
      description={text.description}
      actions={
        <>
          <SearchField label={text.search} value={q} onValue={(next) => setAddress({ q: next })} />
          <Button kind="primary" icon={Plus} onClick={() => setCreating(true)}>
            {text.create}
          </Button>
        </>
      }
    >
      <div className="card min-w-0">
        <Loaded query={channels}>{(data) => <Channels channels={data.channels} search={q} />}</Loaded>
      </div>
      {creating && <CreateChannel onClose={() => setCreating(false)} />}
    </Frame>
  );
}

function Channels({ channels, search }: { channels: readonly Channel[]; search: string }) {
  const text = useMessages(channelsMessages);
  const format = useFormat();
  const navigate = useNavigate();
  const wanted = search.trim().toLowerCase();
  const rows = channels.filter(({ name, provider, base_url: address }) =>
    `${name} ${provider} ${address}`.toLowerCase().includes(wanted),
  );
  if (channels.length === 0) {
    return (
      <Empty icon={Cable} title={text.none}>
        <p>{text.noneHint}</p>
      </Empty>
    );
  }
  if (rows.length === 0) return <Empty icon={Cable} title={text.noMatch} />;
  return (
    <DataTable
      label={text.title}
      rows={rows}
      rowKey={({ name }) => name}
      onOpen={({ name }) => void navigate({ to: '/channels/$name', params: { name } })}
      columns={[
        {
          id: 'name',
          title: text.name,
          width: 'minmax(10rem, 1.5fr)',
          cell: ({ name }) => <span className="font-medium">{name}</span>,
        },
        { id: 'provider', title: text.provider, width: 'minmax(8rem, 1fr)', cell: ({ provider }) => provider },
        {
          id: 'address',
          title: text.address,
          width: 'minmax(12rem, 2fr)',
          cell: (channel) => <span className="font-mono text-xs">{channel.base_url}</span>,
        },
        { id: 'state', title: text.state, width: '7rem', cell: (channel) => <ChannelState channel={channel} /> },
        {
          id: 'credentials',
          title: text.credentials,
          width: '7rem',
          align: 'end',
          cell: ({ credentials }) => format.count(credentials.length),
        },
        {
          id: 'source',
          title: text.source,
          width: '8rem',
          cell: ({ managed }) => (managed ? text.file : text.console),
        },
      ]}
    />
  );
}

function ChannelState({ channel }: { channel: Channel }) {
  const text = useMessages(channelsMessages);
  if (!channel.usable) return <Badge tone="bad">{text.unusable}</Badge>;
  if (channel.drained || channel.state === 'drain') return <Badge tone="warn">{text.drained}</Badge>;
  const isTroubled = channel.credentials.some(
    ({ circuit, models }) => circuit.state !== 'closed' || models.some(({ state }) => state !== 'closed'),
  );
  return isTroubled ? <Badge tone="bad">{text.trouble}</Badge> : <Badge tone="good">{text.active}</Badge>;
}
