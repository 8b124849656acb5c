import { useState } from 'react';
import type { AnswerOf } from '../../api/client.ts';
import { useEdit } from '../../api/edit.ts';
import { useAdmin, useChange } from '../../api/hooks.ts';
import { useMessages } from '../../i18n/messages.ts';
import { useFormat } from '../../lib/format.ts';
import { readLines } from '../../lib/model-lines.ts';
import { Button } from '../../ui/button.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { DialogForm } from '../../ui/dialog-form.tsx';
import { EditDialog, EditForm, type EditFormProps } from '../../ui/edit-dialog.tsx';
import { fieldError, TextArea, TextField } from '../../ui/field.tsx';
import { modelsMessages } from './messages.ts';

/** A public name as the admin API shows it. */
export type Model = AnswerOf<'GET /models'>['models'][number];

const READS = ['GET /models'] as const;

const READ = 'GET /models/{name}';

/** One model: where it goes, what it can do, and its route to change. Without one, a new route is made. */
export function RouteDialog({ model, onClose }: { model: Model | undefined; onClose: () => void }) {
  const text = useMessages(modelsMessages);
  const title = model ? text.routeOf(model.name) : text.createTitle;
  if (model?.route === 'stored') {
    return (
      <EditDialog title={title} wide read={READ} input={{ params: { name: model.name } }} onClose={onClose}>
        {(seen, take) => (
          <>
            <About model={model} />
            <ChangeRoute seen={seen} onTake={take} onClose={onClose} />
          </>
        )}
      </EditDialog>
    );
  }
  return (
    <Dialog title={title} onClose={onClose} wide>
      {model && <About model={model} />}
      {model?.route === 'file' ? (
        <p className="text-soft">{text.managed}</p>
      ) : (
        <CreateRoute model={model} onClose={onClose} />
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

/** A route as it stands in fields: one line for each target, one for each fallback. */
type Lines = { targets: string; fallbacks: string };

/** The lines of a route as it was set. */
function linesOf(settings: Readonly<Record<string, unknown>>): Lines {
  const { targets, channels, model, fallbacks } = settings;
  const lines = [
    ...recordsIn(targets).map((target) => `${target['channel']}: ${target['model'] ?? model ?? '*'}`),
    ...textsIn(channels).map((channel) => `${channel}: ${model ?? '*'}`),
  ];
  return { targets: [...new Set(lines)].join('\n'), fallbacks: textsIn(fallbacks).join('\n') };
}

function textsIn(value: unknown): string[] {
  return Array.isArray(value) ? value.map(String) : [];
}

function recordsIn(value: unknown): Record<string, unknown>[] {
  return Array.isArray(value) ? value.map((each) => ({ ...each })) : [];
}

/** The targets of a model that has no route of its own. */
function linesOfModel(model: Model | undefined): Lines {
  const lines = (model?.targets ?? []).map((target) => `${target.channel}: ${target.upstream_model}`);
  return { targets: [...new Set(lines)].join('\n'), fallbacks: (model?.fallbacks ?? []).join('\n') };
}

/** Undefined when a line is no target. */
function targetsOf(text: string): { channel: string; model: string }[] | undefined {
  const pairs = readLines(text).map((line) => /^([^:\s]+)\s*[:：]\s*(\S+)$/.exec(line));
  const targets = pairs.flatMap((pair) => (pair ? [{ channel: pair[1] ?? '', model: pair[2] ?? '' }] : []));
  return targets.length === pairs.length ? targets : undefined;
}

/** What the lines say, for the API; undefined when one of them is no target. */
function bodyOf({ targets, fallbacks }: Lines) {
  const written = targetsOf(targets);
  const others = readLines(fallbacks);
  return written && { targets: written, fallbacks: others.length > 0 ? others : undefined };
}

function CreateRoute({ model, onClose }: { model: Model | undefined; onClose: () => void }) {
  const text = useMessages(modelsMessages);
  const [name, setName] = useState('');
  const [lines, setLines] = useState(() => linesOfModel(model));
  const [isWrong, setIsWrong] = useState(false);
  const create = useChange('POST /models', READS);
  const { error } = create;
  const submit = (): void => {
    const body = bodyOf(lines);
    setIsWrong(body === undefined);
    if (body) create.mutate({ body: { ...body, name: model?.name ?? name } }, { onSuccess: onClose });
  };
  return (
    <DialogForm error={error} busy={create.isPending} action={text.saveRoute} onSubmit={submit} onClose={onClose}>
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
      <RouteFields lines={lines} onLines={setLines} isWrong={isWrong} error={error} />
    </DialogForm>
  );
}

function ChangeRoute({ seen, onTake, onClose }: EditFormProps<typeof READ>) {
  const text = useMessages(modelsMessages);
  const { name, settings } = seen.answer.route;
  const [lines, setLines] = useState(() => linesOf(settings));
  const [isWrong, setIsWrong] = useState(false);
  const params = { name };
  const edit = useEdit({ name: READ, input: { params }, seen }, 'PATCH /models/{name}', READS);
  const remove = useChange('DELETE /models/{name}', READS);
  const error = edit.error ?? remove.error;
  const factsOf = ({ route }: AnswerOf<typeof READ>) => {
    const { targets, fallbacks } = linesOf(route.settings);
    return [[text.targetLines, targets] as const, [text.fallbackLines, fallbacks] as const];
  };
  const submit = (): void => {
    const body = bodyOf(lines);
    setIsWrong(body === undefined);
    if (!body) return;
    // A route is put in the place of the one before: what has no field here stays as it is there by now.
    const { model: _, channels: __, ...kept } = (edit.conflict ?? seen).answer.route.settings;
    edit.send({ params, body: { ...kept, ...body } }, onClose);
  };
  return (
    <EditForm
      edit={{ ...edit, error }}
      seen={seen}
      factsOf={factsOf}
      onTake={onTake}
      onSubmit={submit}
      onClose={onClose}
      more={
        <Button kind="danger" busy={remove.isPending} onClick={() => remove.mutate({ params }, { onSuccess: onClose })}>
          {text.removeRoute}
        </Button>
      }
    >
      <RouteFields lines={lines} onLines={setLines} isWrong={isWrong} error={error} />
    </EditForm>
  );
}

type RouteFieldsProps = { lines: Lines; onLines: (lines: Lines) => void; isWrong: boolean; error: Error | null };

function RouteFields({ lines, onLines, isWrong, error }: RouteFieldsProps) {
  const text = useMessages(modelsMessages);
  const channels = (useAdmin('GET /channels', {}).data?.channels ?? []).map((channel) => channel.name);
  return (
    <>
      <TextArea
        label={text.targetLines}
        hint={text.targetHint(channels.join(', '))}
        value={lines.targets}
        onValue={(targets) => onLines({ ...lines, targets })}
        required
        rows={3}
        error={isWrong ? text.targetWrong : fieldError(error, 'targets')}
      />
      <TextArea
        label={text.fallbackLines}
        hint={text.fallbackHint}
        value={lines.fallbacks}
        onValue={(fallbacks) => onLines({ ...lines, fallbacks })}
        error={fieldError(error, 'fallbacks')}
      />
    </>
  );
}
