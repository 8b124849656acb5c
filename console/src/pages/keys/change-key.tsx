import { useState } from 'react';
import type { AnswerOf } from '../../api/client.ts';
import { changesOf, useEdit } from '../../api/edit.ts';
import { useChange } from '../../api/hooks.ts';
import { useMessages } from '../../i18n/messages.ts';
import { AllowFields, readAllowance, showAllowance, useAllowanceFacts } from '../../ui/allow-fields.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { DialogForm } from '../../ui/dialog-form.tsx';
import { EditDialog, EditForm, type EditFormProps } from '../../ui/edit-dialog.tsx';
import { fieldError, SelectField, TextField } from '../../ui/field.tsx';
import { PayloadNote } from '../../ui/payload-note.tsx';
import { keysMessages } from './messages.ts';
import { ShowKey } from './show-key.tsx';

type Key = AnswerOf<'GET /keys'>['keys'][number];

const READ = 'GET /keys/{id}';

/** Changes what a key may do. */
export function ChangeKey({ apiKey, onClose }: { apiKey: Key; onClose: () => void }) {
  const text = useMessages(keysMessages);
  return (
    <EditDialog
      title={text.changeTitle(apiKey.name)}
      read={READ}
      input={{ params: { id: apiKey.id } }}
      onClose={onClose}
    >
      {(seen, take) => <KeyForm seen={seen} onTake={take} onClose={onClose} />}
    </EditDialog>
  );
}

function KeyForm({ seen, onTake, onClose }: EditFormProps<typeof READ>) {
  const text = useMessages(keysMessages);
  const allowanceFacts = useAllowanceFacts();
  const { record } = seen.answer;
  const [name, setName] = useState(record.name);
  const [allowance, setAllowance] = useState(() => showAllowance(record));
  const params = { id: record.id };
  const edit = useEdit({ name: READ, input: { params }, seen }, 'PATCH /keys/{id}', ['GET /keys']);
  const { error } = edit;
  const factsOf = (key: Key) => [[text.name, key.name] as const, ...allowanceFacts(key)];
  const submit = (): void => {
    const before = { name: record.name, ...readAllowance(showAllowance(record)) };
    edit.send({ params, body: changesOf(before, { name, ...readAllowance(allowance) }) }, onClose);
  };
  return (
    <EditForm
      edit={edit}
      seen={seen}
      factsOf={(answer) => factsOf(answer.record)}
      onTake={onTake}
      onSubmit={submit}
      onClose={onClose}
    >
      <TextField
        label={text.name}
        value={name}
        onValue={setName}
        required
        maxLength={100}
        error={fieldError(error, 'name')}
      />
      <AllowFields value={allowance} onValue={setAllowance} error={error} />
      <p className="text-soft">
        <PayloadNote projectId={record.project_id} keyId={record.id} />
      </p>
    </EditForm>
  );
}

const OVERLAPS = ['0', '3600', '86400', '604800'] as const;

/** Gives a key a new secret, and shows it once. */
export function RotateKey({ apiKey, onClose }: { apiKey: Key; onClose: () => void }) {
  const text = useMessages(keysMessages);
  const [overlap, setOverlap] = useState<(typeof OVERLAPS)[number]>('86400');
  const rotate = useChange('POST /keys/{id}/rotate', ['GET /keys']);
  const names = { 0: text.overlapNone, 3600: text.overlapHour, 86400: text.overlapDay, 604800: text.overlapWeek };
  if (rotate.data) return <ShowKey value={rotate.data.key} onClose={onClose} />;
  const submit = (): void => {
    rotate.mutate({ params: { id: apiKey.id }, body: { overlap_seconds: Number(overlap) } });
  };
  return (
    <Dialog title={text.rotateTitle(apiKey.name)} onClose={onClose}>
      <DialogForm
        error={rotate.error}
        busy={rotate.isPending}
        action={text.rotateNow}
        onSubmit={submit}
        onClose={onClose}
      >
        <p className="text-soft">{text.rotateHint}</p>
        <SelectField
          label={text.overlap}
          value={overlap}
          choices={OVERLAPS.map((value) => ({ value, label: names[value] }))}
          onValue={setOverlap}
        />
      </DialogForm>
    </Dialog>
  );
}
