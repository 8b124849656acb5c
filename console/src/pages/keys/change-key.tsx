import { useState } from 'react';
import type { AnswerOf } from '../../api/client.ts';
import { useChange } from '../../api/hooks.ts';
import { useMessages } from '../../i18n/messages.ts';
import { AllowFields, readAllowance, showAllowance } from '../../ui/allow-fields.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { DialogForm } from '../../ui/dialog-form.tsx';
import { fieldError, SelectField, TextField } from '../../ui/field.tsx';
import { keysMessages } from './messages.ts';
import { ShowKey } from './show-key.tsx';

type Key = AnswerOf<'GET /keys'>['keys'][number];

/** Changes what a key may do. */
export function ChangeKey({ apiKey, onClose }: { apiKey: Key; onClose: () => void }) {
  const text = useMessages(keysMessages);
  const [name, setName] = useState(apiKey.name);
  const [allowance, setAllowance] = useState(() => showAllowance(apiKey));
  const change = useChange('PATCH /keys/{id}', ['GET /keys']);
  const submit = (): void => {
    const body = { name, ...readAllowance(allowance) };
    change.mutate({ params: { id: apiKey.id }, body }, { onSuccess: onClose });
  };
  return (
    <Dialog title={text.changeTitle(apiKey.name)} onClose={onClose}>
      <DialogForm error={change.error} busy={change.isPending} onSubmit={submit} onClose={onClose}>
        <TextField
          label={text.name}
          value={name}
          onValue={setName}
          required
          maxLength={100}
          error={fieldError(change.error, 'name')}
        />
        <AllowFields value={allowance} onValue={setAllowance} error={change.error} />
      </DialogForm>
    </Dialog>
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
