import { BellOff } from 'lucide-react';
import { type FormEvent, type ReactNode, useState } from 'react';
import type { AnswerOf } from '../../api/client.ts';
import { useChange } from '../../api/hooks.ts';
import { useMay } from '../../api/session.ts';
import { useMessages } from '../../i18n/messages.ts';
import { useFormat } from '../../lib/format.ts';
import { LANGUAGES, type Language } from '../../lib/preferences.ts';
import { Badge } from '../../ui/badge.tsx';
import { Button } from '../../ui/button.tsx';
import { fieldError, SelectField, TextField } from '../../ui/field.tsx';
import { uiMessages } from '../../ui/messages.ts';
import { Section } from '../../ui/page.tsx';
import { Empty, ProblemNote } from '../../ui/states.tsx';
import { showToast } from '../../ui/toast.tsx';
import { settingsMessages } from './messages.ts';

type Settings = AnswerOf<'GET /settings'>['settings'];
type Part = keyof Settings['retention'];

const PARTS: readonly Part[] = ['bodies', 'rows', 'rollups'];

/** What holds for the whole gateway: what can be set here, and what the configuration file says. */
export function GatewaySettings({ settings }: { settings: Settings }) {
  return (
    <>
      <Stored settings={settings} />
      <Disk settings={settings} />
      <Alerts settings={settings} />
      <FromFile settings={settings} />
    </>
  );
}

function Stored({ settings }: { settings: Settings }) {
  const text = useMessages(settingsMessages);
  const shared = useMessages(uiMessages);
  const format = useFormat();
  const mayChange = useMay('owner');
  const [language, setLanguage] = useState<Language | 'browser'>(settings.language ?? 'browser');
  const [zone, setZone] = useState(settings.time_zone ?? 'browser');
  const [days, setDays] = useState(() => ({
    bodies: String(settings.retention.bodies.days ?? ''),
    rows: String(settings.retention.rows.days ?? ''),
    rollups: String(settings.retention.rollups.days ?? ''),
  }));
  const change = useChange('PATCH /settings', ['GET /settings']);
  const daysOf = (part: Part) => (days[part] === '' ? null : Number(days[part]));
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    const { bodies, rows, rollups } = settings.retention;
    const body = {
      language: language === 'browser' ? null : language,
      time_zone: zone === 'browser' ? null : zone,
      ...(!bodies.managed && { bodies_days: daysOf('bodies') }),
      ...(!rows.managed && { rows_days: daysOf('rows') }),
      ...(!rollups.managed && { rollups_days: daysOf('rollups') }),
    };
    change.mutate({ body }, { onSuccess: () => showToast(text.saved) });
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
            value={language}
            disabled={!mayChange}
            choices={[
              { value: 'browser' as const, label: text.asBrowser },
              ...languages.map((value) => ({ value, label: LANGUAGES[value] })),
            ]}
            onValue={setLanguage}
          />
          <SelectField
            label={text.timeZone}
            value={zone}
            disabled={!mayChange}
            choices={['browser', 'UTC', ...Intl.supportedValuesOf('timeZone')].map((value) => ({
              value,
              label: value === 'browser' ? text.asBrowser : value,
            }))}
            onValue={setZone}
            error={fieldError(change.error, 'time_zone')}
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
              value={days[part]}
              onValue={(value) => setDays({ ...days, [part]: value })}
              error={fieldError(change.error, `${part}_days`)}
            />
          ))}
        </div>
      </Section>
      {change.error && <ProblemNote error={change.error} />}
      {mayChange && (
        <div className="flex justify-end">
          <Button type="submit" kind="primary" busy={change.isPending}>
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

function Alerts({ settings: { alerts } }: { settings: Settings }) {
  const text = useMessages(settingsMessages);
  if (!useMay('admin')) return null;
  return (
    <Section title={text.alerts}>
      {alerts.length === 0 ? (
        <Empty icon={BellOff} title={text.noAlerts}>
          <p>{text.alertsHint}</p>
        </Empty>
      ) : (
        <ul className="grid gap-3 p-4">
          {alerts.map(({ name, host, events }) => (
            <li key={name} className="min-w-0">
              <span className="font-medium">{name}</span> <span className="font-mono text-xs">{host}</span>
              <p className="break-words text-soft">{events.join(', ')}</p>
            </li>
          ))}
        </ul>
      )}
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
    <dl className="grid gap-x-6 gap-y-2 p-4 sm:grid-cols-[16rem_1fr]">
      {facts.map(([label, value]) => (
        <div key={label} className="contents">
          <dt className="text-soft">{label}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}
