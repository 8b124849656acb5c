import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import type { AnswerOf } from '../../api/client.ts';
import { useAdmin, useChange } from '../../api/hooks.ts';
import { useMessages } from '../../i18n/messages.ts';
import { readModelLines } from '../../lib/model-lines.ts';
import { Dialog } from '../../ui/dialog.tsx';
import { DialogForm } from '../../ui/dialog-form.tsx';
import { fieldError, SelectField, TextArea, TextField } from '../../ui/field.tsx';
import { Loaded } from '../../ui/states.tsx';
import { channelsMessages } from './messages.ts';

type Provider = AnswerOf<'GET /providers'>['providers'][number];

/** Makes a channel of a provider, and opens it. */
export function CreateChannel({ onClose }: { onClose: () => void }) {
  const text = useMessages(channelsMessages);
  const providers = useAdmin('GET /providers', {});
  return (
    <Dialog title={text.createTitle} onClose={onClose}>
      <Loaded query={providers}>{(data) => <ChannelForm providers={data.providers} onClose={onClose} />}</Loaded>
    </Dialog>
  );
}

function ChannelForm({ providers, onClose }: { providers: readonly Provider[]; onClose: () => void }) {
  const text = useMessages(channelsMessages);
  const navigate = useNavigate();
  const [id, setId] = useState(providers[0]?.id ?? '');
  const [name, setName] = useState<string>();
  const [address, setAddress] = useState('');
  const [apiKey, setApiKey] = useState('');
  const [models, setModels] = useState('');
  const create = useChange('POST /channels', ['GET /channels', 'GET /models']);
  const provider = providers.find((each) => each.id === id);
  if (!provider) return null;
  const shownName = name ?? id;
  const submit = (): void => {
    const written = readModelLines(models);
    const body = {
      name: shownName,
      provider: id,
      ...(address !== '' && { base_url: address }),
      ...(written && { models: written }),
      ...(apiKey !== '' && { credentials: [{ api_key: apiKey }] }),
    };
    const open = () => void navigate({ to: '/channels/$name', params: { name: shownName } });
    create.mutate({ body }, { onSuccess: open });
  };
  return (
    <DialogForm
      error={create.error}
      busy={create.isPending}
      action={text.createNow}
      onSubmit={submit}
      onClose={onClose}
    >
      <SelectField
        label={text.provider}
        hint={text.providerHint}
        value={id}
        choices={providers.map((each) => ({ value: each.id, label: each.name }))}
        onValue={setId}
        error={fieldError(create.error, 'provider')}
      />
      <TextField
        label={text.name}
        hint={text.nameHint}
        value={shownName}
        onValue={setName}
        required
        maxLength={64}
        error={fieldError(create.error, 'name')}
      />
      {!provider.simulated && (
        <>
          <TextField
            label={text.address}
            hint={provider.base_url === null ? text.addressNeeded : text.addressHint(provider.base_url)}
            type="url"
            value={address}
            onValue={setAddress}
            required={provider.base_url === null}
            error={fieldError(create.error, 'base_url')}
          />
          <TextField
            label={text.apiKey}
            hint={text.apiKeyHint}
            type="password"
            autoComplete="off"
            value={apiKey}
            onValue={setApiKey}
            required={provider.needs_key && provider.base_url !== null && address === ''}
            error={fieldError(create.error, 'credentials')}
          />
        </>
      )}
      <TextArea
        label={text.modelList}
        hint={text.modelListHint(provider.default_models.join(', '))}
        value={models}
        onValue={setModels}
        error={fieldError(create.error, 'models')}
      />
    </DialogForm>
  );
}
