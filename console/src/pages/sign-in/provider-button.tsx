import { useEffect, useState } from 'react';
import { callAdmin, takeOverSession } from '../../api/client.ts';
import { useMessages } from '../../i18n/messages.ts';
import { Button } from '../../ui/button.tsx';
import { ProblemNote } from '../../ui/states.tsx';
import { signInMessages } from './messages.ts';

/** How often the page looks whether the other tab is done, in ms. */
const LOOK_AGAIN = 2_000;

/** Leads to the identity provider. @param staysOpen over a page that holds what somebody has typed: the provider gets a tab of its own. */
export function ProviderButton({ name, staysOpen }: { name: string; staysOpen: boolean }) {
  const text = useMessages(signInMessages);
  const [error, setError] = useState<Error | null>(null);
  const [busy, setBusy] = useState(false);
  const [away, setAway] = useState(false);
  useEffect(() => {
    if (!away) return;
    const timer = setInterval(() => void takeOverSession(), LOOK_AGAIN);
    return () => clearInterval(timer);
  }, [away]);
  const go = async (): Promise<void> => {
    setBusy(true);
    setError(null);
    try {
      const { url } = await callAdmin('POST /session/oidc', {});
      if (staysOpen) {
        window.open(url, '_blank', 'noopener');
        setAway(true);
      } else {
        window.location.assign(url);
        return;
      }
    } catch (refusal) {
      setError(refusal instanceof Error ? refusal : new Error(String(refusal)));
    }
    setBusy(false);
  };
  return (
    <div className="grid gap-2">
      <Button kind="primary" busy={busy} onClick={() => void go()}>
        {text.signInBy(name)}
      </Button>
      {away && (
        <p role="status" className="text-soft">
          {text.inAnotherTab}
        </p>
      )}
      {error && <ProblemNote error={error} />}
    </div>
  );
}
