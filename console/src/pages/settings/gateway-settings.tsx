import { type FormEvent, type ReactNode, useState } from 'react';
import type { AnswerOf, Seen } from '../../api/client.ts';
import { changesOf, useEdit } from '../../api/edit.ts';
import { useMay } from '../../api/session.ts';
import { useMessages } from '../../i18n/messages.ts';
import { useFormat } from '../../lib/format.ts';
import { LANGUAGES, type Language } from '../../lib/preferences.ts';
import { Badge } from '../../ui/badge.tsx';
import { Button } from '../../ui/button.tsx';
import { Conflict } from '../../ui/edit-dialog.tsx';
import { fieldError, SelectField, TextField } from '../../ui/field.tsx';
import { uiMessages } from '../../ui/messages.ts';
import { Section } from '../../ui/page.tsx';
import { ProblemNote } from '../../ui/states.tsx';
import { showToast } from '../../ui/toast.tsx';
import { KeptPayloads } from './kept-payloads.tsx';
import { settingsMessages } from './messages.ts';

type Settings = AnswerOf<'GET /settings'>['settings'];
type SeenSettings = Seen<'GET /settings'>;
type Part = keyof Settings['retention'];

const PARTS: readonly Part[] = ['bodies', 'rows', 'rollups'];

/** What holds for the whole gateway: what can be set here, and what the configuration file says. */
export function GatewaySettings({ seen, onRead }: { seen: SeenSettings; onRead: () => void }) {
  const { settings } = seen.answer;
  return (
    <>
      <Stored key={seen.tag} seen={seen} onRead={onRead} />
      <Disk settings={settings} />
      <KeptPayloads />
      <FromFile settings={settings} />
    </>
  );
}

type Draft = { language: Language | 'browser'; zone: string } & Record<Part, string>;

function draftOf({ language, time_zone: zone, retention: { bodies, rows, rollups } }: Settings): Draft {
  const daysOf = ({ days }: { days: number | null }) => String(days ?? '');
  return {
    language: language ?? 'browser',
    zone: zone ?? 'browser',
    bodies: daysOf(bodies),
    rows: daysOf(rows),
    rollups: daysOf(rollups),
  };
}

function bodyOf({ language, zone, ...days }: Draft) {
  const daysOf = (text: string) => (text === '' ? null : Number(text));
  return {
    language: language === 'browser' ? null : language,
    time_zone: zone === 'browser' ? null : zone,
    bodies_days: daysOf(days.bodies),
    rows_days: daysOf(days.rows),
    rollups_days: daysOf(days.rollups),
  };
}

/** @param onRead reads them anew: this form then begins again. */
function Stored({ seen, onRead }: { seen: SeenSettings; onRead: () => void }) {
  const text = useMessages(settingsMessages);
  const shared = useMessages(uiMessages);
  const format = useFormat();
  const mayChange = useMay('owner');
  const { settings } = seen.answer;
  const [draft, setDraft] = useState(() => draftOf(settings));
  const set = (changes: Partial<Draft>) => setDraft({ ...draft, ...changes });
  const edit = useEdit({ name: 'GET /settings', input: {}, seen }, 'PATCH /settings', ['GET /settings']);
  const { conflict, error } = edit;
  const factsOf = ({ settings: of }: SeenSettings['answer']) => {
    const { language, zone, ...days } = draftOf(of);
    const facts = [
      [text.language, language === 'browser' ? text.asBrowser : LANGUAGES[language]],
      [text.timeZone, zone === 'browser' ? text.asBrowser : zone],
    ] as const;
    return [...facts, ...PARTS.map((part) => [text[part], days[part]] as const)];
  };
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    edit.send({ body: changesOf(bodyOf(draftOf(settings)), bodyOf(draft)) }, () => {
      showToast(text.saved);
      onRead();
    });
  };
  const noteOf = (part: Part) => {
    const { managed, bytes } = settings.retention[part];
    return [managed && text.byFile, bytes !== null && text.size(format.bytes(bytes))].filter(Boolean).join(' ');
  };
  const languages: readonly Language[] = ['en', 'zh-CN'];
  return (
    <form onSubmit={submit} className="grid gap-5">
      <Section title={text.everybody}>
        <p className="px-4 pt-3 text-soft">{text.everybodyHint}</p>
        <div className="grid gap-4 p-4 sm:grid-cols-2">
          <SelectField
            label={text.language}
            value={draft.language}
            disabled={!mayChange}
            choices={[
              { value: 'browser' as const, label: text.asBrowser },
              ...languages.map((value) => ({ value, label: LANGUAGES[value] })),
            ]}
            onValue={(language) => set({ language })}
          />
          <SelectField
            label={text.timeZone}
            value={draft.zone}
            disabled={!mayChange}
            choices={['browser', 'UTC', ...Intl.supportedValuesOf('timeZone')].map((value) => ({
              value,
              label: value === 'browser' ? text.asBrowser : value,
            }))}
            onValue={(zone) => set({ zone })}
            error={fieldError(error, 'time_zone')}
          />
        </div>
      </Section>
      <Section title={text.retention}>
        <p className="px-4 pt-3 text-soft">{text.retentionHint}</p>
        <div className="grid gap-4 p-4 sm:grid-cols-3">
          {PARTS.map((part) => (
            <TextField
              key={part}
              label={text[part]}
              hint={noteOf(part)}
              type="number"
              min={1}
              max={36_600}
              disabled={!mayChange || settings.retention[part].managed}
              value={draft[part]}
              onValue={(value) => set({ [part]: value })}
              error={fieldError(error, `${part}_days`)}
            />
          ))}
        </div>
      </Section>
      {error && <ProblemNote error={error} />}
      {conflict && <Conflict before={factsOf(seen.answer)} now={factsOf(conflict.answer)} onTake={onRead} />}
      {mayChange && (
        <div className="flex justify-end">
          <Button type="submit" kind="primary" busy={edit.busy}>
            {shared.save}
          </Button>
        </div>
      )}
    </form>
  );
}

function Disk({ settings: { disk } }: { settings: Settings }) {
  const text = useMessages(settingsMessages);
  const format = useFormat();
  const state =
    disk.state === 'full' ? (
      <Badge tone="bad">{text.diskFull}</Badge>
    ) : disk.state === 'low' ? (
      <Badge tone="warn">{text.diskLow}</Badge>
    ) : (
      <Badge tone="good">{text.diskOk}</Badge>
    );
  return (
    <Section title={text.disk}>
      <Facts
        facts={[
          [text.diskState, state],
          [text.lowBelow, format.bytes(disk.low_bytes)],
          [text.reserve, format.bytes(disk.reserve_bytes)],
        ]}
      />
    </Section>
  );
}

function FromFile({ settings: { unpriced, admin } }: { settings: Settings }) {
  const text = useMessages(settingsMessages);
  return (
    <Section title={text.file}>
      <Facts
        facts={[
          [text.unpriced, text[unpriced]],
          [text.adminOpen, admin.open ? text.yes : text.no],
          [text.privateChannels, admin.private_channels ? text.yes : text.no],
        ]}
      />
    </Section>
  );
}

function Facts({ facts }: { facts: readonly (readonly [string, ReactNode])[] }) {
  return (
    <dl className="grid gap-x-6 p-4 sm:grid-cols-[16rem_1fr] sm:gap-y-2">
      {facts.map(([label, value]) => (
        <div key={label} className="contents">
          <dt className="text-soft">{label}</dt>
          <dd className="max-sm:mb-2.5">{value}</dd>
        </div>
      ))}
    </dl>
  );
}
