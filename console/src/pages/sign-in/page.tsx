import { Link } from '@tanstack/react-router';
import { type FormEvent, useState } from 'react';
import { callAdmin, loadSession } from '../../api/client.ts';
import { useMessages } from '../../i18n/messages.ts';
import { Entry } from '../../shell/entry.tsx';
import { Button } from '../../ui/button.tsx';
import { TextField } from '../../ui/field.tsx';
import { ProblemNote } from '../../ui/states.tsx';
import { signInMessages } from './messages.ts';

/** The page of who is not signed in. */
export function SignInPage() {
  const text = useMessages(signInMessages);
  return (
    <Entry title={text.title}>
      <SignInForm email={undefined} />
      <p className="mt-5 border-t border-line pt-4 text-center">
        <Link to="/key" className="text-accent hover:underline">
          {text.haveKey}
        </Link>
      </p>
    </Entry>
  );
}

/** Signs in; also stands in the dialog over a page whose session has ended. @param email whose session it was. */
export function SignInForm({ email: known }: { email: string | undefined }) {
  const text = useMessages(signInMessages);
  const [email, setEmail] = useState(known ?? '');
  const [password, setPassword] = useState('');
  const [error, setError] = useState<Error | null>(null);
  const [busy, setBusy] = useState(false);
  const submit = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    setBusy(true);
    try {
      await callAdmin('POST /session', { body: { email, password } });
      await loadSession();
    } catch (refusal) {
      setError(refusal instanceof Error ? refusal : new Error(String(refusal)));
    }
    setBusy(false);
  };
  return (
    <form onSubmit={(event) => void submit(event)} className="grid gap-4">
      <TextField label={text.email} type="email" autoComplete="username" required value={email} onValue={setEmail} />
      <TextField
        label={text.password}
        type="password"
        autoComplete="current-password"
        required
        value={password}
        onValue={setPassword}
      />
      {error && <ProblemNote error={error} />}
      <Button type="submit" kind="primary" busy={busy}>
        {text.signIn}
      </Button>
    </form>
  );
}
