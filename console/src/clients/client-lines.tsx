import { useMemo } from 'react';
import { CodeBlock } from '../ui/copy.tsx';
import { TabPanels } from '../ui/tabs.tsx';
import { type ClientSetup, clientLines } from './lines.ts';

/** Lines to copy for each client, with address, key and model filled in. */
export function ClientLines({ label, baseUrl, apiKey, model }: ClientSetup & { label: string }) {
  const lines = useMemo(() => clientLines({ baseUrl, apiKey, model }), [baseUrl, apiKey, model]);
  return (
    <TabPanels
      label={label}
      tabs={lines.map(({ id, name, file, code }) => ({
        id,
        title: name,
        content: (
          <div className="grid gap-2">
            {file !== undefined && <p className="font-mono text-xs text-soft">{file}</p>}
            <CodeBlock code={code} label={name} />
          </div>
        ),
      }))}
    />
  );
}
