import { type FormEvent, useState } from 'react';
import { useChange } from '../../api/hooks.ts';
import { useMessages } from '../../i18n/messages.ts';
import { Button } from '../../ui/button.tsx';
import { SecretOnce } from '../../ui/copy.tsx';
import { Dialog, DialogActions } from '../../ui/dialog.tsx';
import { fieldError, SelectField, TextField } from '../../ui/field.tsx';
import { uiMessages } from '../../ui/messages.ts';
import { ProblemNote } from '../../ui/states.tsx';
import { membersMessages } from './messages.ts';

type ProjectRole = 'viewer' | 'member' | 'admin';

/** Takes a user into a project; who is none yet is invited by a link. */
export function AddMember({ projectId, onClose }: { projectId: string; onClose: () => void }) {
  const text = useMessages(membersMessages);
  const shared = useMessages(uiMessages);
  const [email, setEmail] = useState('');
  const [role, setRole] = useState<ProjectRole>('member');
  const add = useChange('POST /projects/{id}/members', ['GET /projects/{id}/members']);
  const invite = useChange('POST /projects/{id}/invitations', ['GET /invitations']);
  const names = { viewer: text.viewer, member: text.member, admin: text.admin };
  const hints = { viewer: text.viewerHint, member: text.memberHint, admin: text.adminHint };
  const input = { params: { id: projectId }, body: { email, role } };
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    add.mutate(input, { onSuccess: onClose });
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
  const isUnknown = fieldError(add.error, 'email') !== undefined;
  const error = invite.error ?? (isUnknown ? null : add.error);
  return (
    <Dialog title={text.addTitle} onClose={onClose}>
      <form onSubmit={submit}>
        <div className="grid gap-4">
          <TextField
            label={text.email}
            type="email"
            autoComplete="off"
            required
            value={email}
            onValue={setEmail}
            error={fieldError(add.error, 'email')}
          />
          <SelectField
            label={text.role}
            hint={hints[role]}
            value={role}
            choices={(['viewer', 'member', 'admin'] as const).map((value) => ({ value, label: names[value] }))}
            onValue={setRole}
          />
          {isUnknown && (
            <p role="status" className="flex flex-wrap items-center gap-3 text-soft">
              <span className="grow">{text.inviteHint}</span>
              <Button busy={invite.isPending} onClick={() => invite.mutate(input)}>
                {text.invite}
              </Button>
            </p>
          )}
        </div>
        {error && <ProblemNote error={error} />}
        <DialogActions>
          <Button onClick={onClose}>{shared.cancel}</Button>
          <Button type="submit" kind="primary" busy={add.isPending}>
            {text.addNow}
          </Button>
        </DialogActions>
      </form>
    </Dialog>
  );
}
