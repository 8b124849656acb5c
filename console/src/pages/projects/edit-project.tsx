import { useState } from 'react';
import type { AnswerOf } from '../../api/client.ts';
import { useChange } from '../../api/hooks.ts';
import { useMessages } from '../../i18n/messages.ts';
import { AllowFields, readAllowance, showAllowance, UNBOUNDED } from '../../ui/allow-fields.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { DialogForm } from '../../ui/dialog-form.tsx';
import { fieldError, TextField } from '../../ui/field.tsx';
import { uiMessages } from '../../ui/messages.ts';
import { projectsMessages } from './messages.ts';

/** A project as the admin API shows it. */
export type Project = AnswerOf<'GET /projects'>['projects'][number];

/** Keys keep the name of the project that every store has. */
export const DEFAULT_PROJECT = 'proj_default';

/** Makes a project, or changes one. */
export function EditProject({ project, onClose }: { project: Project | undefined; onClose: () => void }) {
  const text = useMessages(projectsMessages);
  const shared = useMessages(uiMessages);
  const [name, setName] = useState(project?.name ?? '');
  const [allowance, setAllowance] = useState(() => (project ? showAllowance(project) : UNBOUNDED));
  const create = useChange('POST /projects', ['GET /projects']);
  const change = useChange('PATCH /projects/{id}', ['GET /projects', 'GET /keys']);
  const error = create.error ?? change.error;
  const submit = (): void => {
    const bounds = readAllowance(allowance);
    if (project) {
      const body = { ...bounds, ...(name !== project.name && { name }) };
      change.mutate({ params: { id: project.id }, body }, { onSuccess: onClose });
    } else create.mutate({ body: { name, ...bounds } }, { onSuccess: onClose });
  };
  return (
    <Dialog title={project ? text.changeTitle(project.name) : text.createTitle} onClose={onClose}>
      <DialogForm
        error={error}
        busy={create.isPending || change.isPending}
        action={project ? shared.save : text.createNow}
        onSubmit={submit}
        onClose={onClose}
      >
        <TextField
          label={text.name}
          value={name}
          onValue={setName}
          required
          maxLength={100}
          disabled={project?.id === DEFAULT_PROJECT}
          error={fieldError(error, 'name')}
        />
        <AllowFields value={allowance} onValue={setAllowance} error={error} />
      </DialogForm>
    </Dialog>
  );
}
