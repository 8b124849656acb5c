import { type FormEvent, useState } from 'react';
import { loadSession } from '../../api/client.ts';
import { useAdmin, useChange } from '../../api/hooks.ts';
import { useSession } from '../../api/session.ts';
import { useMessages } from '../../i18n/messages.ts';
import { Badge } from '../../ui/badge.tsx';
import { Button } from '../../ui/button.tsx';
import { fieldError, TextField } from '../../ui/field.tsx';
import { Ago } from '../../ui/money.tsx';
import { Page as Frame, Section } from '../../ui/page.tsx';
import { Loaded, ProblemNote, SkeletonRows } from '../../ui/states.tsx';
import { showToast } from '../../ui/toast.tsx';
import { Authenticator } from './authenticator.tsx';
import { profileMessages } from './messages.ts';

/** One's own name, password, authenticator and sessions. */
export function Page() {
  const text = useMessages(profileMessages);
  return (
    <Frame title={text.title}>
      <div className="grid max-w-3xl gap-5">
        <Section title={text.aboutYou}>
          <Name />
        </Section>
        <Section title={text.password}>
          <Password />
        </Section>
        <Section title={text.authenticator}>
          <Authenticator />
        </Section>
        <Section title={text.sessions}>
          <Sessions />
        </Section>
      </div>
    </Frame>
  );
}

function Name() {
  const text = useMessages(profileMessages);
  const user = useSession()?.user;
  const [name, setName] = useState(user?.name ?? '');
  const change = useChange('PATCH /session', []);
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    change.mutate(
      { body: { name } },
      {
        onSuccess: async () => {
          await loadSession();
          showToast(text.saved);
        },
      },
    );
  };
  return (
    <form onSubmit={submit} className="grid gap-3 p-4">
      <p className="text-soft">{user?.email}</p>
      <TextField
        label={text.name}
        autoComplete="name"
        required
        maxLength={100}
        value={name}
        onValue={setName}
        error={fieldError(change.error, 'name')}
      />
      {change.error && <ProblemNote error={change.error} />}
      <Button type="submit" busy={change.isPending} className="justify-self-start">
        {text.save}
      </Button>
    </form>
  );
}

const EMPTY = { old_password: '', new_password: '' };

function Password() {
  const text = useMessages(profileMessages);
  const [form, setForm] = useState(EMPTY);
  const change = useChange('PATCH /session/password', ['GET /session/all']);
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    change.mutate(
      { body: form },
      {
        onSuccess: async () => {
          await loadSession();
          setForm(EMPTY);
          showToast(text.passwordChanged);
        },
      },
    );
  };
  return (
    <form onSubmit={submit} className="grid gap-3 p-4">
      <TextField
        label={text.oldPassword}
        type="password"
        autoComplete="current-password"
        required
        value={form.old_password}
        onValue={(value) => setForm({ ...form, old_password: value })}
        error={fieldError(change.error, 'old_password')}
      />
      <TextField
        label={text.newPassword}
        hint={text.newPasswordHint}
        type="password"
        autoComplete="new-password"
        required
        minLength={12}
        value={form.new_password}
        onValue={(value) => setForm({ ...form, new_password: value })}
        error={fieldError(change.error, 'new_password')}
      />
      {change.error && <ProblemNote error={change.error} />}
      <Button type="submit" busy={change.isPending} className="justify-self-start">
        {text.changePassword}
      </Button>
    </form>
  );
}

function Sessions() {
  const text = useMessages(profileMessages);
  const sessions = useAdmin('GET /session/all', {});
  const end = useChange('DELETE /session/all/{id}', ['GET /session/all']);
  const now = Date.now();
  return (
    <Loaded query={sessions} skeleton={<SkeletonRows rows={2} />}>
      {(data) => (
        <ul className="divide-y divide-line">
          {data.sessions.map(({ id, agent, address, seen_at: seenAt, is_this: isThis }) => (
            <li key={id} className="flex flex-wrap items-center gap-x-4 gap-y-1 px-4 py-2.5">
              <div className="min-w-0 grow basis-64">
                <p className="break-words">{agent || '–'}</p>
                <p className="text-xs text-soft">
                  {text.lastSeen} <Ago at={seenAt} now={now} /> {text.from} {address}
                </p>
              </div>
              {isThis ? (
                <Badge tone="accent">{text.thisSession}</Badge>
              ) : (
                <Button
                  busy={end.isPending}
                  onClick={() =>
                    end.mutate({ params: { id } }, { onError: (error) => showToast(error.message, 'bad') })
                  }
                >
                  {text.end}
                </Button>
              )}
            </li>
          ))}
        </ul>
      )}
    </Loaded>
  );
}
