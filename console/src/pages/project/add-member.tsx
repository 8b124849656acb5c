import { useState } from 'react';
import { useChange } from '../../api/hooks.ts';
import { useMessages } from '../../i18n/messages.ts';
import { Button } from '../../ui/button.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { DialogForm } from '../../ui/dialog-form.tsx';
import { fieldError, SelectField, TextField } from '../../ui/field.tsx';
import { OnceDialog } from '../../ui/once-dialog.tsx';
import { membersMessages } from './members-messages.ts';

type ProjectRole = 'viewer' | 'member' | 'admin';

/** Takes a user into a project; who is none yet is invited by a link. */
export function AddMember({ projectId, onClose }: { projectId: string; onClose: () => void }) {
  const text = useMessages(membersMessages);
  const [email, setEmail] = useState('');
  const [role, setRole] = useState<ProjectRole>('member');
  const add = useChange('POST /projects/{id}/members', ['GET /projects/{id}/members']);
  const invite = useChange('POST /projects/{id}/invitations', ['GET /invitations']);
  const names = { viewer: text.viewer, member: text.member, admin: text.admin };
  const hints = { viewer: text.viewerHint, member: text.memberHint, admin: text.adminHint };
  const input = { params: { id: projectId }, body: { email, role } };
  const submit = (): void => {
    add.mutate(input, { onSuccess: onClose });
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
  const isUnknown = fieldError(add.error, 'email') !== undefined;
  const error = invite.error ?? (isUnknown ? null : add.error);
  return (
    <Dialog title={text.addTitle} onClose={onClose}>
      <DialogForm error={error} busy={add.isPending} action={text.addNow} onSubmit={submit} onClose={onClose}>
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
      </DialogForm>
    </Dialog>
  );
}
