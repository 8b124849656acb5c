import { useState } from 'react';
import { useChange } from '../../api/hooks.ts';
import { useMessages } from '../../i18n/messages.ts';
import { Confirm } from '../../ui/confirm.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { DialogForm } from '../../ui/dialog-form.tsx';
import { showToast } from '../../ui/toast.tsx';
import { usersMessages } from './messages.ts';
import type { User } from './page.tsx';
import { RoleField } from './role-field.tsx';

type ChangeProps = { user: User; onClose: () => void };

/** Gives a user another role. */
export function ChangeRole({ user, onClose }: ChangeProps) {
  const text = useMessages(usersMessages);
  const [role, setRole] = useState(user.role);
  const change = useChange('PATCH /users/{id}', ['GET /users', 'GET /invitations']);
  const submit = (): void => {
    change.mutate(
      { params: { id: user.id }, body: { role } },
      {
        onSuccess: () => {
          showToast(text.changed(user.name));
          onClose();
        },
      },
    );
  };
  return (
    <Dialog title={text.roleTitle(user.name)} onClose={onClose}>
      <DialogForm error={change.error} busy={change.isPending} action={text.save} onSubmit={submit} onClose={onClose}>
        <RoleField value={role} onValue={setRole} hint={text.roleHint} />
      </DialogForm>
    </Dialog>
  );
}

/** Lets a user no longer sign in. */
export function Disable({ user, onClose }: ChangeProps) {
  const text = useMessages(usersMessages);
  const change = useChange('PATCH /users/{id}', ['GET /users', 'GET /invitations']);
  return (
    <Confirm
      title={text.disableTitle(user.name)}
      action={text.disableNow}
      busy={change.isPending}
      error={change.error}
      onConfirm={() => change.mutate({ params: { id: user.id }, body: { disabled: true } }, { onSuccess: onClose })}
      onClose={onClose}
    >
      <p>{text.disableHint}</p>
    </Confirm>
  );
}

/** Takes away the authenticator of who has lost it. */
export function ResetFactor({ user, onClose }: ChangeProps) {
  const text = useMessages(usersMessages);
  const reset = useChange('DELETE /users/{id}/second-factor', []);
  return (
    <Confirm
      title={text.resetTitle(user.name)}
      action={text.resetNow}
      busy={reset.isPending}
      error={reset.error}
      onConfirm={() => reset.mutate({ params: { id: user.id } }, { onSuccess: onClose })}
      onClose={onClose}
    >
      <p>{text.resetHint}</p>
    </Confirm>
  );
}
