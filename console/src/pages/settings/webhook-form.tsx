import { useState } from 'react';
import type { AnswerOf } from '../../api/client.ts';
import { changesOf, useEdit } from '../../api/edit.ts';
import { useChange } from '../../api/hooks.ts';
import { useMessages } from '../../i18n/messages.ts';
import { Dialog } from '../../ui/dialog.tsx';
import { DialogForm } from '../../ui/dialog-form.tsx';
import { EditDialog, EditForm, type EditFormProps } from '../../ui/edit-dialog.tsx';
import { CheckField, fieldError, TextField } from '../../ui/field.tsx';
import { webhookMessages } from './webhook-messages.ts';

type Webhook = AnswerOf<'GET /webhooks/{name}'>['webhook'];
/** What can be told of; a test is sent by hand alone. */
type Event = Exclude<AnswerOf<'GET /webhooks'>['events'][number], 'alert.test'>;

const READ = 'GET /webhooks/{name}';

/** A webhook as it stands in fields; without `chosen` everything is told. */
type Draft = { url: string; seconds: string; chosen: readonly Event[] | undefined; enabled: boolean };

const NEW: Draft = { url: '', seconds: '10', chosen: undefined, enabled: true };

function draftOf({ url, timeout_ms: timeout, events, enabled }: Webhook): Draft {
  return { url, seconds: String(timeout / 1_000), chosen: events?.filter((event) => event !== 'alert.test'), enabled };
}

function bodyOf({ url, seconds, chosen, enabled }: Draft) {
  return { url, timeout_ms: Math.round(Number(seconds) * 1_000), events: chosen ? [...chosen] : null, enabled };
}

/** Makes a webhook. */
export function CreateWebhook({ events, onClose }: { events: readonly Event[]; onClose: () => void }) {
  const text = useMessages(webhookMessages);
  const [name, setName] = useState('');
  const [secret, setSecret] = useState('');
  const [draft, setDraft] = useState(NEW);
  const create = useChange('POST /webhooks', ['GET /webhooks']);
  const { error } = create;
  const submit = (): void => {
    create.mutate({ body: { name, secret, ...bodyOf(draft) } }, { onSuccess: onClose });
  };
  return (
    <Dialog title={text.addTitle} onClose={onClose}>
      <DialogForm error={error} busy={create.isPending} action={text.addNow} onSubmit={submit} onClose={onClose}>
        <TextField
          label={text.name}
          value={name}
          onValue={setName}
          required
          maxLength={64}
          error={fieldError(error, 'name')}
        />
        <WebhookFields draft={draft} onDraft={setDraft} events={events} error={error} />
        <Secret value={secret} onValue={setSecret} error={error} isKept={false} />
      </DialogForm>
    </Dialog>
  );
}

type ChangeWebhookProps = { name: string; events: readonly Event[]; onClose: () => void };

/** Changes a webhook that was made here. */
export function ChangeWebhook({ name, events, onClose }: ChangeWebhookProps) {
  const text = useMessages(webhookMessages);
  return (
    <EditDialog title={text.changeTitle(name)} read={READ} input={{ params: { name } }} onClose={onClose}>
      {(seen, take) => <ChangeForm seen={seen} events={events} onTake={take} onClose={onClose} />}
    </EditDialog>
  );
}

type ChangeFormProps = EditFormProps<typeof READ> & { events: readonly Event[] };

function ChangeForm({ seen, events, onTake, onClose }: ChangeFormProps) {
  const text = useMessages(webhookMessages);
  const { webhook } = seen.answer;
  const [draft, setDraft] = useState(() => draftOf(webhook));
  const [secret, setSecret] = useState('');
  const params = { name: webhook.name };
  const edit = useEdit({ name: READ, input: { params }, seen }, 'PATCH /webhooks/{name}', ['GET /webhooks']);
  const { error } = edit;
  const factsOf = (of: Webhook) => {
    const { url, seconds, chosen, enabled } = draftOf(of);
    return [
      [text.url, url],
      [text.events, chosen?.join(', ') ?? text.allEvents],
      [text.timeout, seconds],
      [text.enabled, enabled ? text.enabled : text.off],
    ] as const;
  };
  const submit = (): void => {
    const changes = changesOf(bodyOf(draftOf(webhook)), bodyOf(draft));
    edit.send({ params, body: { ...changes, ...(secret !== '' && { secret }) } }, onClose);
  };
  return (
    <EditForm
      edit={edit}
      seen={seen}
      factsOf={(answer) => factsOf(answer.webhook)}
      onTake={onTake}
      onSubmit={submit}
      onClose={onClose}
    >
      <WebhookFields draft={draft} onDraft={setDraft} events={events} error={error} />
      <Secret value={secret} onValue={setSecret} error={error} isKept />
      <CheckField label={text.enabled} checked={draft.enabled} onValue={(enabled) => setDraft({ ...draft, enabled })} />
    </EditForm>
  );
}

type WebhookFieldsProps = {
  draft: Draft;
  onDraft: (draft: Draft) => void;
  events: readonly Event[];
  error: Error | null;
};

function WebhookFields({ draft, onDraft, events, error }: WebhookFieldsProps) {
  const text = useMessages(webhookMessages);
  const { chosen } = draft;
  const toggle = (event: Event, isOn: boolean) =>
    onDraft({ ...draft, chosen: events.filter((each) => (each === event ? isOn : chosen?.includes(each))) });
  const problem = fieldError(error, 'events');
  return (
    <>
      <TextField
        label={text.url}
        hint={text.urlHint}
        type="url"
        value={draft.url}
        onValue={(url) => onDraft({ ...draft, url })}
        required
        maxLength={2_000}
        error={fieldError(error, 'url')}
      />
      <fieldset className="grid gap-1">
        <legend className="mb-1 font-medium">{text.events}</legend>
        <CheckField
          label={text.allEvents}
          checked={chosen === undefined}
          onValue={(isOn) => onDraft({ ...draft, chosen: isOn ? undefined : events })}
        />
        {chosen &&
          events.map((event) => (
            <div key={event} className="ml-6 font-mono text-xs">
              <CheckField label={event} checked={chosen.includes(event)} onValue={(isOn) => toggle(event, isOn)} />
            </div>
          ))}
        {problem && <p className="text-xs text-bad">{problem}</p>}
      </fieldset>
      <TextField
        label={text.timeout}
        type="number"
        min={1}
        max={60}
        value={draft.seconds}
        onValue={(seconds) => onDraft({ ...draft, seconds })}
        required
        error={fieldError(error, 'timeout_ms')}
      />
    </>
  );
}

type SecretProps = { value: string; onValue: (value: string) => void; error: Error | null; isKept: boolean };

function Secret({ value, onValue, error, isKept }: SecretProps) {
  const text = useMessages(webhookMessages);
  return (
    <TextField
      label={text.secret}
      hint={isKept ? text.secretKept : text.secretHint}
      type="password"
      autoComplete="off"
      minLength={16}
      required={!isKept}
      value={value}
      onValue={onValue}
      error={fieldError(error, 'secret')}
    />
  );
}
