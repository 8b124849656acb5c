import type { AnswerOf } from '../../api/client.ts';
import { useChange } from '../../api/hooks.ts';
import { useMessages } from '../../i18n/messages.ts';
import { useFormat } from '../../lib/format.ts';
import { Badge, type Tone } from '../../ui/badge.tsx';
import { Button } from '../../ui/button.tsx';
import { Section } from '../../ui/page.tsx';
import { ProblemNote } from '../../ui/states.tsx';
import { channelMessages } from './messages.ts';
import type { Channel } from './page.tsx';

type Report = AnswerOf<'POST /channels/{name}/test'>;

/** Tries a channel, and shows what it was found to do. */
export function TestChannel({ channel }: { channel: Channel }) {
  const text = useMessages(channelMessages);
  const test = useChange('POST /channels/{name}/test', []);
  const run = (full: boolean) => test.mutate({ params: { name: channel.name }, body: { full } });
  return (
    <Section
      title={text.test}
      actions={
        <span className="flex flex-wrap gap-2">
          <Button onClick={() => run(false)} busy={test.isPending}>
            {text.quickTest}
          </Button>
          <Button onClick={() => run(true)} busy={test.isPending}>
            {text.fullTest}
          </Button>
        </span>
      }
    >
      <div className="grid gap-3 p-4">
        <p className="text-soft">{text.testHint}</p>
        <div role="status" className={test.isPending ? undefined : 'sr-only'}>
          {test.isPending && text.testing}
        </div>
        {test.error && <ProblemNote error={test.error} />}
        {test.data && !test.isPending && <TestReport report={test.data} />}
      </div>
    </Section>
  );
}

function TestReport({ report }: { report: Report }) {
  const text = useMessages(channelMessages);
  const format = useFormat();
  const { model, ok, endpoints, cost } = report;
  const names = [...new Set(endpoints.flatMap(({ probes }) => probes.map(({ name }) => name)))];
  const notes = endpoints.flatMap(({ dialect, probes }) =>
    probes.flatMap(({ name, note }) => (note === null ? [] : [{ key: `${dialect} ${name}`, note }])),
  );
  return (
    <>
      <p className="font-medium">
        <Badge tone={ok ? 'good' : 'bad'}>{ok ? text.stateOk : text.stateFailed}</Badge>{' '}
        {ok ? text.passed(model, format.duration(report.total_ms)) : text.failed(model)}
      </p>
      <div className="overflow-x-auto" role="group" aria-label={text.test} tabIndex={0}>
        <table className="text-left">
          <thead>
            <tr>
              <th className="py-1 pr-6 font-medium text-soft">{text.probe}</th>
              {endpoints.map(({ dialect }) => (
                <th key={dialect} className="py-1 pr-6 font-medium text-soft">
                  {dialect}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {names.map((name) => (
              <tr key={name}>
                <th scope="row" className="py-1 pr-6 font-normal">
                  {name}
                </th>
                {endpoints.map(({ dialect, probes }) => (
                  <td key={dialect} className="py-1 pr-6">
                    <Verdict state={probes.find((probe) => probe.name === name)?.state} />
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      <ul className="grid gap-1 text-soft">
        {notes.map(({ key, note }) => (
          <li key={key} className="break-words">
            {key}: {note}
          </li>
        ))}
      </ul>
      <p className="text-xs text-soft">
        {text.cost(format.count(cost.calls), format.count(cost.input_tokens), format.count(cost.output_tokens))}
      </p>
    </>
  );
}

const TONES: Record<string, Tone> = { ok: 'good', failed: 'bad', unsupported: 'plain', skipped: 'warn' };

function Verdict({ state }: { state: string | undefined }) {
  const text = useMessages(channelMessages);
  const words: Record<string, string> = {
    ok: text.stateOk,
    failed: text.stateFailed,
    unsupported: text.stateUnsupported,
    skipped: text.stateSkipped,
  };
  return state === undefined ? null : <Badge tone={TONES[state] ?? 'plain'}>{words[state] ?? state}</Badge>;
}
