import { Send, Square, X } from 'lucide-react';
import type { FormEvent, KeyboardEvent } from 'react';
import { useMessages } from '../../i18n/messages.ts';
import { Button, IconButton } from '../../ui/button.tsx';
import { CheckField, Field, SelectField, TextArea, TextField } from '../../ui/field.tsx';
import { Fold } from '../../ui/fold.tsx';
import { Section } from '../../ui/page.tsx';
import type { Ask, Attached, Dialect, Tool, Turn } from './dialects.ts';
import { readImages } from './images.ts';
import { playgroundMessages } from './messages.ts';

/** What is being written. */
export type Draft = {
  system: string;
  message: string;
  tools: string;
  images: readonly Attached[];
  thinking: boolean;
  stream: boolean;
  maxTokens: string;
};

/** A new one. */
export const EMPTY_DRAFT: Draft = {
  ...{ system: '', message: '', tools: '', images: [], thinking: false, stream: true, maxTokens: '1024' },
};

const DIALECT_NAMES: Record<Dialect, string> = {
  messages: 'Anthropic Messages',
  chat: 'OpenAI Chat Completions',
  responses: 'OpenAI Responses',
};

type RequestFormProps = {
  /** Undefined while they are being asked for. */
  models: readonly string[] | undefined;
  model: string;
  onModel: (model: string) => void;
  dialect: Dialect;
  dialects: readonly Dialect[];
  onDialect: (dialect: Dialect) => void;
  projects: readonly { id: string; name: string }[];
  project: string;
  onProject: (id: string) => void;
  draft: Draft;
  onDraft: (draft: Draft) => void;
  isRunning: boolean;
  onSend: (ask: Omit<Ask, 'model' | 'turns'>, turn: Omit<Turn, 'id'>) => void;
  onStop: () => void;
};

/** What to ask, and how. Ctrl or Cmd with Enter sends. */
export function RequestForm(props: RequestFormProps) {
  const text = useMessages(playgroundMessages);
  const { models, draft, onDraft, isRunning } = props;
  const tools = parseTools(draft.tools);
  const set = (change: Partial<Draft>): void => onDraft({ ...draft, ...change });
  const submit = (): void => {
    if (isRunning || draft.message.trim() === '' || !tools || props.model === '') return;
    const { system, thinking, stream, maxTokens, message, images } = draft;
    props.onSend(
      { system, tools, thinking, stream, maxTokens: Number(maxTokens) || 1 },
      { role: 'user', text: message, images },
    );
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) submit();
  };
  const onSubmit = (event: FormEvent): void => {
    event.preventDefault();
    submit();
  };
  return (
    <Section title={text.request}>
      <form onSubmit={onSubmit} onKeyDown={onKeyDown} className="grid gap-4 p-4">
        <SelectField
          label={text.model}
          value={props.model}
          choices={(models ?? []).map((value) => ({ value, label: value }))}
          onValue={props.onModel}
          disabled={models === undefined}
          error={models?.length === 0 ? text.noModels : undefined}
        />
        <div className="grid gap-4 sm:grid-cols-2">
          <SelectField
            label={text.format}
            value={props.dialect}
            choices={props.dialects.map((value) => ({ value, label: DIALECT_NAMES[value] }))}
            onValue={props.onDialect}
          />
          <SelectField
            label={text.project}
            value={props.project}
            choices={props.projects.map(({ id, name }) => ({ value: id, label: name }))}
            onValue={props.onProject}
          />
        </div>
        <TextArea label={text.message} rows={5} value={draft.message} onValue={(message) => set({ message })} />
        <Fold title={text.advanced}>
          <TextArea
            label={text.system}
            rows={2}
            placeholder={text.systemPlaceholder}
            value={draft.system}
            onValue={(system) => set({ system })}
          />
          <TextArea
            label={text.tools}
            hint={text.toolsHint}
            error={tools ? undefined : text.toolsWrong}
            rows={3}
            spellCheck={false}
            className="font-mono text-xs"
            value={draft.tools}
            onValue={(value) => set({ tools: value })}
          />
          <ImagesField images={draft.images} onImages={(images) => set({ images })} />
        </Fold>
        <div className="flex flex-wrap items-end gap-x-5 gap-y-3">
          <CheckField label={text.stream} checked={draft.stream} onValue={(stream) => set({ stream })} />
          <CheckField label={text.thinking} checked={draft.thinking} onValue={(thinking) => set({ thinking })} />
          <div className="w-36">
            <TextField
              label={text.maxTokens}
              type="number"
              min={1}
              value={draft.maxTokens}
              onValue={(maxTokens) => set({ maxTokens })}
            />
          </div>
          <div className="grow" />
          {isRunning ? (
            <Button icon={Square} onClick={props.onStop}>
              {text.stop}
            </Button>
          ) : (
            <Button type="submit" kind="primary" icon={Send} disabled={props.model === ''}>
              {text.send}
            </Button>
          )}
        </div>
      </form>
    </Section>
  );
}

function ImagesField({ images, onImages }: { images: readonly Attached[]; onImages: (images: Attached[]) => void }) {
  const text = useMessages(playgroundMessages);
  return (
    <div className="grid gap-2">
      <Field label={text.images}>
        {(tie) => (
          <input
            {...tie}
            type="file"
            accept="image/png,image/jpeg,image/gif,image/webp"
            multiple
            onChange={(event) => {
              const { files } = event.target;
              if (files) void readImages(files).then((read) => onImages([...images, ...read]));
            }}
            className="w-full text-xs file:mr-3 file:h-8 file:rounded-md file:border file:border-strong file:bg-surface file:px-3"
          />
        )}
      </Field>
      {images.map((image) => (
        <div key={image.name} className="flex items-center gap-2">
          <img
            src={`data:${image.type};base64,${image.base64}`}
            alt={image.name}
            className="size-8 rounded object-cover"
          />
          <span className="min-w-0 grow truncate">{image.name}</span>
          <IconButton
            icon={X}
            label={text.removeImage(image.name)}
            onClick={() => onImages(images.filter((other) => other !== image))}
          />
        </div>
      ))}
    </div>
  );
}

/** Undefined for what is no list of tools. */
function parseTools(text: string): Tool[] | undefined {
  if (text.trim() === '') return [];
  try {
    const value: unknown = JSON.parse(text);
    return Array.isArray(value) && value.every(isTool) ? value : undefined;
  } catch {
    return undefined;
  }
}

function isTool(value: unknown): value is Tool {
  return typeof value === 'object' && value !== null && 'name' in value && 'input_schema' in value;
}
