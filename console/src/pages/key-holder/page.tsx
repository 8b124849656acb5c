import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { type FormEvent, useState } from 'react';
import { readKeyStatus } from '../../api/data-plane.ts';
import { ApiProblem } from '../../api/problem.ts';
import { useMessages } from '../../i18n/messages.ts';
import { Entry } from '../../shell/entry.tsx';
import { Button } from '../../ui/button.tsx';
import { TextField } from '../../ui/field.tsx';
import { ProblemNote } from '../../ui/states.tsx';
import { keyHolderMessages } from './messages.ts';
import { Status } from './status.tsx';

/** How often what is shown is read anew, in ms. */
const REFRESH_EVERY = 15_000;

/** What the holder of a key may know of it, by presenting it. The key is in the memory of this page and nowhere else. */
export function Page() {
  const text = useMessages(keyHolderMessages);
  const [key, setKey] = useState<string>();
  const status = useQuery({
    queryKey: ['key status', key],
    queryFn: ({ signal }) => readKeyStatus(key ?? '', signal),
    enabled: key !== undefined,
    refetchInterval: ({ state }) => (state.error ? false : REFRESH_EVERY),
    gcTime: 0,
  });
  if (key !== undefined && status.data) {
    return (
      <Entry title={status.data.name} wide>
        <Status
          status={status.data}
          apiKey={key}
          now={status.dataUpdatedAt}
          onRefresh={() => void status.refetch()}
          onForget={() => setKey(undefined)}
        />
      </Entry>
    );
  }
  const isWrong = status.error instanceof ApiProblem && status.error.status === 401;
  return (
    <Entry title={text.title}>
      <p className="mb-5 text-soft">{text.hint}</p>
      <Present
        error={isWrong ? text.wrong : undefined}
        busy={key !== undefined && status.isFetching}
        onKey={(given) => (given === key ? void status.refetch() : setKey(given))}
      />
      {status.error && !isWrong && <ProblemNote error={status.error} />}
      <p className="mt-5 border-t border-line pt-4 text-center">
        <Link to="/" className="text-accent hover:underline">
          {text.toConsole}
        </Link>
      </p>
    </Entry>
  );
}

function Present({ error, busy, onKey }: { error: string | undefined; busy: boolean; onKey: (key: string) => void }) {
  const text = useMessages(keyHolderMessages);
  const [typed, setTyped] = useState('');
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    onKey(typed.trim());
  };
  return (
    <form onSubmit={submit} className="grid gap-4">
      <TextField
        label={text.key}
        type="password"
        autoComplete="off"
        required
        placeholder="sk-ez-…"
        className="font-mono"
        value={typed}
        onValue={setTyped}
        error={error}
      />
      <Button type="submit" kind="primary" busy={busy}>
        {text.show}
      </Button>
    </form>
  );
}
