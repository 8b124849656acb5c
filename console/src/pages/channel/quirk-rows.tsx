import { X } from 'lucide-react';
import { useMessages } from '../../i18n/messages.ts';
import { usePreferences } from '../../lib/preferences.ts';
import { IconButton } from '../../ui/button.tsx';
import { fieldError, SelectField, TextField } from '../../ui/field.tsx';
import type { Draft } from './draft.ts';
import { formMessages } from './form-messages.ts';
import { firstValue, QUIRK_NAMES, QUIRKS, type QuirkName } from './quirks.ts';

type Quirks = Draft['quirks'];

/** The quirks that are set, each with what it is set to, and a list of the others to set. */
export function QuirkRows({
  quirks,
  onQuirks,
  error,
}: {
  quirks: Quirks;
  onQuirks: (quirks: Quirks) => void;
  error: Error | null;
}) {
  const text = useMessages(formMessages);
  const { language } = usePreferences();
  const set = QUIRK_NAMES.filter((name) => quirks[name] !== undefined);
  const choices = QUIRK_NAMES.filter((name) => !set.includes(name)).map((value) => ({
    value,
    label: `${value} – ${QUIRKS[value][language]}`,
  }));
  const without = (name: QuirkName) => {
    const { [name]: _, ...others } = quirks;
    onQuirks(others);
  };
  return (
    <>
      <p className="text-soft">{text.quirksHint}</p>
      {set.map((name) => (
        <div key={name} className="flex items-start gap-2">
          <div className="min-w-0 grow">
            <Quirk
              name={name}
              value={quirks[name] ?? ''}
              error={fieldError(error, `quirks.${name}`)}
              onValue={(value) => onQuirks({ ...quirks, [name]: value })}
            />
          </div>
          <IconButton icon={X} label={text.without(name)} onClick={() => without(name)} className="mt-6" />
        </div>
      ))}
      <SelectField<QuirkName | ''>
        label={text.addQuirk}
        value=""
        choices={[{ value: '', label: text.choose }, ...choices]}
        onValue={(name) => name !== '' && onQuirks({ ...quirks, [name]: firstValue(name) })}
      />
    </>
  );
}

function Quirk({
  name,
  value,
  error,
  onValue,
}: {
  name: QuirkName;
  value: string;
  error: string | undefined;
  onValue: (value: string) => void;
}) {
  const text = useMessages(formMessages);
  const { language } = usePreferences();
  const { kind, ...words } = QUIRKS[name];
  const about = { label: name, hint: words[language], error, value, onValue };
  if (kind === 'number') return <TextField {...about} type="number" min={0} required />;
  if (kind === 'words') return <TextField {...about} required />;
  const choices =
    kind === 'flag'
      ? [
          { value: 'true', label: text.yes },
          { value: 'false', label: text.no },
        ]
      : kind.map((word) => ({ value: word, label: word }));
  return <SelectField {...about} choices={choices} />;
}
