import { type ReactNode, useState } from 'react';
import type { AnswerOf } from '../api/client.ts';
import { changesOf, useEdit } from '../api/edit.ts';
import { useAdmin } from '../api/hooks.ts';
import { defineMessages, useMessages } from '../i18n/messages.ts';
import { useFormat } from '../lib/format.ts';
import { Button } from './button.tsx';
import { DialogActions } from './dialog.tsx';
import { EditDialog, EditForm, type EditFormProps } from './edit-dialog.tsx';
import { fieldError, TextField } from './field.tsx';
import { uiMessages } from './messages.ts';
import { Loaded, SkeletonRows } from './states.tsx';

type Limit = AnswerOf<'GET /limits'>['limits'][number];
type Measure = keyof Pick<
  Limit,
  'requests_per_minute' | 'input_tokens_per_minute' | 'output_tokens_per_minute' | 'tokens_per_day' | 'concurrent'
>;

const limitMessages = defineMessages(
  {
    title: (name: string) => `Limits of ${name}`,
    hint: 'Empty: not limited. A change counts on every node within a second.',
    managed: 'The configuration file rules these limits: change them there.',
    none: 'Not limited.',
    remove: 'Remove all',
    requests_per_minute: 'Requests a minute',
    input_tokens_per_minute: 'Input tokens a minute',
    output_tokens_per_minute: 'Output tokens a minute',
    tokens_per_day: 'Tokens a day (UTC)',
    concurrent: 'Open requests at once',
  },
  {
    title: (name: string) => `${name} 的限额`,
    hint: '留空：不限制。修改在一秒内对所有节点生效。',
    managed: '这些限额由配置文件管理：请在那里修改。',
    none: '不限制。',
    remove: '全部移除',
    requests_per_minute: '每分钟请求数',
    input_tokens_per_minute: '每分钟输入 token',
    output_tokens_per_minute: '每分钟输出 token',
    tokens_per_day: '每日 token（UTC）',
    concurrent: '同时进行的请求',
  },
);

const MEASURES: readonly Measure[] = [
  'requests_per_minute',
  'input_tokens_per_minute',
  'output_tokens_per_minute',
  'tokens_per_day',
  'concurrent',
];

/** Whose limits they are. */
export type Holder = { scope: 'key' | 'project'; id: string; name: string };

/** Its limits for all models together, of those that there are. */
function limitOf(limits: readonly Limit[], holder: Holder): Limit | undefined {
  return limits.find(({ scope, scope_id: id, model }) => scope === holder.scope && id === holder.id && model === '*');
}

/** The limits of a key or project for all models together, to look at. */
export function LimitFacts({ holder }: { holder: Holder }) {
  const text = useMessages(limitMessages);
  const format = useFormat();
  const limits = useAdmin('GET /limits', {});
  return (
    <Loaded query={limits} skeleton={<SkeletonRows rows={1} />}>
      {(data) => {
        const known = limitOf(data.limits, holder);
        const set = MEASURES.flatMap((measure) => {
          const value = known?.[measure] ?? null;
          return value === null ? [] : [[text[measure], format.count(value)] as const];
        });
        if (set.length === 0) return <p className="p-4 text-soft">{text.none}</p>;
        return (
          <dl className="grid grid-cols-2 gap-x-6 gap-y-3 p-4 sm:grid-cols-3 lg:grid-cols-5">
            {set.map(([label, value]) => (
              <div key={label} className="grid content-start gap-0.5">
                <dt className="text-xs text-soft">{label}</dt>
                <dd className="tabular font-medium">{value}</dd>
              </div>
            ))}
          </dl>
        );
      }}
    </Loaded>
  );
}

const READ = 'GET /limits/{scope}/{scope_id}';
const READS = ['GET /limits'] as const;

/** The limits of a key or project for all models together, to look at and to change. */
export function LimitsDialog({ holder, onClose }: { holder: Holder; onClose: () => void }) {
  const text = useMessages(limitMessages);
  const params = { scope: holder.scope, scope_id: holder.id };
  return (
    <EditDialog title={text.title(holder.name)} read={READ} input={{ params }} onClose={onClose}>
      {(seen, take) => <LimitsForm holder={holder} seen={seen} onTake={take} onClose={onClose} />}
    </EditDialog>
  );
}

type Values = Record<Measure, number | null>;
type Shown = AnswerOf<typeof READ>['limit'];

function valuesOf(limit: Shown): Values {
  return {
    requests_per_minute: limit?.requests_per_minute ?? null,
    input_tokens_per_minute: limit?.input_tokens_per_minute ?? null,
    output_tokens_per_minute: limit?.output_tokens_per_minute ?? null,
    tokens_per_day: limit?.tokens_per_day ?? null,
    concurrent: limit?.concurrent ?? null,
  };
}

function LimitsForm({ holder, seen, onTake, onClose }: EditFormProps<typeof READ> & { holder: Holder }) {
  const text = useMessages(limitMessages);
  const { limit: known } = seen.answer;
  const [values, setValues] = useState(() => valuesOf(known));
  const params = { scope: holder.scope, scope_id: holder.id };
  const read = { name: READ, input: { params }, seen } as const;
  const set = useEdit(read, 'POST /limits', READS);
  const remove = useEdit(read, 'DELETE /limits/{id}', READS);
  const conflict = set.conflict ?? remove.conflict;
  const error = set.error ?? remove.error;
  const submit = (): void => {
    // Set as a whole: what nobody touched here is sent as it is by now.
    const current = (conflict ?? seen).answer.limit;
    const body = {
      ...params,
      ...valuesOf(current),
      ...changesOf(valuesOf(known), values),
      ...(current && { burst_ms: current.burst_ms }),
    };
    set.send({ body }, onClose);
  };
  const isManaged = known?.managed ?? false;
  const factsOf = (of: Shown) => MEASURES.map((measure) => [text[measure], textOf(valuesOf(of)[measure])] as const);
  const fields = MEASURES.map((measure) => (
    <TextField
      key={measure}
      label={text[measure]}
      type="number"
      min={1}
      disabled={isManaged}
      value={textOf(values[measure])}
      onValue={(value) => setValues({ ...values, [measure]: value === '' ? null : Number(value) })}
      error={fieldError(error, measure)}
    />
  ));
  if (isManaged) return <Managed onClose={onClose}>{fields}</Managed>;
  return (
    <EditForm
      edit={{ error, conflict, busy: set.busy || remove.busy }}
      seen={seen}
      factsOf={(answer) => factsOf(answer.limit)}
      onTake={onTake}
      onSubmit={submit}
      onClose={onClose}
      more={
        known && (
          <Button kind="danger" busy={remove.busy} onClick={() => remove.send({ params: { id: known.id } }, onClose)}>
            {text.remove}
          </Button>
        )
      }
    >
      <p className="text-soft">{text.hint}</p>
      {fields}
    </EditForm>
  );
}

function textOf(value: number | null): string {
  return value === null ? '' : String(value);
}

/** Limits that are only to be looked at here. */
function Managed({ children, onClose }: { children: ReactNode; onClose: () => void }) {
  const text = useMessages(limitMessages);
  const shared = useMessages(uiMessages);
  return (
    <div className="grid gap-3">
      <p className="text-soft">{text.managed}</p>
      {children}
      <DialogActions>
        <Button onClick={onClose}>{shared.cancel}</Button>
      </DialogActions>
    </div>
  );
}
