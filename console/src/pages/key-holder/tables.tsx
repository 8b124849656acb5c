import { type KeyStatus, pricedFirst } from '../../api/data-plane.ts';
import { useMessages } from '../../i18n/messages.ts';
import { useFormat } from '../../lib/format.ts';
import { Badge } from '../../ui/badge.tsx';
import { type Column, DataTable } from '../../ui/data-table.tsx';
import { Money } from '../../ui/money.tsx';
import { Section } from '../../ui/page.tsx';
import { keyHolderMessages } from './messages.ts';

type Model = KeyStatus['models'][number];

/** What may be asked for, and what it costs. */
export function ModelPrices({ models }: Pick<KeyStatus, 'models'>) {
  const text = useMessages(keyHolderMessages);
  const rate = (id: string, title: string, name: string): Column<Model> => ({
    id,
    title,
    width: '7.5rem',
    align: 'end',
    cell: ({ nano_usd_per_million_tokens: rates }) => {
      const nano = rates?.[name];
      return nano === undefined ? <span className="text-soft">–</span> : <Money nanoUsd={nano} />;
    },
  });
  return (
    <Section title={text.models} actions={<span className="text-xs text-soft">{text.perMillion}</span>}>
      <DataTable
        label={text.models}
        rows={pricedFirst(models)}
        rowKey={({ id }) => id}
        columns={[
          {
            id: 'model',
            title: text.model,
            width: 'minmax(14rem, 1fr)',
            cell: ({ id, nano_usd_per_million_tokens: rates }) => (
              <span className="flex items-center gap-2">
                {id}
                {rates === null && <Badge tone="warn">{text.unpriced}</Badge>}
              </span>
            ),
          },
          rate('input', text.input, 'input'),
          rate('read', text.cacheRead, 'cache_read'),
          rate('write', text.cacheWrite, 'cache_write_5m'),
          rate('output', text.output, 'output'),
        ]}
      />
    </Section>
  );
}

/** The last requests with the key, without what was said in them. */
export function RecentExchanges({ recent }: Pick<KeyStatus, 'recent'>) {
  const text = useMessages(keyHolderMessages);
  const format = useFormat();
  return (
    <Section title={text.recent}>
      {recent.length === 0 ? (
        <p className="p-4 text-soft">{text.noRecent}</p>
      ) : (
        <DataTable
          label={text.recent}
          rows={recent}
          rowKey={({ id }) => id}
          columns={[
            {
              id: 'time',
              title: text.time,
              width: '9rem',
              cell: ({ at }) => <span title={format.time(at)}>{format.shortTime(at)}</span>,
            },
            { id: 'model', title: text.model, width: 'minmax(12rem, 1fr)', cell: ({ model }) => model },
            {
              id: 'state',
              title: text.state,
              width: '9rem',
              cell: ({ status, error_kind: kind }) => (
                <Badge tone={status === 'ok' ? 'good' : status === 'open' ? 'accent' : 'bad'}>{kind ?? status}</Badge>
              ),
            },
            {
              id: 'tokens',
              title: text.tokens,
              width: '10rem',
              align: 'end',
              cell: (row) => `${format.count(row.input_tokens)} / ${format.count(row.output_tokens)}`,
            },
            {
              id: 'duration',
              title: text.duration,
              width: '7rem',
              align: 'end',
              cell: ({ duration_ms: ms }) => (ms === null ? '–' : format.duration(ms)),
            },
            {
              id: 'cost',
              title: text.cost,
              width: '7rem',
              align: 'end',
              cell: ({ cost_nano_usd: cost }) => (cost === null ? '–' : <Money nanoUsd={cost} />),
            },
          ]}
        />
      )}
    </Section>
  );
}
