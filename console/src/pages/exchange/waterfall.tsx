import { useMessages } from '../../i18n/messages.ts';
import { useFormat } from '../../lib/format.ts';
import { Badge } from '../../ui/badge.tsx';
import { Money } from '../../ui/money.tsx';
import { Section } from '../../ui/page.tsx';
import type { ExchangeDetail } from './detail.ts';
import { exchangeMessages } from './messages.ts';

type Attempt = ExchangeDetail['attempts'][number];

/** The steps of an attempt, and the colour of each. */
const STEPS = [
  { name: 'forming', fill: 'fill-series-4' },
  { name: 'waiting', fill: 'fill-series-3' },
  { name: 'thinking', fill: 'fill-series-2' },
  { name: 'answering', fill: 'fill-series-1' },
] as const;

type Part = { name: (typeof STEPS)[number]['name']; fill: string; from: number; to: number };

/** The steps that an attempt came to, in ms from the start of the exchange; one that is under way goes on until now. */
function partsOf(attempt: Attempt, startedAt: number, now: number): Part[] {
  const offset = attempt.started_at - startedAt;
  const end = attempt.ended_after ?? now - attempt.started_at;
  const marks = [0, attempt.sent_after, attempt.headers_after, attempt.first_event_after];
  return STEPS.flatMap(({ name, fill }, index) => {
    const from = marks[index];
    if (from === null || from === undefined) return [];
    const to = marks.slice(index + 1).find((mark) => mark !== null && mark !== undefined) ?? end;
    return [{ name, fill, from: offset + from, to: offset + Math.max(from, to) }];
  });
}

/** Every attempt as a bar over the time of the exchange, with why it was made and what became of it. */
export function Waterfall({ exchange }: { exchange: ExchangeDetail }) {
  const text = useMessages(exchangeMessages);
  const { attempts, started_at: startedAt } = exchange;
  const now = Date.now();
  const parts = attempts.map((attempt) => partsOf(attempt, startedAt, now));
  const whole = Math.max(1, (exchange.ended_at ?? 0) - startedAt, ...parts.flat().map(({ to }) => to));
  return (
    <Section
      title={text.waterfall}
      actions={
        <ul className="flex flex-wrap gap-3 text-xs text-soft">
          {STEPS.map(({ name, fill }) => (
            <li key={name} className="flex items-center gap-1.5">
              <svg aria-hidden viewBox="0 0 8 8" className="size-2">
                <rect width="8" height="8" rx="2" className={fill} />
              </svg>
              {text[name]}
            </li>
          ))}
        </ul>
      }
    >
      <ol className="divide-y divide-line">
        {attempts.map((attempt, index) => (
          <li key={attempt.attempt} className="grid gap-2 px-4 py-3">
            <Heading attempt={attempt} />
            <Bar parts={parts[index] ?? []} whole={whole} label={text.attempt(attempt.attempt)} />
            <Notes attempt={attempt} />
          </li>
        ))}
      </ol>
    </Section>
  );
}

function Heading({ attempt }: { attempt: Attempt }) {
  const text = useMessages(exchangeMessages);
  const { status } = attempt;
  return (
    <div className="flex flex-wrap items-center gap-x-3 gap-y-1">
      <span className="font-medium">{text.attempt(attempt.attempt)}</span>
      <span className="min-w-0 truncate">
        {attempt.channel} · {attempt.upstream_model}
      </span>
      <Badge tone={status === 'ok' ? 'good' : status === 'open' ? 'accent' : 'bad'}>
        {[attempt.http_status, attempt.error_kind ?? status].filter((part) => part !== null).join(' ')}
      </Badge>
      {attempt.partial && <Badge tone="warn">{text.partial}</Badge>}
      {attempt.estimated && <Badge tone="warn">{text.estimated}</Badge>}
      <span className="grow" />
      {attempt.cost_nano_usd !== null && <Money nanoUsd={attempt.cost_nano_usd} />}
    </div>
  );
}

function Bar({ parts, whole, label }: { parts: readonly Part[]; whole: number; label: string }) {
  const text = useMessages(exchangeMessages);
  const format = useFormat();
  const said = parts.map(({ name, from, to }) => `${text[name]} ${format.duration(to - from)}`).join(', ');
  return (
    <>
      <svg
        role="img"
        aria-label={`${label}: ${said}`}
        viewBox="0 0 1000 10"
        preserveAspectRatio="none"
        className="h-3 w-full rounded"
      >
        <rect width="1000" height="10" className="fill-raised" />
        {parts.map(({ name, fill, from, to }) => (
          <rect
            key={name}
            x={(from / whole) * 1_000}
            width={Math.max(2, ((to - from) / whole) * 1_000)}
            height="10"
            className={fill}
          />
        ))}
      </svg>
      <p className="tabular text-xs text-soft">{said}</p>
    </>
  );
}

function Notes({ attempt }: { attempt: Attempt }) {
  const text = useMessages(exchangeMessages);
  const format = useFormat();
  return (
    <div className="grid gap-1 text-xs text-soft">
      {attempt.error_text && <p className="break-words text-bad">{attempt.error_text}</p>}
      {attempt.reason && (
        <p className="break-words">
          {text.reason}: {attempt.reason}
        </p>
      )}
      <p>{text.sizes(format.bytes(attempt.request_bytes), format.bytes(attempt.answer_bytes))}</p>
      {attempt.upstream_request_id && (
        <p className="break-all">
          {text.upstreamId}: <span className="font-mono">{attempt.upstream_request_id}</span>
        </p>
      )}
    </div>
  );
}
