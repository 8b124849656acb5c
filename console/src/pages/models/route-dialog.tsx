import { type FormEvent, useState } from 'react';
import type { AnswerOf } from '../../api/client.ts';
import { useAdmin, useChange } from '../../api/hooks.ts';
import { useMessages } from '../../i18n/messages.ts';
import { useFormat } from '../../lib/format.ts';
import { readLines } from '../../lib/model-lines.ts';
import { Button } from '../../ui/button.tsx';
import { Dialog, DialogActions } from '../../ui/dialog.tsx';
import { fieldError, TextArea, TextField } from '../../ui/field.tsx';
import { uiMessages } from '../../ui/messages.ts';
import { ProblemNote } from '../../ui/states.tsx';
import { modelsMessages } from './messages.ts';

/** A public name as the admin API shows it. */
export type Model = AnswerOf<'GET /models'>['models'][number];

const READS = ['GET /models'] as const;

/** One model: where it goes, what it can do, and its route to change. Without one, a new route is made. */
export function RouteDialog({ model, onClose }: { model: Model | undefined; onClose: () => void }) {
  const text = useMessages(modelsMessages);
  return (
    <Dialog title={model ? text.routeOf(model.name) : text.createTitle} onClose={onClose} wide>
      {model && <About model={model} />}
      {model?.route === 'file' ? (
        <p className="text-soft">{text.managed}</p>
      ) : (
        <RouteForm model={model} onClose={onClose} />
      )}
    </Dialog>
  );
}

function About({ model }: { model: Model }) {
  const text = useMessages(modelsMessages);
  const format = useFormat();
  const capabilities = [
    model.thinking.length > 0 && `${text.thinking}: ${model.thinking.join(', ')}`,
    model.effort.length > 0 && `${text.effort}: ${model.effort.join(', ')}`,
    model.structured_outputs === true && text.structured,
    model.max_output_tokens !== null && text.outputLimit(format.count(model.max_output_tokens)),
  ].filter((part) => part !== false);
  const facts = [
    [text.policy, model.policy],
    [text.fallbacks, model.fallbacks.join(', ') || '–'],
    [text.capabilities, capabilities.join(' · ') || '–'],
  ] as const;
  return (
    <div className="mb-4 grid gap-4">
      <div className="overflow-x-auto" role="group" aria-label={text.targets} tabIndex={0}>
        <table className="w-full text-left">
          <thead>
            <tr>
              {[text.channel, text.credential, text.upstream, text.priority, text.weight].map((title) => (
                <th key={title} className="py-1 pr-4 font-medium whitespace-nowrap text-soft">
                  {title}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {model.targets.map((target) => (
              <tr key={`${target.channel}/${target.credential}/${target.upstream_model}`}>
                <td className="py-1 pr-4">{target.channel}</td>
                <td className="py-1 pr-4">{target.credential}</td>
                <td className="py-1 pr-4 font-mono text-xs">{target.upstream_model}</td>
                <td className="tabular py-1 pr-4">{format.count(target.priority)}</td>
                <td className="tabular py-1 pr-4">{target.weight}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      <dl className="grid gap-x-4 gap-y-1 sm:grid-cols-[7rem_1fr]">
        {facts.map(([label, value]) => (
          <div key={label} className="contents">
            <dt className="text-soft">{label}</dt>
            <dd className="min-w-0 break-words">{value}</dd>
          </div>
        ))}
      </dl>
    </div>
  );
}

/** The targets of a model as lines; one line for each channel and upstream model. */
function linesOf(model: Model | undefined): string {
  const lines = (model?.targets ?? []).map((target) => `${target.channel}: ${target.upstream_model}`);
  return [...new Set(lines)].join('\n');
}

/** Undefined when a line is no target. */
function targetsOf(text: string): { channel: string; model: string }[] | undefined {
  const pairs = readLines(text).map((line) => /^([^:\s]+)\s*[:：]\s*(\S+)$/.exec(line));
  const targets = pairs.flatMap((pair) => (pair ? [{ channel: pair[1] ?? '', model: pair[2] ?? '' }] : []));
  return targets.length === pairs.length ? targets : undefined;
}

function RouteForm({ model, onClose }: { model: Model | undefined; onClose: () => void }) {
  const text = useMessages(modelsMessages);
  const shared = useMessages(uiMessages);
  const [name, setName] = useState('');
  const [targets, setTargets] = useState(() => linesOf(model));
  const [fallbacks, setFallbacks] = useState(() => (model?.fallbacks ?? []).join('\n'));
  const [isWrong, setIsWrong] = useState(false);
  const channels = (useAdmin('GET /channels', {}).data?.channels ?? []).map((channel) => channel.name);
  const create = useChange('POST /models', READS);
  const change = useChange('PATCH /models/{name}', READS);
  const remove = useChange('DELETE /models/{name}', READS);
  const error = create.error ?? change.error ?? remove.error;
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    const written = targetsOf(targets);
    setIsWrong(written === undefined);
    if (!written) return;
    // What the dialog does not show of a stored route stays as it is.
    const { model: _, channels: __, ...kept } = model?.settings ?? {};
    const others = readLines(fallbacks);
    const body = { ...kept, targets: written, fallbacks: others.length > 0 ? others : undefined };
    if (model?.route === 'stored') change.mutate({ params: { name: model.name }, body }, { onSuccess: onClose });
    else create.mutate({ body: { ...body, name: model?.name ?? name } }, { onSuccess: onClose });
  };
  return (
    <form onSubmit={submit} className="grid gap-3">
      {!model && (
        <TextField
          label={text.name}
          hint={text.nameHint}
          value={name}
          onValue={setName}
          required
          maxLength={256}
          error={fieldError(error, 'name')}
        />
      )}
      <TextArea
        label={text.targetLines}
        hint={text.targetHint(channels.join(', '))}
        value={targets}
        onValue={setTargets}
        required
        rows={3}
        error={isWrong ? text.targetWrong : fieldError(error, 'targets')}
      />
      <TextArea
        label={text.fallbackLines}
        hint={text.fallbackHint}
        value={fallbacks}
        onValue={setFallbacks}
        error={fieldError(error, 'fallbacks')}
      />
      {error && <ProblemNote error={error} />}
      <DialogActions>
        {model?.route === 'stored' && (
          <Button
            kind="danger"
            busy={remove.isPending}
            onClick={() => remove.mutate({ params: { name: model.name } }, { onSuccess: onClose })}
          >
            {text.removeRoute}
          </Button>
        )}
        <Button onClick={onClose}>{shared.cancel}</Button>
        <Button type="submit" kind="primary" busy={create.isPending || change.isPending}>
          {text.saveRoute}
        </Button>
      </DialogActions>
    </form>
  );
}
