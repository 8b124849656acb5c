import { useState } from 'react';
import { changesOf, useEdit } from '../../api/edit.ts';
import { useMessages } from '../../i18n/messages.ts';
import { EditDialog, EditForm, type EditFormProps } from '../../ui/edit-dialog.tsx';
import { CheckField, fieldError, SelectField, TextArea, TextField } from '../../ui/field.tsx';
import { Fold } from '../../ui/fold.tsx';
import { LIMITS, TIMEOUTS, useChannelFacts } from './channel-facts.ts';
import { bodyOf, type Draft, draftOf } from './draft.ts';
import { formMessages } from './form-messages.ts';
import { channelMessages } from './messages.ts';
import { PriceRows } from './price-rows.tsx';
import { QuirkRows } from './quirk-rows.tsx';
import { readQuirk } from './quirks.ts';

const READ = 'GET /channels/{name}';

/** Changes what a channel that was made here does. */
export function EditChannel({ name, onClose }: { name: string; onClose: () => void }) {
  const text = useMessages(channelMessages);
  return (
    <EditDialog title={text.editTitle(name)} wide read={READ} input={{ params: { name } }} onClose={onClose}>
      {(seen, take) => <ChannelForm seen={seen} onTake={take} onClose={onClose} />}
    </EditDialog>
  );
}

function ChannelForm({ seen, onTake, onClose }: EditFormProps<typeof READ>) {
  const factsOf = useChannelFacts();
  const { channel } = seen.answer;
  const [draft, setDraft] = useState(() => draftOf(channel));
  const params = { name: channel.name };
  const reads = [READ, 'GET /channels', 'GET /models'] as const;
  const edit = useEdit({ name: READ, input: { params }, seen }, 'PATCH /channels/{name}', reads);
  const { error } = edit;
  const submit = (): void => {
    const known = channel.settings ?? {};
    const body = changesOf(bodyOf(draftOf(channel), known, readQuirk), bodyOf(draft, known, readQuirk));
    edit.send({ params, body }, onClose);
  };
  const fields = { draft, set: (changes: Partial<Draft>) => setDraft({ ...draft, ...changes }), error };
  return (
    <EditForm
      edit={edit}
      seen={seen}
      factsOf={(answer) => factsOf(answer.channel)}
      onTake={onTake}
      onSubmit={submit}
      onClose={onClose}
    >
      <Routing {...fields} />
      <Timeouts {...fields} />
      <Limits {...fields} />
      <Checks {...fields} />
      <Prices {...fields} />
      <Quirks {...fields} />
    </EditForm>
  );
}

type Fields = { draft: Draft; set: (changes: Partial<Draft>) => void; error: Error | null };

function Routing({ draft, set, error }: Fields) {
  const text = useMessages(formMessages);
  return (
    <>
      <TextArea
        label={text.models}
        hint={text.modelsHint}
        value={draft.models}
        onValue={(models) => set({ models })}
        rows={4}
        error={fieldError(error, 'models')}
      />
      <div className="grid grid-cols-2 gap-3">
        {(['priority', 'weight'] as const).map((name) => (
          <TextField
            key={name}
            label={text[name]}
            hint={text[`${name}Hint`]}
            type="number"
            min={0}
            value={draft[name]}
            onValue={(value) => set({ [name]: value })}
            required
            error={fieldError(error, name)}
          />
        ))}
      </div>
    </>
  );
}

function Timeouts({ draft, set, error }: Fields) {
  const text = useMessages(formMessages);
  const note = TIMEOUTS.map(([name, , usual]) => draft[name] || usual).join(' · ');
  return (
    <Fold title={text.timeouts} note={note}>
      <p className="text-soft">{text.timeoutsHint}</p>
      <div className="grid grid-cols-2 gap-3 sm:grid-cols-4">
        {TIMEOUTS.map(([name, word, usual]) => (
          <TextField
            key={name}
            label={text[name]}
            placeholder={usual}
            value={draft[name]}
            onValue={(value) => set({ [name]: value })}
            error={fieldError(error, `timeouts.${word}`)}
          />
        ))}
      </div>
    </Fold>
  );
}

function Limits({ draft, set, error }: Fields) {
  const text = useMessages(formMessages);
  const note = LIMITS.flatMap(([name]) => (draft[name] === '' ? [] : [`${text[name]}: ${draft[name]}`])).join(' · ');
  return (
    <Fold title={text.limits} note={note || text.noLimits}>
      <p className="text-soft">{text.limitsHint}</p>
      <div className="grid grid-cols-2 gap-3">
        {LIMITS.map(([name, word]) => (
          <TextField
            key={name}
            label={text[name]}
            type="number"
            min={1}
            value={draft[name]}
            onValue={(value) => set({ [name]: value })}
            error={fieldError(error, `credential_limits.${word}`)}
          />
        ))}
      </div>
    </Fold>
  );
}

function Checks({ draft, set, error }: Fields) {
  const text = useMessages(formMessages);
  const of = (word: string) => fieldError(error, `health_check.${word}`);
  return (
    <Fold title={text.check} note={draft.isChecked ? text.on : text.off}>
      <p className="text-soft">{text.checkHint}</p>
      <CheckField label={text.isChecked} checked={draft.isChecked} onValue={(isChecked) => set({ isChecked })} />
      {draft.isChecked && (
        <div className="grid gap-3 sm:grid-cols-3">
          <TextField
            label={text.interval}
            placeholder="30s"
            value={draft.interval}
            onValue={(interval) => set({ interval })}
            error={of('interval')}
          />
          <TextField
            label={text.checkTimeout}
            placeholder="5s"
            value={draft.checkTimeout}
            onValue={(checkTimeout) => set({ checkTimeout })}
            error={of('timeout')}
          />
          <SelectField
            label={text.when}
            value={draft.when}
            choices={[
              { value: 'always' as const, label: text.always },
              { value: 'open' as const, label: text.whenOpen },
            ]}
            onValue={(when) => set({ when })}
          />
          <TextField
            label={text.path}
            hint={text.pathHint}
            value={draft.path}
            onValue={(path) => set({ path })}
            error={of('path')}
          />
          <TextField
            label={text.model}
            hint={text.modelHint}
            value={draft.model}
            onValue={(model) => set({ model })}
            error={of('model')}
          />
        </div>
      )}
    </Fold>
  );
}

function Prices({ draft, set, error }: Fields) {
  const text = useMessages(formMessages);
  const note = [`× ${draft.markup || 1}`, draft.prices.length > 0 && text.someSet(draft.prices.length)];
  return (
    <Fold title={text.prices} note={note.filter((part) => part !== false).join(' · ')}>
      <TextField
        label={text.markup}
        hint={text.markupHint}
        inputMode="decimal"
        pattern="\d+(\.\d{1,4})?"
        placeholder="1"
        value={draft.markup}
        onValue={(markup) => set({ markup })}
        error={fieldError(error, 'markup')}
      />
      <PriceRows prices={draft.prices} onPrices={(prices) => set({ prices })} error={error} />
    </Fold>
  );
}

function Quirks({ draft, set, error }: Fields) {
  const text = useMessages(formMessages);
  return (
    <Fold title={text.quirks} note={text.someSet(Object.keys(draft.quirks).length)}>
      <QuirkRows quirks={draft.quirks} onQuirks={(quirks) => set({ quirks })} error={error} />
    </Fold>
  );
}
