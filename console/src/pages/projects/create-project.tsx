import { useState } from 'react';
import { useChange } from '../../api/hooks.ts';
import { useMessages } from '../../i18n/messages.ts';
import { AllowFields, readAllowance, UNBOUNDED } from '../../ui/allow-fields.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { DialogForm } from '../../ui/dialog-form.tsx';
import { fieldError, TextField } from '../../ui/field.tsx';
import { projectsMessages } from './messages.ts';

/** Makes a project. */
export function CreateProject({ onClose }: { onClose: () => void }) {
  const text = useMessages(projectsMessages);
  const [name, setName] = useState('');
  const [allowance, setAllowance] = useState(UNBOUNDED);
  const create = useChange('POST /projects', ['GET /projects']);
  const { error } = create;
  const submit = (): void => {
    create.mutate({ body: { name, ...readAllowance(allowance) } }, { onSuccess: onClose });
  };
  return (
    <Dialog title={text.createTitle} onClose={onClose}>
      <DialogForm error={error} busy={create.isPending} action={text.createNow} onSubmit={submit} onClose={onClose}>
        <TextField
          label={text.name}
          value={name}
          onValue={setName}
          required
          maxLength={100}
          error={fieldError(error, 'name')}
        />
        <AllowFields value={allowance} onValue={setAllowance} error={error} />
      </DialogForm>
    </Dialog>
  );
}
