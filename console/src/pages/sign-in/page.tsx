import { Link, useLocation } from '@tanstack/react-router';
import { type FormEvent, useState } from 'react';
import { callAdmin, loadSession } from '../../api/client.ts';
import { useAdmin } from '../../api/hooks.ts';
import { ApiProblem } from '../../api/problem.ts';
import { useMessages } from '../../i18n/messages.ts';
import { Entry } from '../../shell/entry.tsx';
import { Button } from '../../ui/button.tsx';
import { fieldError, TextField } from '../../ui/field.tsx';
import { ProblemNote } from '../../ui/states.tsx';
import { signInMessages } from './messages.ts';
import { ProviderButton } from './provider-button.tsx';

/** The page of who is not signed in. */
export function SignInPage() {
  const text = useMessages(signInMessages);
  return (
    <Entry title={text.title}>
      <Refusal />
      <SignInForm email={undefined} />
      <p className="mt-5 border-t border-line pt-4 text-center">
        <Link to="/key" className="text-accent hover:underline">
          {text.haveKey}
        </Link>
      </p>
    </Entry>
  );
}

/** Why the identity provider's word was not enough, when it has just led back here. */
function Refusal() {
  const text = useMessages(signInMessages);
  const search: Record<string, unknown> = useLocation().search;
  const reasons: Record<string, string> = {
    oidc_failed: text.oidc_failed,
    oidc_no_role: text.oidc_no_role,
    oidc_no_email: text.oidc_no_email,
    oidc_domain: text.oidc_domain,
    oidc_email_taken: text.oidc_email_taken,
    oidc_disabled: text.oidc_disabled,
  };
  const refused = search['refused'];
  if (typeof refused !== 'string') return null;
  return (
    <p role="alert" className="mb-4 rounded-md bg-bad-tint px-3 py-2 text-bad">
      {reasons[refused] ?? text.oidc_failed}
    </p>
  );
}

/** Signs in; also stands in the dialog over a page whose session has ended. @param email whose session it was. */
export function SignInForm({ email: known }: { email: string | undefined }) {
  const text = useMessages(signInMessages);
  const ways = useAdmin('GET /session/ways', {});
  const [form, setForm] = useState({ email: known ?? '', password: '', code: '' });
  const [needsCode, setNeedsCode] = useState(false);
  const [error, setError] = useState<Error | null>(null);
  const [busy, setBusy] = useState(false);
  const submit = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    setBusy(true);
    setError(null);
    try {
      const { code, ...rest } = form;
      await callAdmin('POST /session', { body: { ...rest, ...(needsCode && { code }) } });
      await loadSession();
    } catch (refusal) {
      if (refusal instanceof ApiProblem && refusal.code === 'code_needed') setNeedsCode(true);
      else setError(refusal instanceof Error ? refusal : new Error(String(refusal)));
    }
    setBusy(false);
  };
  const oidc = ways.data?.oidc;
  const wrongCode = fieldError(error, 'code');
  return (
    <div className="grid gap-4">
      {oidc && <ProviderButton name={oidc.name} staysOpen={known !== undefined} />}
      <form onSubmit={(event) => void submit(event)} className="grid gap-4">
        <TextField
          label={text.email}
          type="email"
          autoComplete="username"
          required
          value={form.email}
          onValue={(email) => setForm({ ...form, email })}
        />
        <TextField
          label={text.password}
          type="password"
          autoComplete="current-password"
          required
          value={form.password}
          onValue={(password) => setForm({ ...form, password })}
        />
        {needsCode && (
          <TextField
            label={text.code}
            hint={text.codeHint}
            error={wrongCode}
            autoComplete="one-time-code"
            autoFocus
            required
            value={form.code}
            onValue={(code) => setForm({ ...form, code })}
          />
        )}
        {error && wrongCode === undefined && <ProblemNote error={error} />}
        <Button type="submit" kind={oidc ? 'plain' : 'primary'} busy={busy}>
          {text.signIn}
        </Button>
      </form>
    </div>
  );
}
