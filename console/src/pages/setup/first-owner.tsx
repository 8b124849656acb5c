import { useNavigate } from '@tanstack/react-router';
import { type FormEvent, useState } from 'react';
import { callAdmin, loadSession } from '../../api/client.ts';
import { useMessages } from '../../i18n/messages.ts';
import { Entry } from '../../shell/entry.tsx';
import { Button } from '../../ui/button.tsx';
import { fieldError, TextField } from '../../ui/field.tsx';
import { ProblemNote } from '../../ui/states.tsx';
import { setupMessages } from './messages.ts';

/** Makes the first owner, then leads to the first steps. */
export function FirstOwner() {
  const text = useMessages(setupMessages);
  const navigate = useNavigate();
  const [form, setForm] = useState({ token: '', name: '', email: '', password: '' });
  const [error, setError] = useState<Error | null>(null);
  const [busy, setBusy] = useState(false);
  const field = (name: keyof typeof form) => ({
    value: form[name],
    onValue: (value: string) => setForm({ ...form, [name]: value }),
    error: fieldError(error, name),
    required: true,
  });
  const submit = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    setBusy(true);
    try {
      await callAdmin('POST /setup', { body: { ...form, token: form.token.trim() } });
      await navigate({ to: '/start' });
      await loadSession();
    } catch (refusal) {
      setError(refusal instanceof Error ? refusal : new Error(String(refusal)));
      setBusy(false);
    }
  };
  return (
    <Entry title={text.ownerTitle}>
      <p className="mb-5 text-soft">{text.ownerHint}</p>
      <form onSubmit={(event) => void submit(event)} className="grid gap-4">
        <TextField
          label={text.token}
          hint={text.tokenHint}
          autoComplete="off"
          className="font-mono"
          {...field('token')}
        />
        <TextField label={text.name} autoComplete="name" {...field('name')} />
        <TextField label={text.email} type="email" autoComplete="username" {...field('email')} />
        <TextField
          label={text.password}
          hint={text.passwordHint}
          type="password"
          autoComplete="new-password"
          minLength={12}
          {...field('password')}
        />
        {error && <ProblemNote error={error} />}
        <Button type="submit" kind="primary" busy={busy}>
          {text.create}
        </Button>
      </form>
    </Entry>
  );
}
