import { useChange } from '../../api/hooks.ts';
import { useMessages } from '../../i18n/messages.ts';
import { useFormat } from '../../lib/format.ts';
import { Badge } from '../../ui/badge.tsx';
import { Button } from '../../ui/button.tsx';
import { setupMessages } from './messages.ts';

/** Asks the upstream of a channel for a short answer, and says whether it came. */
export function TestUpstream({ name }: { name: string }) {
  const text = useMessages(setupMessages);
  const format = useFormat();
  const test = useChange('POST /channels/{name}/test', []);
  const failed = test.data?.endpoints.flatMap(({ probes }) => probes).find(({ state }) => state === 'failed');
  return (
    <>
      <span aria-live="polite" className="min-w-0 break-words">
        {test.data?.ok && <Badge tone="good">{text.answers(format.duration(test.data.total_ms))}</Badge>}
        {test.data?.ok === false && <span className="text-bad">{failed?.note ?? text.noAnswer}</span>}
        {test.error && <span className="text-bad">{test.error.message}</span>}
      </span>
      <Button busy={test.isPending} onClick={() => test.mutate({ params: { name }, body: {} })}>
        {text.test}
      </Button>
    </>
  );
}
