import { useState } from 'react';
import type { AnswerOf } from '../../api/client.ts';
import { useMessages } from '../../i18n/messages.ts';
import { Page as Frame } from '../../ui/page.tsx';
import { ClientStep } from './client-step.tsx';
import { KeyStep } from './key-step.tsx';
import { setupMessages } from './messages.ts';
import { RequestStep } from './request-step.tsx';
import { UpstreamStep } from './upstream-step.tsx';

/** A key that was made here. */
export type MadeKey = AnswerOf<'POST /keys'>;

/** The first steps of a new gateway: from an upstream to the first answer. */
export function Page() {
  const text = useMessages(setupMessages);
  const [made, setMade] = useState<MadeKey>();
  return (
    <Frame title={text.title} description={text.description}>
      <ol className="grid max-w-3xl gap-4">
        <UpstreamStep number={1} />
        <KeyStep number={2} made={made} onMade={setMade} />
        <ClientStep number={3} made={made} />
        <RequestStep number={4} made={made} />
      </ol>
    </Frame>
  );
}
