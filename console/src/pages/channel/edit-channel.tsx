import { useState } from 'react';
import { useChange } from '../../api/hooks.ts';
import { useMessages } from '../../i18n/messages.ts';
import { readModelLines, writeModelLines } from '../../lib/model-lines.ts';
import { Dialog } from '../../ui/dialog.tsx';
import { DialogForm } from '../../ui/dialog-form.tsx';
import { fieldError, TextArea, TextField } from '../../ui/field.tsx';
import { channelMessages } from './messages.ts';
import type { Channel } from './page.tsx';

/** Changes the models, priority and weight of a channel. */
export function EditChannel({ channel, onClose }: { channel: Channel; onClose: () => void }) {
  const text = useMessages(channelMessages);
  const [models, setModels] = useState(writeModelLines(channel.models));
  const [priority, setPriority] = useState(String(channel.priority));
  const [weight, setWeight] = useState(String(channel.weight));
  const change = useChange('PATCH /channels/{name}', ['GET /channels/{name}', 'GET /channels', 'GET /models']);
  const submit = (): void => {
    const body = { models: readModelLines(models) ?? [], priority: Number(priority), weight: Number(weight) };
    change.mutate({ params: { name: channel.name }, body }, { onSuccess: onClose });
  };
  return (
    <Dialog title={text.editTitle(channel.name)} onClose={onClose}>
      <DialogForm error={change.error} busy={change.isPending} onSubmit={submit} onClose={onClose}>
        <TextArea
          label={text.modelList}
          hint={text.modelListHint}
          value={models}
          onValue={setModels}
          rows={5}
          error={fieldError(change.error, 'models')}
        />
        <div className="grid gap-3 sm:grid-cols-2">
          <TextField
            label={text.priority}
            hint={text.priorityHint}
            type="number"
            min={0}
            value={priority}
            onValue={setPriority}
            required
            error={fieldError(change.error, 'priority')}
          />
          <TextField
            label={text.weight}
            type="number"
            min={0}
            value={weight}
            onValue={setWeight}
            required
            error={fieldError(change.error, 'weight')}
          />
        </div>
      </DialogForm>
    </Dialog>
  );
}
