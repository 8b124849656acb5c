import { type FormEvent, useState } from 'react';
import type { AnswerOf } from '../api/client.ts';
import { useAdmin, useChange } from '../api/hooks.ts';
import { defineMessages, useMessages } from '../i18n/messages.ts';
import { useFormat } from '../lib/format.ts';
import { Button } from './button.tsx';
import { Dialog, DialogActions } from './dialog.tsx';
import { fieldError, TextField } from './field.tsx';
import { uiMessages } from './messages.ts';
import { Loaded, ProblemNote, SkeletonRows } from './states.tsx';

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

/** The limits of a key or project for all models together, to look at and to change. */
export function LimitsDialog({ holder, onClose }: { holder: Holder; onClose: () => void }) {
  const text = useMessages(limitMessages);
  const limits = useAdmin('GET /limits', {});
  return (
    <Dialog title={text.title(holder.name)} onClose={onClose}>
      <Loaded query={limits}>
        {(data) => <LimitsForm holder={holder} known={limitOf(data.limits, holder)} onClose={onClose} />}
      </Loaded>
    </Dialog>
  );
}

function LimitsForm({ holder, known, onClose }: { holder: Holder; known: Limit | undefined; onClose: () => void }) {
  const text = useMessages(limitMessages);
  const shared = useMessages(uiMessages);
  const [values, setValues] = useState<Record<Measure, string>>(() => ({
    requests_per_minute: String(known?.requests_per_minute ?? ''),
    input_tokens_per_minute: String(known?.input_tokens_per_minute ?? ''),
    output_tokens_per_minute: String(known?.output_tokens_per_minute ?? ''),
    tokens_per_day: String(known?.tokens_per_day ?? ''),
    concurrent: String(known?.concurrent ?? ''),
  }));
  const set = useChange('POST /limits', ['GET /limits']);
  const remove = useChange('DELETE /limits/{id}', ['GET /limits']);
  const error = set.error ?? remove.error;
  const numberOf = (measure: Measure) => (values[measure] === '' ? null : Number(values[measure]));
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    const body = {
      scope: holder.scope,
      scope_id: holder.id,
      requests_per_minute: numberOf('requests_per_minute'),
      input_tokens_per_minute: numberOf('input_tokens_per_minute'),
      output_tokens_per_minute: numberOf('output_tokens_per_minute'),
      tokens_per_day: numberOf('tokens_per_day'),
      concurrent: numberOf('concurrent'),
      ...(known && { burst_ms: known.burst_ms }),
    };
    set.mutate({ body }, { onSuccess: onClose });
  };
  const isManaged = known?.managed ?? false;
  return (
    <form onSubmit={submit} className="grid gap-3">
      <p className="text-soft">{isManaged ? text.managed : text.hint}</p>
      {MEASURES.map((measure) => (
        <TextField
          key={measure}
          label={text[measure]}
          type="number"
          min={1}
          disabled={isManaged}
          value={values[measure]}
          onValue={(value) => setValues({ ...values, [measure]: value })}
          error={fieldError(error, measure)}
        />
      ))}
      {error && <ProblemNote error={error} />}
      <DialogActions>
        {known && !isManaged && (
          <Button
            kind="danger"
            busy={remove.isPending}
            onClick={() => remove.mutate({ params: { id: known.id } }, { onSuccess: onClose })}
          >
            {text.remove}
          </Button>
        )}
        <Button onClick={onClose}>{shared.cancel}</Button>
        {!isManaged && (
          <Button type="submit" kind="primary" busy={set.isPending}>
            {shared.save}
          </Button>
        )}
      </DialogActions>
    </form>
  );
}
