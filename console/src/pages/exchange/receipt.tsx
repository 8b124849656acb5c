import { useMessages } from '../../i18n/messages.ts';
import { useFormat } from '../../lib/format.ts';
import { Badge } from '../../ui/badge.tsx';
import { Money } from '../../ui/money.tsx';
import { Section } from '../../ui/page.tsx';
import type { ExchangeDetail } from './detail.ts';
import { exchangeMessages } from './messages.ts';

type AttemptReceipt = ExchangeDetail['receipt']['attempts'][number];
type Computation = AttemptReceipt['charge'];

/** How the cost was computed, line by line, attempt by attempt, with every correction. */
export function Receipt({ receipt }: { receipt: ExchangeDetail['receipt'] }) {
  const text = useMessages(exchangeMessages);
  const { attempts, cost_nano_usd: cost } = receipt;
  return (
    <Section title={text.receipt} actions={cost !== null && <Money nanoUsd={cost} />}>
      <div className="divide-y divide-line">
        {attempts.map((attempt) => (
          <div key={attempt.attempt} className="grid gap-3 px-4 py-3">
            <p className="flex flex-wrap items-center gap-2">
              <span className="font-medium">{text.receiptOf(attempt.attempt)}</span>
              <span className="text-soft">
                {attempt.channel} · {attempt.upstream_model}
              </span>
              {attempt.estimated && <Badge tone="warn">{text.estimated}</Badge>}
              {attempt.unpriced && <Badge tone="bad">{text.unpriced}</Badge>}
            </p>
            <Lines computation={attempt.charge} label={text.receiptOf(attempt.attempt)} />
            {attempt.corrections.map((correction) => (
              <div key={correction.sequence} className="grid gap-2">
                <p className="text-soft">
                  {text.correction(correction.sequence)}
                  {correction.reason && `: ${correction.reason}`} <Money nanoUsd={correction.added_nano_usd} />
                </p>
                <Lines computation={correction} label={text.correction(correction.sequence)} />
              </div>
            ))}
          </div>
        ))}
      </div>
    </Section>
  );
}

function Lines({ computation, label }: { computation: Computation; label: string }) {
  const text = useMessages(exchangeMessages);
  const format = useFormat();
  const { lines, total_nano_usd: total, terms, markup, prompt_above: promptAbove } = computation;
  const notes = [
    `${text.priceVersion}: ${computation.price_version}`,
    ...(terms.length > 0
      ? [`${text.terms}: ${terms.map(({ term, multiplier }) => `${term} × ${multiplier ?? 1}`).join(', ')}`]
      : []),
    ...(markup === 1 ? [] : [`${text.markup}: × ${markup}`]),
    ...(promptAbove > 0 ? [text.longPrompt(format.count(promptAbove))] : []),
  ];
  return (
    <div className="overflow-x-auto" tabIndex={0} role="group" aria-label={label}>
      <table className="tabular w-full min-w-96 text-left">
        <thead>
          <tr className="text-xs text-soft">
            <th className="py-1 font-medium">{text.class}</th>
            <th className="py-1 text-right font-medium">{text.count}</th>
            <th className="py-1 text-right font-medium">{text.rate}</th>
            <th className="py-1 text-right font-medium">{text.amount}</th>
          </tr>
        </thead>
        <tbody>
          {lines.map((line) => (
            <tr key={line.class} className="border-t border-line">
              <td className="py-1">{nameOf(text, line.class)}</td>
              <td className="py-1 text-right">{format.count(line.count)}</td>
              <td className="py-1 text-right">
                {line.rate_nano_usd === null
                  ? '–'
                  : `${format.money(line.rate_nano_usd)} ${text.per(format.shortCount(line.per))}`}
              </td>
              <td className="py-1 text-right">{line.nano_usd === null ? '–' : format.exactMoney(line.nano_usd)}</td>
            </tr>
          ))}
          <tr className="border-t border-line font-medium">
            <td className="py-1" colSpan={3}>
              {text.total}
            </td>
            <td className="py-1 text-right">{total === null ? text.unpriced : format.exactMoney(total)}</td>
          </tr>
        </tbody>
      </table>
      <p className="mt-1 text-xs text-soft">{notes.join(' · ')}</p>
    </div>
  );
}

/** Classes that this console does not know are shown as they are called. */
function nameOf(text: Readonly<Record<string, unknown>>, name: string): string {
  const known = text[`class_${name}`];
  return typeof known === 'string' ? known : name;
}
