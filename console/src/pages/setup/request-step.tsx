import { Link } from '@tanstack/react-router';
import { CircleAlert, CircleCheck, LoaderCircle } from 'lucide-react';
import { useAdmin } from '../../api/hooks.ts';
import { useMessages } from '../../i18n/messages.ts';
import { useFormat } from '../../lib/format.ts';
import { Money } from '../../ui/money.tsx';
import { setupMessages } from './messages.ts';
import type { MadeKey } from './page.tsx';
import { Step } from './step.tsx';

/** How often is looked for the first request, in ms. */
const LOOK_EVERY = 1_000;

/** Waits for the first request with the key that was made, and shows it as it arrives. */
export function RequestStep({ number, made }: { number: number; made: MadeKey | undefined }) {
  const text = useMessages(setupMessages);
  const format = useFormat();
  const page = useAdmin(
    'GET /exchanges',
    { query: { key_id: made?.record.id, limit: 1 } },
    { enabled: made !== undefined, refetchInterval: LOOK_EVERY },
  );
  const first = made && page.data?.exchanges[0];
  const isSettled = first != null && first.status !== 'open';
  const isGood = first?.status === 'ok';
  return (
    <Step number={number} title={text.requestStep} hint={isGood ? text.arrived : text.waiting} done={isGood}>
      <div aria-live="polite">
        {first ? (
          <div className="flex flex-wrap items-center gap-x-4 gap-y-1 rounded-md bg-raised px-3 py-2">
            {!isSettled ? (
              <LoaderCircle aria-hidden size={16} className="motion-safe:animate-spin" />
            ) : isGood ? (
              <CircleCheck aria-hidden size={16} className="text-good" />
            ) : (
              <CircleAlert aria-hidden size={16} className="text-bad" />
            )}
            <span className="font-medium">{first.model}</span>
            {isSettled && !isGood && <span className="text-bad">{first.error_kind ?? text.failedFirst}</span>}
            <span className="tabular text-soft">
              {text.tokens(format.count(first.input + first.cache_read), format.count(first.output))}
            </span>
            {first.ended_at !== null && (
              <span className="tabular text-soft">{format.duration(first.ended_at - first.started_at)}</span>
            )}
            {first.cost_nano_usd !== null && <Money nanoUsd={first.cost_nano_usd} />}
            <span className="grow" />
            {isGood && (
              <Link to="/" className="text-accent hover:underline">
                {text.toOverview}
              </Link>
            )}
          </div>
        ) : (
          made && <LoaderCircle aria-hidden size={18} className="text-soft motion-safe:animate-spin" />
        )}
      </div>
    </Step>
  );
}
