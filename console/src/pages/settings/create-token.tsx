import { useState } from 'react';
import { useAdmin, useChange } from '../../api/hooks.ts';
import { type Role, useMay } from '../../api/session.ts';
import { useMessages } from '../../i18n/messages.ts';
import { useRoleNames } from '../../shell/roles.ts';
import { Dialog } from '../../ui/dialog.tsx';
import { DialogForm } from '../../ui/dialog-form.tsx';
import { fieldError, SelectField, TextField } from '../../ui/field.tsx';
import { OnceDialog } from '../../ui/once-dialog.tsx';
import { identityMessages } from './identity-messages.ts';

type ProjectRole = Exclude<Role, 'owner'>;

type Form = { name: string; role: Role; days: string; project: string; roleThere: ProjectRole };

const ROLES: readonly Role[] = ['viewer', 'member', 'admin', 'owner'];
const PROJECT_ROLES: readonly ProjectRole[] = ['viewer', 'member', 'admin'];

/** Makes an admin token, and shows it once. */
export function CreateToken({ onClose }: { onClose: () => void }) {
  const text = useMessages(identityMessages);
  const [form, setForm] = useState<Form>({ name: '', role: 'viewer', days: '90', project: '', roleThere: 'viewer' });
  const create = useChange('POST /tokens', ['GET /tokens']);
  const submit = (): void => {
    const { name, role, days, project, roleThere } = form;
    const projects = seesAll(role) || project === '' ? [] : [{ project_id: project, role: roleThere }];
    create.mutate({ body: { name, role, days: Number(days), projects } });
  };
  if (create.data) {
    return (
      <OnceDialog
        title={text.onceTitle}
        hint={text.onceHint}
        value={create.data.token}
        done={text.done}
        onClose={onClose}
      />
    );
  }
  return (
    <Dialog title={text.newToken} onClose={onClose}>
      <DialogForm error={create.error} busy={create.isPending} action={text.make} onSubmit={submit} onClose={onClose}>
        <Fields form={form} onForm={setForm} error={create.error} />
      </DialogForm>
    </Dialog>
  );
}

function seesAll(role: Role): boolean {
  return role === 'admin' || role === 'owner';
}

function Fields({ form, onForm, error }: { form: Form; onForm: (form: Form) => void; error: Error | null }) {
  const text = useMessages(identityMessages);
  const names = useRoleNames();
  const isOwner = useMay('owner');
  const projects = useAdmin('GET /projects', {}).data?.projects ?? [];
  const change = (changed: Partial<Form>) => onForm({ ...form, ...changed });
  const roles = ROLES.filter((role) => isOwner || role !== 'owner');
  return (
    <div className="grid gap-4">
      <TextField
        label={text.name}
        required
        maxLength={100}
        value={form.name}
        onValue={(name) => change({ name })}
        error={fieldError(error, 'name')}
      />
      <SelectField
        label={text.role}
        value={form.role}
        choices={roles.map((value) => ({ value, label: names[value] }))}
        onValue={(role) => change({ role })}
      />
      {!seesAll(form.role) && (
        <>
          <SelectField
            label={text.project}
            value={form.project}
            choices={[
              { value: '', label: text.noProject },
              ...projects.map(({ id, name }) => ({ value: id, label: name })),
            ]}
            onValue={(project) => change({ project })}
          />
          <SelectField
            label={text.roleThere}
            value={form.roleThere}
            choices={PROJECT_ROLES.map((value) => ({ value, label: names[value] }))}
            onValue={(roleThere) => change({ roleThere })}
          />
        </>
      )}
      <TextField
        label={text.days}
        type="number"
        min={1}
        max={365}
        required
        value={form.days}
        onValue={(days) => change({ days })}
        error={fieldError(error, 'days')}
      />
    </div>
  );
}
