import { type FormEvent, useState } from 'react';
import type { AnswerOf } from '../../api/client.ts';
import { useChange } from '../../api/hooks.ts';
import { useMessages } from '../../i18n/messages.ts';
import { Button } from '../../ui/button.tsx';
import { fieldError, SelectField, TextField } from '../../ui/field.tsx';
import { uiMessages } from '../../ui/messages.ts';
import { ProblemNote } from '../../ui/states.tsx';
import { setupMessages } from './messages.ts';

type Provider = AnswerOf<'GET /providers'>['providers'][number];

type AddUpstreamProps = { providers: readonly Provider[]; taken: readonly string[]; onClose: () => void };

/** A channel from a preset: a provider and a key are all it takes. */
export function AddUpstream({ providers, taken, onClose }: AddUpstreamProps) {
  const text = useMessages(setupMessages);
  const shared = useMessages(uiMessages);
  const [id, setId] = useState(providers[0]?.id ?? '');
  const [address, setAddress] = useState('');
  const [secret, setSecret] = useState('');
  const create = useChange('POST /channels', ['GET /channels', 'GET /models']);
  const provider = providers.find((each) => each.id === id);
  if (!provider) return null;
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    const body = {
      name: freeName(id, taken),
      provider: id,
      ...(!provider.simulated && address !== '' && { base_url: address }),
      ...(!provider.simulated && secret !== '' && { credentials: [{ api_key: secret }] }),
    };
    create.mutate({ body }, { onSuccess: onClose });
  };
  return (
    <form onSubmit={submit} className="grid gap-4 rounded-md border border-line p-4">
      <SelectField
        label={text.provider}
        value={id}
        choices={providers.map((each) => ({ value: each.id, label: each.name }))}
        onValue={setId}
        error={fieldError(create.error, 'provider')}
      />
      {!provider.simulated && (
        <>
          {provider.base_url === null && (
            <TextField
              label={text.address}
              type="url"
              required
              placeholder="https://"
              value={address}
              onValue={setAddress}
              error={fieldError(create.error, 'base_url')}
            />
          )}
          <TextField
            label={text.upstreamKey}
            hint={text.upstreamKeyHint}
            type="password"
            autoComplete="off"
            required={provider.needs_key}
            value={secret}
            onValue={setSecret}
            error={fieldError(create.error, 'credentials')}
          />
        </>
      )}
      {create.error && <ProblemNote error={create.error} />}
      <div className="flex flex-wrap justify-end gap-2">
        <Button onClick={onClose}>{shared.cancel}</Button>
        <Button type="submit" kind="primary" busy={create.isPending}>
          {text.addUpstreamNow}
        </Button>
      </div>
    </form>
  );
}

/** The name of the provider, with a number where it is taken. */
function freeName(id: string, taken: readonly string[]): string {
  let name = id;
  for (let number = 2; taken.includes(name); number++) name = `${id}-${number}`;
  return name;
}
