import { useMessages } from '../../i18n/messages.ts';
import { DataTable } from '../../ui/data-table.tsx';
import { Ago } from '../../ui/money.tsx';
import { Section } from '../../ui/page.tsx';
import { channelMessages } from './messages.ts';
import type { Channel } from './page.tsx';

/** The betas and fields that a channel has refused. */
export function Refused({ channel }: { channel: Channel }) {
  const text = useMessages(channelMessages);
  const now = Date.now();
  return (
    <Section title={text.refused}>
      {channel.refused.length === 0 ? (
        <p className="p-4 text-soft">
          {text.refusedNone} {text.refusedHint}
        </p>
      ) : (
        <DataTable
          label={text.refused}
          rows={channel.refused}
          rowKey={({ model, feature }) => `${model} ${feature}`}
          columns={[
            { id: 'model', title: text.model, width: 'minmax(10rem, 1fr)', cell: ({ model }) => model },
            { id: 'feature', title: text.feature, width: 'minmax(12rem, 1fr)', cell: ({ feature }) => feature },
            { id: 'since', title: text.since, width: '9rem', cell: (row) => <Ago at={row.learned_at} now={now} /> },
            { id: 'until', title: text.until, width: '9rem', cell: (row) => <Ago at={row.expires_at} now={now} /> },
          ]}
        />
      )}
    </Section>
  );
}
