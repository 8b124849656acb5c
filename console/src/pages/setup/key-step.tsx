import { type FormEvent, useState } from 'react';
import { useChange } from '../../api/hooks.ts';
import { useMay } from '../../api/session.ts';
import { useMessages } from '../../i18n/messages.ts';
import { Button } from '../../ui/button.tsx';
import { SecretOnce } from '../../ui/copy.tsx';
import { fieldError, TextField } from '../../ui/field.tsx';
import { ProblemNote } from '../../ui/states.tsx';
import { setupMessages } from './messages.ts';
import type { MadeKey } from './page.tsx';
import { Step } from './step.tsx';

type KeyStepProps = { number: number; made: MadeKey | undefined; onMade: (made: MadeKey) => void };

/** Makes a key for the first client, shown once. */
export function KeyStep({ number, made, onMade }: KeyStepProps) {
  const text = useMessages(setupMessages);
  const mayMake = useMay('member');
  const [name, setName] = useState<string>(text.keyDefault);
  const create = useChange('POST /keys', ['GET /keys']);
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    create.mutate({ body: { name } }, { onSuccess: onMade });
  };
  return (
    <Step number={number} title={text.keyStep} hint={text.keyHint} done={made !== undefined}>
      {made ? (
        <div className="grid gap-2">
          <SecretOnce value={made.key} label={text.yourKey} />
          <p className="text-xs text-soft">{text.onceHint}</p>
        </div>
      ) : mayMake ? (
        <form onSubmit={submit} className="flex flex-wrap items-end gap-3">
          <div className="min-w-0 grow">
            <TextField
              label={text.keyName}
              value={name}
              onValue={setName}
              required
              maxLength={100}
              error={fieldError(create.error, 'name')}
            />
          </div>
          <Button type="submit" kind="primary" busy={create.isPending}>
            {text.makeKey}
          </Button>
          {create.error && <ProblemNote error={create.error} />}
        </form>
      ) : (
        <p className="text-soft">{text.roleHint}</p>
      )}
    </Step>
  );
}
