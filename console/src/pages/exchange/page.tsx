import { Link } from '@tanstack/react-router';
import { useAdmin } from '../../api/hooks.ts';
import { useMessages } from '../../i18n/messages.ts';
import { useFormat } from '../../lib/format.ts';
import { usePathParameter } from '../../router.tsx';
import { Badge } from '../../ui/badge.tsx';
import { CopyButton } from '../../ui/copy.tsx';
import { Figure } from '../../ui/figure.tsx';
import { Money } from '../../ui/money.tsx';
import { Page as Frame, Section } from '../../ui/page.tsx';
import { Loaded, Skeleton } from '../../ui/states.tsx';
import { Bodies } from './bodies.tsx';
import type { ExchangeDetail } from './detail.ts';
import { Headers } from './headers.tsx';
import { exchangeMessages } from './messages.ts';
import { Receipt } from './receipt.tsx';
import { Waterfall } from './waterfall.tsx';

/** One exchange: which way it went, how long that took, what it cost and why. */
export function Page() {
  const text = useMessages(exchangeMessages);
  const id = usePathParameter('id');
  const exchange = useAdmin('GET /exchanges/{id}', { params: { id } }, { refetchInterval: 5_000 });
  return (
    <Frame
      title={text.title}
      description={
        <span className="flex flex-wrap items-center gap-1 font-mono text-xs">
          {id}
          <CopyButton value={id} />
        </span>
      }
      actions={
        <>
          {exchange.data?.session && (
            <Link to={`/sessions/${exchange.data.session}`} className="text-accent hover:underline">
              {text.cacheDoctor}
            </Link>
          )}
          <Link to="/exchanges" className="text-accent hover:underline">
            {text.all}
          </Link>
        </>
      }
    >
      <Loaded query={exchange} skeleton={<Skeleton className="h-96" />}>
        {(data) => <Detail exchange={data} />}
      </Loaded>
    </Frame>
  );
}

function Detail({ exchange }: { exchange: ExchangeDetail }) {
  const text = useMessages(exchangeMessages);
  return (
    <div className="grid gap-5">
      <Facts exchange={exchange} />
      <Figures exchange={exchange} />
      <Waterfall exchange={exchange} />
      <Receipt receipt={exchange.receipt} />
      <Headers exchange={exchange} />
      <Bodies exchange={exchange} />
      <Section title={text.losses}>
        <div className="grid gap-2 p-4">
          {exchange.losses.length === 0 ? (
            <p className="text-soft">{text.noLosses}</p>
          ) : (
            <>
              <p className="text-soft">{text.lossesHint}</p>
              <ul className="flex flex-wrap gap-2">
                {exchange.losses.map((code) => (
                  <li key={code}>
                    <Badge tone="warn">{code}</Badge>
                  </li>
                ))}
              </ul>
            </>
          )}
        </div>
      </Section>
    </div>
  );
}

function Facts({ exchange }: { exchange: ExchangeDetail }) {
  const text = useMessages(exchangeMessages);
  const format = useFormat();
  const { status, http_status: httpStatus, error_kind: errorKind } = exchange;
  const tone = status === 'ok' ? 'good' : status === 'open' ? 'accent' : status === 'aborted' ? 'warn' : 'bad';
  const facts = [
    [text.model, exchange.model],
    [text.key, exchange.key_name ?? exchange.key_id],
    [text.started, format.time(exchange.started_at)],
    [text.dialect, `${exchange.dialect}, ${exchange.stream ? text.streamed : text.whole}`],
  ] as const;
  return (
    <dl className="flex flex-wrap items-center gap-x-8 gap-y-2">
      <div className="flex items-center gap-2">
        <dt className="sr-only">{text.status}</dt>
        <dd className="flex items-center gap-2">
          <Badge tone={tone}>{[httpStatus, errorKind ?? status].filter((part) => part !== null).join(' ')}</Badge>
          {status === 'open' && <span className="text-xs text-soft">{text.live}</span>}
        </dd>
      </div>
      {facts.map(([name, value]) => (
        <div key={name} className="flex min-w-0 gap-2">
          <dt className="text-soft">{name}</dt>
          <dd className="min-w-0 truncate font-medium">{value}</dd>
        </div>
      ))}
    </dl>
  );
}

function Figures({ exchange }: { exchange: ExchangeDetail }) {
  const text = useMessages(exchangeMessages);
  const format = useFormat();
  const { attempts, started_at: startedAt, ended_at: endedAt, cost_nano_usd: cost } = exchange;
  const sum = (counter: 'input' | 'cache_read' | 'cache_write_5m' | 'cache_write_1h' | 'output') =>
    attempts.reduce((total, attempt) => total + (attempt[counter] ?? 0), 0);
  const first = attempts
    .flatMap(({ started_at: at, first_event_after: after }) => (after === null ? [] : [at + after - startedAt]))
    .at(-1);
  const cached = sum('cache_read');
  const written = sum('cache_write_5m') + sum('cache_write_1h');
  const isUnpriced = attempts.some(({ unpriced }) => unpriced);
  return (
    <dl className="grid grid-cols-2 gap-3 lg:grid-cols-6">
      <Figure
        label={text.cost}
        value={cost === null ? '–' : <Money nanoUsd={cost} />}
        note={isUnpriced ? text.unpriced : undefined}
      />
      <Figure label={text.took} value={endedAt === null ? '–' : format.duration(endedAt - startedAt)} />
      <Figure label={text.firstEvent} value={first === undefined ? '–' : format.duration(first)} />
      <Figure label={text.attempts} value={format.count(attempts.length)} />
      <Figure
        label={text.tokensIn}
        value={format.count(sum('input') + cached + written)}
        note={cached + written > 0 ? text.cachedNote(format.shortCount(cached), format.shortCount(written)) : undefined}
      />
      <Figure label={text.tokensOut} value={format.count(sum('output'))} />
    </dl>
  );
}
