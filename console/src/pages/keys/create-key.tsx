import { useState } from 'react';
import { useAdmin, useChange } from '../../api/hooks.ts';
import { useMessages } from '../../i18n/messages.ts';
import { AllowFields, readAllowance, UNBOUNDED } from '../../ui/allow-fields.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { DialogForm } from '../../ui/dialog-form.tsx';
import { fieldError, SelectField, TextField } from '../../ui/field.tsx';
import { Fold } from '../../ui/fold.tsx';
import { keysMessages } from './messages.ts';
import { ShowKey } from './show-key.tsx';

const DEFAULT_PROJECT = 'proj_default';

/** Makes a key, and shows it once. */
export function CreateKey({ onClose }: { onClose: () => void }) {
  const text = useMessages(keysMessages);
  const [name, setName] = useState('');
  const [chosen, setChosen] = useState<string>();
  const [allowance, setAllowance] = useState(UNBOUNDED);
  const projects = (useAdmin('GET /projects', {}).data?.projects ?? []).filter((each) => each.archived_at === null);
  const create = useChange('POST /keys', ['GET /keys']);
  const project = chosen ?? projects.find(({ id }) => id === DEFAULT_PROJECT)?.id ?? projects[0]?.id;
  const submit = (): void => {
    create.mutate({
      body: { name, ...readAllowance(allowance), ...(project !== undefined && { project_id: project }) },
    });
  };
  if (create.data) return <ShowKey value={create.data.key} onClose={onClose} />;
  return (
    <Dialog title={text.createTitle} onClose={onClose}>
      <DialogForm
        error={create.error}
        busy={create.isPending}
        action={text.createNow}
        onSubmit={submit}
        onClose={onClose}
      >
        <TextField
          label={text.name}
          hint={text.nameHint}
          value={name}
          onValue={setName}
          required
          maxLength={100}
          error={fieldError(create.error, 'name')}
        />
        {project !== undefined && (
          <SelectField
            label={text.project}
            value={project}
            choices={projects.map((each) => ({ value: each.id, label: each.name }))}
            onValue={setChosen}
            error={fieldError(create.error, 'project_id')}
          />
        )}
        <Fold title={text.bounds}>
          <AllowFields value={allowance} onValue={setAllowance} error={create.error} />
        </Fold>
      </DialogForm>
    </Dialog>
  );
}
