import { ListFilter, X } from 'lucide-react';
import { useEffect, useState } from 'react';
import { useAdmin } from '../../api/hooks.ts';
import { useMessages } from '../../i18n/messages.ts';
import { Button } from '../../ui/button.tsx';
import { uiMessages } from '../../ui/messages.ts';
import { SearchField } from '../../ui/search-field.tsx';
import { type ADDRESS, type Filters, NO_FILTERS, STATUSES, TIMES } from './filters.ts';
import { exchangesMessages } from './messages.ts';

/** Filters that are texts, behind a button. */
const MORE = ['model', 'channel', 'error', 'loss', 'minCost', 'maxCost', 'minMs', 'maxMs'] as const;

type Change = (change: Partial<Filters>) => void;

/** What the list is narrowed down by; every choice is in the address. */
export function FilterBar({ filters, onChange }: { filters: Filters; onChange: Change }) {
  const text = useMessages(exchangesMessages);
  const [isOpen, setOpen] = useState(MORE.some((name) => filters[name] !== ''));
  const isFiltered = Object.entries(NO_FILTERS).some(([name, none]) => filters[name as keyof typeof ADDRESS] !== none);
  return (
    <div className="mb-3 grid gap-3">
      <div className="flex flex-wrap items-center gap-2">
        <SearchField label={text.search} value={filters.q} onValue={(q) => onChange({ q })} />
        <StatusChoice filters={filters} onChange={onChange} />
        <HolderChoices filters={filters} onChange={onChange} />
        <TimeChoice filters={filters} onChange={onChange} />
        <Button icon={ListFilter} aria-expanded={isOpen} onClick={() => setOpen(!isOpen)}>
          {isOpen ? text.fewer : text.more}
        </Button>
        {isFiltered && (
          <Button kind="quiet" icon={X} onClick={() => onChange(NO_FILTERS)}>
            {text.clear}
          </Button>
        )}
      </div>
      {isOpen && <TextFilters filters={filters} onChange={onChange} />}
    </div>
  );
}

function TextFilters({ filters, onChange }: { filters: Filters; onChange: Change }) {
  const text = useMessages(exchangesMessages);
  const labels: Record<(typeof MORE)[number], string> = {
    model: text.model,
    channel: text.channel,
    error: text.errorKind,
    loss: text.loss,
    minCost: text.minCost,
    maxCost: text.maxCost,
    minMs: text.minMs,
    maxMs: text.maxMs,
  };
  return (
    <div className="flex flex-wrap items-center gap-2">
      {MORE.map((name) => (
        <DraftField
          key={name}
          label={labels[name]}
          value={filters[name]}
          onValue={(value) => onChange({ [name]: value })}
        />
      ))}
    </div>
  );
}

/** A field whose text counts once it is left or Enter is pressed. */
function DraftField({ label, value, onValue }: { label: string; value: string; onValue: (value: string) => void }) {
  const [draft, setDraft] = useState(value);
  useEffect(() => setDraft(value), [value]);
  const commit = () => {
    if (draft !== value) onValue(draft);
  };
  return (
    <input
      type="text"
      aria-label={label}
      placeholder={label}
      value={draft}
      onChange={(event) => setDraft(event.target.value)}
      onBlur={commit}
      onKeyDown={(event) => event.key === 'Enter' && commit()}
      className="control w-36 max-w-full"
    />
  );
}

function StatusChoice({ filters, onChange }: { filters: Filters; onChange: Change }) {
  const text = useMessages(exchangesMessages);
  return (
    <select
      aria-label={text.status}
      className="control"
      value={filters.status}
      onChange={(event) => onChange({ status: STATUSES.find((status) => status === event.target.value) ?? '' })}
    >
      <option value="">{text.anyStatus}</option>
      {STATUSES.map((status) => (
        <option key={status} value={status}>
          {text[status]}
        </option>
      ))}
    </select>
  );
}

function HolderChoices({ filters, onChange }: { filters: Filters; onChange: Change }) {
  const text = useMessages(exchangesMessages);
  const keys = useAdmin('GET /keys', {}).data?.keys ?? [];
  const projects = new Map(keys.map((key) => [key.project_id, key.project_name]));
  const shown = filters.project === '' ? keys : keys.filter(({ project_id: id }) => id === filters.project);
  return (
    <>
      <Choice
        label={text.project}
        any={text.anyProject}
        value={filters.project}
        choices={[...projects]}
        onValue={(project) => onChange({ project, key: '' })}
      />
      <Choice
        label={text.key}
        any={text.anyKey}
        value={filters.key}
        choices={shown.map(({ id, name }) => [id, name])}
        onValue={(key) => onChange({ key })}
      />
    </>
  );
}

function Choice({
  label,
  any,
  value,
  choices,
  onValue,
}: {
  label: string;
  any: string;
  value: string;
  choices: readonly (readonly [id: string, name: string])[];
  onValue: (value: string) => void;
}) {
  const isKnown = value === '' || choices.some(([id]) => id === value);
  return (
    <select
      aria-label={label}
      className="control max-w-44"
      value={value}
      onChange={(event) => onValue(event.target.value)}
    >
      <option value="">{any}</option>
      {!isKnown && <option value={value}>{value}</option>}
      {choices.map(([id, name]) => (
        <option key={id} value={id}>
          {name}
        </option>
      ))}
    </select>
  );
}

function TimeChoice({ filters, onChange }: { filters: Filters; onChange: Change }) {
  const text = useMessages(exchangesMessages);
  const ui = useMessages(uiMessages);
  const names: Record<(typeof TIMES)[number], string> = {
    all: text.allTime,
    '1h': ui.period1h,
    '24h': ui.period24h,
    '7d': ui.period7d,
    '30d': ui.period30d,
    '90d': ui.period90d,
  };
  return (
    <select
      aria-label={text.time}
      className="control"
      value={filters.time}
      onChange={(event) => onChange({ time: TIMES.find((time) => time === event.target.value) ?? 'all' })}
    >
      {TIMES.map((time) => (
        <option key={time} value={time}>
          {names[time]}
        </option>
      ))}
    </select>
  );
}
