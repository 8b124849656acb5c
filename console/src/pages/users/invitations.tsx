import { useAdmin, useChange } from '../../api/hooks.ts';
import { useMessages } from '../../i18n/messages.ts';
import { useRoleNames } from '../../shell/roles.ts';
import { Button } from '../../ui/button.tsx';
import { Ago } from '../../ui/money.tsx';
import { Loaded, SkeletonRows } from '../../ui/states.tsx';
import { showToast } from '../../ui/toast.tsx';
import { usersMessages } from './messages.ts';

/** The invitations that may still be accepted. */
export function Invitations() {
  const text = useMessages(usersMessages);
  const roles = useRoleNames();
  const invitations = useAdmin('GET /invitations', {});
  const end = useChange('DELETE /invitations/{id}', ['GET /invitations']);
  const now = Date.now();
  return (
    <Loaded query={invitations} skeleton={<SkeletonRows rows={1} />}>
      {({ invitations: open }) =>
        open.length === 0 ? (
          <p className="px-4 py-3 text-soft">{text.noInvitations}</p>
        ) : (
          <ul className="divide-y divide-line">
            {open.map(({ id, email, role, expires_at: expiresAt }) => (
              <li key={id} className="flex flex-wrap items-center justify-between gap-x-4 gap-y-1 px-4 py-2">
                <span className="min-w-0 grow break-words">
                  {email} <span className="text-soft">· {roles[role]}</span>
                </span>
                <span className="text-soft">
                  {text.ends} <Ago at={expiresAt} now={now} />
                </span>
                <Button
                  busy={end.isPending}
                  onClick={() =>
                    end.mutate({ params: { id } }, { onError: (error) => showToast(error.message, 'bad') })
                  }
                >
                  {text.takeBack}
                </Button>
              </li>
            ))}
          </ul>
        )
      }
    </Loaded>
  );
}
