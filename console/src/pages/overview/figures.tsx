import type { AdminApi } from '../../../../src/admin/contract.ts';
import { useMessages } from '../../i18n/messages.ts';
import { useFormat } from '../../lib/format.ts';
import { Figure } from '../../ui/figure.tsx';
import { Money } from '../../ui/money.tsx';
import { overviewMessages } from './messages.ts';

type Summary = AdminApi['GET /usage/summary']['answer'];
type Sums = Summary['current'];

/** The share of the prompt that came from caches; undefined without any prompt. */
function hitRateOf({ fresh_tokens: fresh, cache_read_tokens: read, cache_write_tokens: written }: Sums) {
  const all = fresh + read + written;
  return all === 0 ? undefined : read / all;
}

/** All figures of a period, each beside the one of the period before. */
export function Figures({ summary: { current, previous } }: { summary: Summary }) {
  const text = useMessages(overviewMessages);
  const format = useFormat();
  const compare = (figure: (sums: Sums) => number): string => {
    const [now, before] = [figure(current), figure(previous)];
    if (before === 0) return now === 0 ? text.unchanged : text.noneBefore;
    const change = now / before - 1;
    if (Math.abs(change) < 0.0005) return text.unchanged;
    return text.before(`${change > 0 ? '+' : '−'}${format.percent(Math.abs(change))}`);
  };
  const hitRate = hitRateOf(current);
  const { saved_nano_usd: saved, unpriced } = current;
  const latency = (name: 'first_event_ms' | 'total_ms') => {
    const found = current[name];
    return {
      value: found ? format.duration(found.p50) : '–',
      note: found ? text.slowest(format.duration(found.p90), format.duration(found.p99)) : undefined,
    };
  };
  const cacheNote = saved < 0 ? text.cachesCost(format.money(-saved)) : text.saved(format.money(saved));
  return (
    <dl className="grid grid-cols-2 gap-3 md:grid-cols-3 xl:grid-cols-5">
      <Figure
        label={text.spend}
        value={<Money nanoUsd={current.cost_nano_usd} />}
        note={unpriced > 0 ? text.unpriced(format.count(unpriced)) : compare((sums) => sums.cost_nano_usd)}
      />
      <Figure label={text.requests} value={format.count(current.requests)} note={compare((sums) => sums.requests)} />
      <Figure
        label={text.errorRate}
        value={format.percent(current.errors / Math.max(1, current.requests))}
        note={compare((sums) => sums.errors / Math.max(1, sums.requests))}
      />
      <Figure label={text.hitRate} value={hitRate === undefined ? '–' : format.percent(hitRate)} note={cacheNote} />
      <Figure label={text.firstEvent} {...latency('first_event_ms')} />
      <Figure label={text.total} {...latency('total_ms')} />
      <Figure
        label={text.freshTokens}
        value={format.shortCount(current.fresh_tokens)}
        note={compare((sums) => sums.fresh_tokens)}
      />
      <Figure
        label={text.cachedTokens}
        value={format.shortCount(current.cache_read_tokens)}
        note={compare((sums) => sums.cache_read_tokens)}
      />
      <Figure
        label={text.writtenTokens}
        value={format.shortCount(current.cache_write_tokens)}
        note={compare((sums) => sums.cache_write_tokens)}
      />
      <Figure
        label={text.outputTokens}
        value={format.shortCount(current.output_tokens)}
        note={compare((sums) => sums.output_tokens)}
      />
    </dl>
  );
}
