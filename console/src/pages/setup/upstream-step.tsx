import { useState } from 'react';
import { useAdmin } from '../../api/hooks.ts';
import { useMay } from '../../api/session.ts';
import { useMessages } from '../../i18n/messages.ts';
import { Badge } from '../../ui/badge.tsx';
import { Button } from '../../ui/button.tsx';
import { Loaded, Skeleton } from '../../ui/states.tsx';
import { AddUpstream } from './add-upstream.tsx';
import { setupMessages } from './messages.ts';
import { Step } from './step.tsx';
import { TestUpstream } from './test-upstream.tsx';

/** What answers: the channels that there are, and a new one from a preset. Whoever may not change them goes on. */
export function UpstreamStep({ number }: { number: number }) {
  const text = useMessages(setupMessages);
  const mayChange = useMay('admin');
  return (
    <Step
      number={number}
      title={text.upstreamStep}
      hint={mayChange ? text.upstreamHint : text.upstreamOthers}
      done={!mayChange}
    >
      {mayChange && <Upstreams />}
    </Step>
  );
}

function Upstreams() {
  const text = useMessages(setupMessages);
  const [adding, setAdding] = useState(false);
  const channels = useAdmin('GET /channels', {});
  const providers = useAdmin('GET /providers', {});
  const simulated = new Set(providers.data?.providers.filter((each) => each.simulated).map(({ id }) => id));
  return (
    <Loaded query={channels} skeleton={<Skeleton className="h-16" />}>
      {(data) => (
        <div className="grid gap-3">
          <ul className="grid gap-2">
            {data.channels.map(({ name, provider }) => (
              <li key={name} className="flex flex-wrap items-center gap-x-3 gap-y-2 rounded-md bg-raised px-3 py-2">
                <span className="font-medium">{name}</span>
                {simulated.has(provider) && <Badge tone="accent">{text.simulated}</Badge>}
                <span className="grow" />
                <TestUpstream name={name} />
              </li>
            ))}
          </ul>
          {adding ? (
            <AddUpstream
              providers={providers.data?.providers ?? []}
              taken={data.channels.map(({ name }) => name)}
              onClose={() => setAdding(false)}
            />
          ) : (
            <div>
              <Button onClick={() => setAdding(true)} disabled={!providers.data}>
                {text.addUpstream}
              </Button>
            </div>
          )}
        </div>
      )}
    </Loaded>
  );
}
