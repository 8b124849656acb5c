import { useEffect, useRef, useState } from 'react';
import { useAdmin } from '../../api/hooks.ts';
import { useMessages } from '../../i18n/messages.ts';
import { Button } from '../../ui/button.tsx';
import { Page as Frame } from '../../ui/page.tsx';
import { Failure } from '../../ui/states.tsx';
import { type Ask, DIALECTS, type Dialect, type Turn } from './dialects.ts';
import { playgroundMessages } from './messages.ts';
import { Outcome } from './outcome.tsx';
import { type Draft, EMPTY_DRAFT, RequestForm } from './request-form.tsx';
import { type Run, start } from './run.ts';
import { usePlaygroundKey } from './use-key.ts';

/** Asks any model in any of the three formats. */
export function Page() {
  const text = useMessages(playgroundMessages);
  const [projectId, setProjectId] = useState<string>();
  const [dialect, setDialect] = useState<Dialect>('messages');
  const [model, setModel] = useState('');
  const [draft, setDraft] = useState<Draft>(EMPTY_DRAFT);
  const [turns, setTurns] = useState<readonly Turn[]>([]);
  const [run, setRun] = useState<Run>();
  const running = useRef<AbortController>(undefined);
  const projects = useAdmin('GET /projects', {});
  const open = projects.data?.projects.filter(({ archived_at: archivedAt }) => archivedAt === null) ?? [];
  const charged = projectId ?? open[0]?.id;
  const access = usePlaygroundKey(text.keyName, charged);
  useEffect(() => () => running.current?.abort(), []);

  const chosen = access.data?.models.includes(model) ? model : (access.data?.models[0] ?? '');
  const send = async (asked: Omit<Ask, 'model' | 'turns'>, turn: Omit<Turn, 'id'>): Promise<void> => {
    if (!access.data) return;
    const stop = new AbortController();
    running.current = stop;
    const conversation = [...turns, { ...turn, id: turns.length }];
    setTurns(conversation);
    setDraft({ ...draft, message: '', images: [] });
    const ask = { ...asked, model: chosen, turns: conversation };
    const ended = await start(dialect, ask, access.data.key, stop.signal, setRun);
    if (ended.answer.text === '') setTurns(turns);
    else
      setTurns([...conversation, { id: conversation.length, role: 'assistant', text: ended.answer.text, images: [] }]);
    if (ended.state === 'failed') setDraft(draft);
  };
  const clear = (): void => {
    running.current?.abort();
    setTurns([]);
    setRun(undefined);
  };
  const error = access.error ?? projects.error;
  return (
    <Frame
      title={text.title}
      description={text.description}
      actions={turns.length > 0 && <Button onClick={clear}>{text.clear}</Button>}
    >
      {error ? (
        <Failure error={error} onRetry={() => void access.refetch()} />
      ) : (
        <div className="grid items-start gap-5 lg:grid-cols-[minmax(0,26rem)_minmax(0,1fr)]">
          <RequestForm
            models={access.data?.models}
            model={chosen}
            onModel={setModel}
            dialect={dialect}
            dialects={DIALECTS}
            onDialect={setDialect}
            projects={open}
            project={charged ?? ''}
            onProject={setProjectId}
            draft={draft}
            onDraft={setDraft}
            isRunning={run?.state === 'running'}
            onSend={(ask, turn) => void send(ask, turn)}
            onStop={() => running.current?.abort()}
          />
          <Outcome turns={turns} run={run} />
        </div>
      )}
    </Frame>
  );
}
