import { FileText } from 'lucide-react';
import { useState } from 'react';
import type { AdminApi } from '../../../../src/admin/contract.ts';
import { useAdmin } from '../../api/hooks.ts';
import { ApiProblem } from '../../api/problem.ts';
import { useMay } from '../../api/session.ts';
import { useMessages } from '../../i18n/messages.ts';
import { useFormat } from '../../lib/format.ts';
import { Button } from '../../ui/button.tsx';
import { CopyButton } from '../../ui/copy.tsx';
import { Section } from '../../ui/page.tsx';
import { Empty, Loaded } from '../../ui/states.tsx';
import { bodiesMessages } from './bodies-messages.ts';
import type { ExchangeDetail } from './detail.ts';
import { Replay } from './replay.tsx';

type Payload = AdminApi['GET /exchanges/{id}/payload']['answer'];
type Body = Payload['request'];

/** What is kept of an exchange, for admins: two of its bodies side by side, streams with the time of each event. */
export function Bodies({ exchange }: { exchange: ExchangeDetail }) {
  const text = useMessages(bodiesMessages);
  const mayRead = useMay('admin');
  const [isShown, setShown] = useState(false);
  if (!mayRead) return null;
  return (
    <Section title={text.title}>
      {isShown ? (
        <Kept exchange={exchange} />
      ) : (
        <div className="flex flex-wrap items-center gap-3 p-4">
          <Button icon={FileText} onClick={() => setShown(true)}>
            {text.show}
          </Button>
          <span className="text-soft">{text.audited}</span>
        </div>
      )}
    </Section>
  );
}

function Kept({ exchange }: { exchange: ExchangeDetail }) {
  const text = useMessages(bodiesMessages);
  const payload = useAdmin('GET /exchanges/{id}/payload', { params: { id: exchange.id } });
  if (payload.error instanceof ApiProblem && payload.error.status === 404) {
    return (
      <Empty icon={FileText} title={text.notKept}>
        <p>{text.notKeptHint}</p>
      </Empty>
    );
  }
  return <Loaded query={payload}>{(data) => <Panels exchange={exchange} payload={data} />}</Loaded>;
}

type Panel = { name: string; label: string; body: Body | null; instead: string };

function Panels({ exchange, payload }: { exchange: ExchangeDetail; payload: Payload }) {
  const text = useMessages(bodiesMessages);
  const format = useFormat();
  const panels: Panel[] = [
    { name: 'request', label: text.request, body: payload.request, instead: text.nothing },
    ...payload.attempts.flatMap(({ attempt, channel, sent, answer }) => [
      { name: `sent-${attempt}`, label: text.sent(attempt, channel), body: sent, instead: text.sameAsRequest },
      { name: `answer-${attempt}`, label: text.answer(attempt, channel), body: answer, instead: text.nothing },
    ]),
    {
      name: 'answered',
      label: text.answered,
      body: payload.answered,
      instead: payload.answered_as_last_attempt ? text.sameAsAnswer : (payload.error ?? text.nothing),
    },
  ];
  const [left, setLeft] = useState('request');
  const [right, setRight] = useState('answered');
  const answered = payload.answered ?? payload.attempts.at(-1)?.answer ?? undefined;
  return (
    <div className="grid gap-3 p-4">
      <div className="flex flex-wrap items-center gap-2">
        <CopyButton label={text.curl} value={curlOf(exchange, textOf(payload.request))} />
        <Replay exchange={exchange} answer={answered ? textOf(answered) : ''} />
        <span className="text-xs text-soft">{text.until(format.time(payload.expires_at))}</span>
      </div>
      <div className="grid gap-3 lg:grid-cols-2">
        <Side label={text.left} panels={panels} shown={left} onShown={setLeft} />
        <Side label={text.right} panels={panels} shown={right} onShown={setRight} />
      </div>
    </div>
  );
}

function Side({
  label,
  panels,
  shown,
  onShown,
}: {
  label: string;
  panels: readonly Panel[];
  shown: string;
  onShown: (shown: string) => void;
}) {
  const panel = panels.find(({ name }) => name === shown) ?? panels[0];
  return (
    <div className="grid min-w-0 content-start gap-2">
      <select aria-label={label} className="control" value={shown} onChange={(event) => onShown(event.target.value)}>
        {panels.map(({ name, label: title }) => (
          <option key={name} value={name}>
            {title}
          </option>
        ))}
      </select>
      {panel?.body ? <Text body={panel.body} label={panel.label} /> : <p className="text-soft">{panel?.instead}</p>}
    </div>
  );
}

function Text({ body, label }: { body: Body; label: string }) {
  const text = useMessages(bodiesMessages);
  const format = useFormat();
  const isStream = body.pieces.length > 1;
  return (
    <>
      <div
        tabIndex={0}
        role="group"
        aria-label={label}
        className="max-h-[32rem] overflow-auto rounded-md border border-line bg-raised p-3 font-mono text-xs leading-5"
      >
        {isStream ? (
          <ol>
            {numbered(body.pieces).map((piece) => (
              <li key={piece.number} className="grid grid-cols-[5rem_1fr] gap-2">
                <span className="tabular text-right text-soft">{format.duration(piece.at)}</span>
                <span className="whitespace-pre-wrap wrap-anywhere">{piece.text.trim()}</span>
              </li>
            ))}
          </ol>
        ) : (
          <pre className="whitespace-pre-wrap wrap-anywhere">{pretty(textOf(body))}</pre>
        )}
      </div>
      {body.truncated && <p className="text-xs text-warn">{text.truncated(format.bytes(body.bytes))}</p>}
    </>
  );
}

function numbered(pieces: Body['pieces']) {
  return pieces.map((piece, number) => ({ ...piece, number }));
}

function textOf({ pieces }: Body): string {
  return pieces.map((piece) => piece.text).join('');
}

/** JSON on lines of its own; anything else as it is. */
function pretty(text: string): string {
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}

const PATHS: Readonly<Record<string, string>> = {
  'anthropic-messages': '/v1/messages',
  'openai-chat': '/v1/chat/completions',
  'openai-responses': '/v1/responses',
};

/** The request as a line for a shell; the key comes from a variable. */
function curlOf({ dialect }: ExchangeDetail, body: string): string {
  const path = PATHS[dialect] ?? '/v1/messages';
  const version = dialect === 'anthropic-messages' ? " \\\n  -H 'anthropic-version: 2023-06-01'" : '';
  const quoted = `'${body.replaceAll("'", `'\\''`)}'`;
  return `curl ${location.origin}${path} \\\n  -H "authorization: Bearer $EZMODEL_API_KEY" \\\n  -H 'content-type: application/json'${version} \\\n  -d ${quoted}`;
}
