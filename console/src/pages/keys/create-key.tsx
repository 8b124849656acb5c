import { type FormEvent, useState } from 'react';
import { useChange } from '../../api/hooks.ts';
import { useMessages } from '../../i18n/messages.ts';
import { Button } from '../../ui/button.tsx';
import { SecretOnce } from '../../ui/copy.tsx';
import { Dialog, DialogActions } from '../../ui/dialog.tsx';
import { fieldError, TextField } from '../../ui/field.tsx';
import { uiMessages } from '../../ui/messages.ts';
import { ProblemNote } from '../../ui/states.tsx';
import { keysMessages } from './messages.ts';

/** Makes a key, and shows it once. */
export function CreateKey({ onClose }: { onClose: () => void }) {
  const text = useMessages(keysMessages);
  const shared = useMessages(uiMessages);
  const [name, setName] = useState('');
  const create = useChange('POST /keys', ['GET /keys']);
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    create.mutate({ body: { name } });
  };
  if (create.data) {
    return (
      <Dialog title={text.onceTitle} onClose={undefined}>
        <p className="mb-3 text-soft">{text.onceHint}</p>
        <SecretOnce value={create.data.key} label={text.onceTitle} />
        <DialogActions>
          <Button kind="primary" onClick={onClose}>
            {text.done}
          </Button>
        </DialogActions>
      </Dialog>
    );
  }
  return (
    <Dialog title={text.createTitle} onClose={onClose}>
      <form onSubmit={submit}>
        <TextField
          label={text.name}
          hint={text.nameHint}
          value={name}
          onValue={setName}
          required
          maxLength={100}
          error={fieldError(create.error, 'name')}
        />
        {create.error && <ProblemNote error={create.error} />}
        <DialogActions>
          <Button onClick={onClose}>{shared.cancel}</Button>
          <Button type="submit" kind="primary" busy={create.isPending}>
            {text.createNow}
          </Button>
        </DialogActions>
      </form>
    </Dialog>
  );
}
