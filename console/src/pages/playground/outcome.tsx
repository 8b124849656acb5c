import { useQuery } from '@tanstack/react-query';
import { MessageSquare } from 'lucide-react';
import type { ReactNode } from 'react';
import { callAdmin } from '../../api/client.ts';
import { useMessages } from '../../i18n/messages.ts';
import { useFormat } from '../../lib/format.ts';
import { Badge } from '../../ui/badge.tsx';
import { classNames } from '../../ui/class-names.ts';
import { CodeBlock } from '../../ui/copy.tsx';
import { Money } from '../../ui/money.tsx';
import { Empty, ProblemNote } from '../../ui/states.tsx';
import { TabPanels } from '../../ui/tabs.tsx';
import { asCurl, asPython, asTypeScript } from './code.ts';
import type { Turn } from './dialects.ts';
import { playgroundMessages } from './messages.ts';
import type { Received, Run } from './run.ts';

/** What has come of the conversation: the answer, the request as sent, the events, the same as code. */
export function Outcome({ turns, run }: { turns: readonly Turn[]; run: Run | undefined }) {
  const text = useMessages(playgroundMessages);
  if (!run) {
    return (
      <div className="card">
        <Empty icon={MessageSquare} title={text.nothing}>
          <p>{text.nothingHint}</p>
        </Empty>
      </div>
    );
  }
  return (
    <section aria-label={text.answer} className="card min-w-0 p-4">
      <RunFigures run={run} />
      {run.error && <ProblemNote error={run.error} />}
      <TabPanels
        label={text.answer}
        tabs={[
          { id: 'answer', title: text.answer, content: <Conversation turns={turns} run={run} /> },
          {
            id: 'request',
            title: text.rawRequest,
            content: <CodeBlock code={`POST ${run.path}\n\n${run.request}`} label={text.rawRequest} />,
          },
          {
            id: 'events',
            title: run.body === undefined ? text.events : text.rawAnswer,
            content:
              run.body === undefined ? (
                <Events events={run.events} />
              ) : (
                <CodeBlock code={indented(run.body)} label={text.rawAnswer} />
              ),
          },
          { id: 'code', title: text.code, content: <Code run={run} /> },
        ]}
      />
    </section>
  );
}

function RunFigures({ run }: { run: Run }) {
  const text = useMessages(playgroundMessages);
  const format = useFormat();
  const { requestId, state } = run;
  const settled = useQuery({
    queryKey: ['playground cost', requestId],
    queryFn: async ({ signal }) => {
      const { exchanges } = await callAdmin('GET /exchanges', { query: { limit: 20 } }, signal);
      const found = exchanges.find(({ id }) => id === requestId);
      return found?.ended_at == null ? null : found;
    },
    enabled: state !== 'running' && requestId !== undefined,
    refetchInterval: ({ state: { data } }) => (data ? false : 500),
  });
  const tone = { running: 'accent', done: 'good', failed: 'bad', stopped: 'warn' } as const;
  const cost = settled.data?.cost_nano_usd ?? undefined;
  const isUnpriced = settled.data?.unpriced === true;
  const entries: [string, string][] = [
    [text.firstEvent, run.firstEventMs === undefined ? '–' : format.duration(run.firstEventMs)],
    [text.total, run.totalMs === undefined ? '–' : format.duration(run.totalMs)],
    ...(run.losses === undefined ? [] : [[text.losses, run.losses] satisfies [string, string]]),
  ];
  return (
    <dl className="mb-3 flex flex-wrap items-center gap-x-6 gap-y-1">
      {run.status !== undefined && (
        <div>
          <dt className="sr-only">HTTP</dt>
          <dd>
            <Badge tone={tone[state]}>{state === 'stopped' ? text.stopped : run.status}</Badge>
          </dd>
        </div>
      )}
      {cost !== undefined && !isUnpriced && (
        <div className="flex gap-1.5">
          <dt className="text-soft">{text.cost}</dt>
          <dd>
            <Money nanoUsd={cost} />
          </dd>
        </div>
      )}
      {isUnpriced && (
        <div>
          <dt className="sr-only">{text.cost}</dt>
          <dd>
            <Badge tone="warn">{text.unpriced}</Badge>
          </dd>
        </div>
      )}
      {entries.map(([name, value]) => (
        <div key={name} className="flex min-w-0 gap-1.5">
          <dt className="text-soft">{name}</dt>
          <dd className="tabular truncate">{value}</dd>
        </div>
      ))}
    </dl>
  );
}

function Conversation({ turns, run }: { turns: readonly Turn[]; run: Run }) {
  const text = useMessages(playgroundMessages);
  const { answer, state } = run;
  const isRunning = state === 'running';
  const settled = isRunning ? turns : turns.filter((turn, index) => index < turns.length - 1 || turn.role === 'user');
  return (
    <div className="grid gap-4" aria-live="polite" aria-atomic="false">
      {settled.map((turn) => (
        <Bubble key={turn.id} name={turn.role === 'user' ? text.you : text.assistant}>
          {turn.text}
        </Bubble>
      ))}
      {answer.thinking !== '' && (
        <Bubble name={text.thought} quiet>
          {answer.thinking}
        </Bubble>
      )}
      {answer.calls !== '' && (
        <Bubble name={text.calls} quiet>
          <code className="font-mono text-xs">{answer.calls.trim()}</code>
        </Bubble>
      )}
      {(answer.text !== '' || isRunning) && <Bubble name={text.assistant}>{answer.text || '…'}</Bubble>}
    </div>
  );
}

function Bubble({ name, quiet = false, children }: { name: string; quiet?: boolean; children: ReactNode }) {
  return (
    <div className="min-w-0">
      <p className="mb-0.5 text-xs font-medium text-soft">{name}</p>
      <div className={classNames('break-words whitespace-pre-wrap', quiet && 'border-l-2 border-line pl-3 text-soft')}>
        {children}
      </div>
    </div>
  );
}

/** Beyond these the list would only slow the page; the rest is counted. */
const SHOWN_EVENTS = 500;

function Events({ events }: { events: readonly Received[] }) {
  const text = useMessages(playgroundMessages);
  const format = useFormat();
  return (
    <section
      tabIndex={0}
      aria-label={text.events}
      className="max-h-[32rem] overflow-auto rounded-md border border-line"
    >
      <ol className="divide-y divide-line font-mono text-xs">
        {events.slice(0, SHOWN_EVENTS).map(({ id, atMs, name, data }) => (
          <li key={id} className="grid gap-x-3 px-3 py-1.5 sm:grid-cols-[5rem_12rem_minmax(0,1fr)]">
            <span className="tabular text-soft">{format.duration(atMs)}</span>
            <span className="truncate">{name}</span>
            <span className="break-all text-soft">{data}</span>
          </li>
        ))}
      </ol>
      {events.length > SHOWN_EVENTS && <p className="px-3 py-1.5 text-soft">+ {events.length - SHOWN_EVENTS}</p>}
    </section>
  );
}

function Code({ run }: { run: Run }) {
  const { origin } = window.location;
  return (
    <div className="grid gap-3">
      {[
        ['curl', asCurl(run, origin)] as const,
        ['TypeScript', asTypeScript(run, origin)] as const,
        ['Python', asPython(run, origin)] as const,
      ].map(([name, code]) => (
        <div key={name} className="grid gap-1">
          <h3 className="text-xs font-medium text-soft">{name}</h3>
          <CodeBlock code={code} label={name} />
        </div>
      ))}
    </div>
  );
}

function indented(body: string): string {
  try {
    return JSON.stringify(JSON.parse(body), null, 2);
  } catch {
    return body;
  }
}
