import { useFormat } from '../lib/format.ts';

/** Nano-USD, short, with the exact amount on hover. */
export function Money({ nanoUsd }: { nanoUsd: number }) {
  const format = useFormat();
  return (
    <span className="tabular" title={format.exactMoney(nanoUsd)}>
      {format.money(nanoUsd)}
    </span>
  );
}

/** A moment: how long ago, with day and time on hover. */
export function Ago({ at, now }: { at: number; now: number }) {
  const format = useFormat();
  return (
    <time dateTime={new Date(at).toISOString()} title={format.time(at)} className="tabular whitespace-nowrap">
      {format.relative(at, now)}
    </time>
  );
}
