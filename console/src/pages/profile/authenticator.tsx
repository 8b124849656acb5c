import { type FormEvent, useState } from 'react';
import { loadSession } from '../../api/client.ts';
import { useAdmin, useChange } from '../../api/hooks.ts';
import { useMessages } from '../../i18n/messages.ts';
import { Button } from '../../ui/button.tsx';
import { CodeBlock, SecretOnce } from '../../ui/copy.tsx';
import { Dialog, DialogActions } from '../../ui/dialog.tsx';
import { fieldError, TextField } from '../../ui/field.tsx';
import { uiMessages } from '../../ui/messages.ts';
import { Loaded, ProblemNote, SkeletonRows } from '../../ui/states.tsx';
import { showToast } from '../../ui/toast.tsx';
import { profileMessages } from './messages.ts';
import { QrCode } from './qr-code.tsx';

/** Whether signing in asks for a code, and how that is changed. */
export function Authenticator() {
  const text = useMessages(profileMessages);
  const state = useAdmin('GET /session/second-factor', {});
  const [doing, setDoing] = useState<'set-up' | 'remove'>();
  const close = () => setDoing(undefined);
  return (
    <div className="grid gap-3 p-4">
      <Loaded query={state} skeleton={<SkeletonRows rows={1} />}>
        {({ confirmed_at: confirmedAt, recovery_codes_left: left }) =>
          confirmedAt === null ? (
            <>
              <p className="text-soft">{text.off}</p>
              <Button className="justify-self-start" onClick={() => setDoing('set-up')}>
                {text.setUp}
              </Button>
            </>
          ) : (
            <>
              <p>{text.on(left)}</p>
              <Button kind="danger" className="justify-self-start" onClick={() => setDoing('remove')}>
                {text.remove}
              </Button>
            </>
          )
        }
      </Loaded>
      {doing === 'set-up' && <SetUp onClose={close} />}
      {doing === 'remove' && <Remove onClose={close} />}
    </div>
  );
}

function SetUp({ onClose }: { onClose: () => void }) {
  const text = useMessages(profileMessages);
  const begin = useChange('POST /session/second-factor', []);
  const confirm = useChange('POST /session/second-factor/confirmation', []);
  if (confirm.data) return <RecoveryCodes codes={confirm.data.recovery_codes} onClose={onClose} />;
  if (!begin.data) {
    return (
      <AskPassword
        title={text.setUp}
        action={text.goOn}
        busy={begin.isPending}
        error={begin.error}
        onPassword={(password) => begin.mutate({ body: { password } })}
        onClose={onClose}
      />
    );
  }
  return (
    <Confirmation
      {...begin.data}
      busy={confirm.isPending}
      error={confirm.error}
      onCode={(code) => confirm.mutate({ body: { code } }, { onSuccess: () => loadSession() })}
      onClose={onClose}
    />
  );
}

type StepProps = { busy: boolean; error: Error | null; onClose: () => void };

function Confirmation({
  secret,
  uri,
  busy,
  error,
  onCode,
  onClose,
}: StepProps & { secret: string; uri: string; onCode: (code: string) => void }) {
  const text = useMessages(profileMessages);
  const shared = useMessages(uiMessages);
  const [code, setCode] = useState('');
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    onCode(code);
  };
  return (
    <Dialog title={text.setUp} onClose={onClose}>
      <form onSubmit={submit} className="grid gap-4">
        <p className="text-soft">{text.scan}</p>
        <QrCode text={uri} label={text.qr} />
        <SecretOnce value={secret} label={text.secret} />
        <TextField
          label={text.code}
          autoComplete="one-time-code"
          inputMode="numeric"
          required
          value={code}
          onValue={setCode}
          error={fieldError(error, 'code')}
        />
        {error && fieldError(error, 'code') === undefined && <ProblemNote error={error} />}
        <DialogActions>
          <Button onClick={onClose}>{shared.cancel}</Button>
          <Button type="submit" kind="primary" busy={busy}>
            {text.confirm}
          </Button>
        </DialogActions>
      </form>
    </Dialog>
  );
}

function RecoveryCodes({ codes, onClose }: { codes: readonly string[]; onClose: () => void }) {
  const text = useMessages(profileMessages);
  const state = useAdmin('GET /session/second-factor', {});
  const done = () => {
    void state.refetch();
    onClose();
  };
  return (
    <Dialog title={text.recoveryTitle} onClose={undefined}>
      <p className="mb-3 text-soft">{text.recoveryHint}</p>
      <CodeBlock code={codes.join('\n')} label={text.recoveryTitle} />
      <DialogActions>
        <Button kind="primary" onClick={done}>
          {text.done}
        </Button>
      </DialogActions>
    </Dialog>
  );
}

function Remove({ onClose }: { onClose: () => void }) {
  const text = useMessages(profileMessages);
  const remove = useChange('DELETE /session/second-factor', ['GET /session/second-factor', 'GET /session/all']);
  const submit = (password: string) =>
    remove.mutate(
      { body: { password } },
      {
        onSuccess: async () => {
          await loadSession();
          showToast(text.removed);
          onClose();
        },
      },
    );
  return (
    <AskPassword
      title={text.remove}
      action={text.remove}
      busy={remove.isPending}
      error={remove.error}
      onPassword={submit}
      onClose={onClose}
    />
  );
}

function AskPassword({
  title,
  action,
  busy,
  error,
  onPassword,
  onClose,
}: StepProps & { title: string; action: string; onPassword: (password: string) => void }) {
  const text = useMessages(profileMessages);
  const shared = useMessages(uiMessages);
  const [password, setPassword] = useState('');
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    onPassword(password);
  };
  return (
    <Dialog title={title} onClose={onClose}>
      <form onSubmit={submit}>
        <TextField
          label={text.passwordFirst}
          type="password"
          autoComplete="current-password"
          required
          value={password}
          onValue={setPassword}
          error={fieldError(error, 'password')}
        />
        {error && fieldError(error, 'password') === undefined && <ProblemNote error={error} />}
        <DialogActions>
          <Button onClick={onClose}>{shared.cancel}</Button>
          <Button type="submit" kind="primary" busy={busy}>
            {action}
          </Button>
        </DialogActions>
      </form>
    </Dialog>
  );
}
