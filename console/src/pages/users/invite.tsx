import { type FormEvent, useState } from 'react';
import { useChange } from '../../api/hooks.ts';
import type { Role } from '../../api/session.ts';
import { useMessages } from '../../i18n/messages.ts';
import { Button } from '../../ui/button.tsx';
import { SecretOnce } from '../../ui/copy.tsx';
import { Dialog, DialogActions } from '../../ui/dialog.tsx';
import { fieldError, TextField } from '../../ui/field.tsx';
import { uiMessages } from '../../ui/messages.ts';
import { ProblemNote } from '../../ui/states.tsx';
import { usersMessages } from './messages.ts';
import { RoleField } from './role-field.tsx';

/** Makes an invitation, and shows its link once. */
export function Invite({ onClose }: { onClose: () => void }) {
  const text = useMessages(usersMessages);
  const shared = useMessages(uiMessages);
  const [form, setForm] = useState<{ email: string; role: Role; days: string }>({
    email: '',
    role: 'member',
    days: '7',
  });
  const invite = useChange('POST /invitations', ['GET /invitations']);
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    invite.mutate({ body: { email: form.email, role: form.role, days: Number(form.days) } });
  };
  if (invite.data) {
    return (
      <Dialog title={text.linkTitle} onClose={undefined}>
        <p className="mb-3 text-soft">{text.linkHint(invite.data.invitation.email)}</p>
        <SecretOnce
          value={`${window.location.origin}/console/invitation#${invite.data.token}`}
          label={text.linkTitle}
        />
        <DialogActions>
          <Button kind="primary" onClick={onClose}>
            {text.done}
          </Button>
        </DialogActions>
      </Dialog>
    );
  }
  return (
    <Dialog title={text.inviteTitle} onClose={onClose}>
      <form onSubmit={submit}>
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
        {invite.error && <ProblemNote error={invite.error} />}
        <DialogActions>
          <Button onClick={onClose}>{shared.cancel}</Button>
          <Button type="submit" kind="primary" busy={invite.isPending}>
            {text.inviteNow}
          </Button>
        </DialogActions>
      </form>
    </Dialog>
  );
}
