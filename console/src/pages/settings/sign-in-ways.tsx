import { useAdmin } from '../../api/hooks.ts';
import { useMessages } from '../../i18n/messages.ts';
import { Loaded, SkeletonRows } from '../../ui/states.tsx';
import { identityMessages } from './identity-messages.ts';

/** How one may sign in here. */
export function SignInWays() {
  const text = useMessages(identityMessages);
  const ways = useAdmin('GET /session/ways', {});
  return (
    <div className="grid gap-3 p-4">
      <Loaded query={ways} skeleton={<SkeletonRows rows={2} />}>
        {({ password, oidc }) => (
          <dl className="grid gap-x-6 gap-y-1.5 sm:grid-cols-[auto_1fr]">
            <dt className="text-soft">{text.passwords}</dt>
            <dd>{password === 'owners' ? text.forOwners : text.forEverybody}</dd>
            <dt className="text-soft">{text.provider}</dt>
            <dd>{oidc?.name ?? text.noProvider}</dd>
          </dl>
        )}
      </Loaded>
      <p className="text-xs text-soft">{text.inFile}</p>
    </div>
  );
}
