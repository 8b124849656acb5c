import { useState } from 'react';
import { useChange } from '../../api/hooks.ts';
import type { Role } from '../../api/session.ts';
import { useMessages } from '../../i18n/messages.ts';
import { Dialog } from '../../ui/dialog.tsx';
import { DialogForm } from '../../ui/dialog-form.tsx';
import { fieldError, TextField } from '../../ui/field.tsx';
import { OnceDialog } from '../../ui/once-dialog.tsx';
import { usersMessages } from './messages.ts';
import { RoleField } from './role-field.tsx';

/** Makes an invitation, and shows its link once. */
export function Invite({ onClose }: { onClose: () => void }) {
  const text = useMessages(usersMessages);
  const [form, setForm] = useState<{ email: string; role: Role; days: string }>({
    email: '',
    role: 'member',
    days: '7',
  });
  const invite = useChange('POST /invitations', ['GET /invitations']);
  const submit = (): void => {
    invite.mutate({ body: { email: form.email, role: form.role, days: Number(form.days) } });
  };
  if (invite.data) {
    return (
      <OnceDialog
        title={text.linkTitle}
        hint={text.linkHint(invite.data.invitation.email)}
        value={`${window.location.origin}/console/invitation#${invite.data.token}`}
        done={text.done}
        onClose={onClose}
      />
    );
  }
  return (
    <Dialog title={text.inviteTitle} onClose={onClose}>
      <DialogForm
        error={invite.error}
        busy={invite.isPending}
        action={text.inviteNow}
        onSubmit={submit}
        onClose={onClose}
      >
        <div className="grid gap-4">
          <TextField
            label={text.email}
            type="email"
            autoComplete="off"
            required
            value={form.email}
            onValue={(email) => setForm({ ...form, email })}
            error={fieldError(invite.error, 'email')}
          />
          <RoleField value={form.role} onValue={(role) => setForm({ ...form, role })} />
          <TextField
            label={text.days}
            type="number"
            min={1}
            max={30}
            required
            value={form.days}
            onValue={(days) => setForm({ ...form, days })}
            error={fieldError(invite.error, 'days')}
          />
        </div>
      </DialogForm>
    </Dialog>
  );
}
