import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { listModels } from '../../api/data-plane.ts';
import { ClientLines } from '../../clients/client-lines.tsx';
import { useMessages } from '../../i18n/messages.ts';
import { SelectField } from '../../ui/field.tsx';
import { Loaded, Skeleton } from '../../ui/states.tsx';
import { setupMessages } from './messages.ts';
import type { MadeKey } from './page.tsx';
import { Step } from './step.tsx';

/** Lines to copy for each client. */
export function ClientStep({ number, made }: { number: number; made: MadeKey | undefined }) {
  const text = useMessages(setupMessages);
  return (
    <Step number={number} title={text.clientStep} hint={made ? text.clientHint : text.clientLocked} done={false}>
      {made && <Lines apiKey={made.key} />}
    </Step>
  );
}

function Lines({ apiKey }: { apiKey: string }) {
  const text = useMessages(setupMessages);
  const [chosen, setChosen] = useState<string>();
  const models = useQuery({
    queryKey: ['models of', apiKey],
    queryFn: ({ signal }) => listModels(apiKey, signal),
  });
  return (
    <Loaded query={models} skeleton={<Skeleton className="h-56" />}>
      {(names) => {
        const model = chosen ?? names[0] ?? '';
        return (
          <div className="grid gap-4">
            <SelectField
              label={text.model}
              value={model}
              choices={names.map((value) => ({ value, label: value }))}
              onValue={setChosen}
            />
            <ClientLines label={text.clients} baseUrl={window.location.origin} apiKey={apiKey} model={model} />
          </div>
        );
      }}
    </Loaded>
  );
}
