import { Boxes, Plus } from 'lucide-react';
import { useState } from 'react';
import { useAdmin } from '../../api/hooks.ts';
import { useMessages } from '../../i18n/messages.ts';
import { useFormat } from '../../lib/format.ts';
import { textParameter, useUrlState } from '../../lib/url-state.ts';
import { Badge } from '../../ui/badge.tsx';
import { Button } from '../../ui/button.tsx';
import { DataTable } from '../../ui/data-table.tsx';
import { Money } from '../../ui/money.tsx';
import { Page as Frame } from '../../ui/page.tsx';
import { SearchField } from '../../ui/search-field.tsx';
import { Empty, Loaded } from '../../ui/states.tsx';
import { modelsMessages } from './messages.ts';
import { type Model, RouteDialog } from './route-dialog.tsx';

const ADDRESS = { q: textParameter() };

/** All public model names. */
export function Page() {
  const text = useMessages(modelsMessages);
  const [{ q }, setAddress] = useUrlState(ADDRESS);
  const [open, setOpen] = useState<{ model: Model | undefined }>();
  const models = useAdmin('GET /models', {});
  return (
    <Frame
      title={text.title}
      description={text.description}
      actions={
        <>
          <SearchField label={text.search} value={q} onValue={(next) => setAddress({ q: next })} />
          <Button kind="primary" icon={Plus} onClick={() => setOpen({ model: undefined })}>
            {text.create}
          </Button>
        </>
      }
    >
      <div className="card min-w-0">
        <Loaded query={models}>
          {(data) => <Models models={data.models} search={q} onOpen={(model) => setOpen({ model })} />}
        </Loaded>
      </div>
      {open && <RouteDialog model={open.model} onClose={() => setOpen(undefined)} />}
    </Frame>
  );
}

const isUnpriced = ({ targets }: Model) => (targets[0]?.price ?? null) === null;

type ModelsProps = { models: readonly Model[]; search: string; onOpen: (model: Model) => void };

function Models({ models, search, onOpen }: ModelsProps) {
  const text = useMessages(modelsMessages);
  const format = useFormat();
  const wanted = search.trim().toLowerCase();
  const rows = models
    .filter(({ name, targets }) =>
      `${name} ${targets.map(({ channel }) => channel).join(' ')}`.toLowerCase().includes(wanted),
    )
    .toSorted((one, other) => Number(isUnpriced(one)) - Number(isUnpriced(other)));
  if (models.length === 0) {
    return (
      <Empty icon={Boxes} title={text.none}>
        <p>{text.noneHint}</p>
      </Empty>
    );
  }
  if (rows.length === 0) return <Empty icon={Boxes} title={text.noMatch} />;
  return (
    <DataTable
      label={text.title}
      rows={rows}
      rowKey={({ name }) => name}
      onOpen={onOpen}
      columns={[
        {
          id: 'name',
          title: text.name,
          width: 'minmax(12rem, 2fr)',
          cell: ({ name }) => <span className="font-medium">{name}</span>,
        },
        {
          id: 'targets',
          title: text.targets,
          width: 'minmax(10rem, 1.5fr)',
          cell: ({ targets }) =>
            targets.length === 0 ? (
              <Badge tone="bad">{text.nowhere}</Badge>
            ) : (
              [...new Set(targets.map(({ channel }) => channel))].join(', ')
            ),
        },
        {
          id: 'input',
          title: text.input,
          width: '6rem',
          align: 'end',
          cell: (model) => <Rate model={model} of="input" />,
        },
        {
          id: 'output',
          title: text.output,
          width: '6rem',
          align: 'end',
          cell: (model) => <Rate model={model} of="output" />,
        },
        {
          id: 'window',
          title: text.window,
          width: '6rem',
          align: 'end',
          cell: (model) => (model.max_input_tokens === null ? '–' : format.shortCount(model.max_input_tokens)),
        },
        {
          id: 'keys',
          title: text.keys,
          width: '7rem',
          align: 'end',
          cell: ({ keys }) => text.keysOf(format.count(keys.allowed), format.count(keys.all)),
        },
        { id: 'route', title: text.route, width: '8rem', cell: ({ route }) => <Badge>{text[route]}</Badge> },
      ]}
    />
  );
}

/** What the first target costs, in USD per million tokens. */
function Rate({ model, of }: { model: Model; of: 'input' | 'output' }) {
  const text = useMessages(modelsMessages);
  const price = model.targets[0]?.price?.[of];
  return price === undefined ? <span className="text-warn">{text.unpriced}</span> : <Money nanoUsd={price} />;
}
