import { useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { type FormEvent, useState } from 'react';
import { callAdmin, loadSession } from '../../api/client.ts';
import { useMessages } from '../../i18n/messages.ts';
import { Entry } from '../../shell/entry.tsx';
import { Button } from '../../ui/button.tsx';
import { fieldError, TextField } from '../../ui/field.tsx';
import { Loaded, ProblemNote, Skeleton } from '../../ui/states.tsx';
import { invitationMessages } from './messages.ts';

/** Makes an account of an invitation. Its token stands behind the `#` of the link, which browsers send to nobody. */
export function Page() {
  const text = useMessages(invitationMessages);
  const [token] = useState(() => decodeURIComponent(window.location.hash.slice(1)));
  const invitation = useQuery({
    queryKey: ['POST /invitation/preview', token],
    queryFn: ({ signal }) => callAdmin('POST /invitation/preview', { body: { token } }, signal),
    enabled: token !== '',
  });
  return (
    <Entry title={text.title}>
      {token === '' ? (
        <p role="alert">{text.incomplete}</p>
      ) : (
        <Loaded query={invitation} skeleton={<Skeleton className="h-48" />}>
          {({ email }) => <Acceptance token={token} email={email} />}
        </Loaded>
      )}
    </Entry>
  );
}

function Acceptance({ token, email }: { token: string; email: string }) {
  const text = useMessages(invitationMessages);
  const navigate = useNavigate();
  const [form, setForm] = useState({ name: '', password: '' });
  const [error, setError] = useState<Error | null>(null);
  const [busy, setBusy] = useState(false);
  const submit = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    setBusy(true);
    try {
      await callAdmin('POST /invitation', { body: { token, ...form } });
      await loadSession();
      await navigate({ to: '/', hash: '' });
    } catch (refusal) {
      setError(refusal instanceof Error ? refusal : new Error(String(refusal)));
      setBusy(false);
    }
  };
  return (
    <form onSubmit={(event) => void submit(event)} className="grid gap-4">
      <p className="text-soft">{text.hint(email)}</p>
      <input type="hidden" autoComplete="username" value={email} />
      <TextField
        label={text.name}
        autoComplete="name"
        required
        maxLength={100}
        value={form.name}
        onValue={(name) => setForm({ ...form, name })}
        error={fieldError(error, 'name')}
      />
      <TextField
        label={text.password}
        hint={text.passwordHint}
        type="password"
        autoComplete="new-password"
        required
        minLength={12}
        value={form.password}
        onValue={(password) => setForm({ ...form, password })}
        error={fieldError(error, 'password')}
      />
      {error && <ProblemNote error={error} />}
      <Button type="submit" kind="primary" busy={busy}>
        {text.accept}
      </Button>
    </form>
  );
}
