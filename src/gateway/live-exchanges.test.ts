import { expect, test } from 'vitest';
import type { AttemptCheckpoint } from '../core/exchange.ts';
import { createLiveExchanges, type LiveExchange } from './live-exchanges.ts';

/** An exchange whose output the test sets. */
function exchangeOf(id: string): LiveExchange & { output: number; attempt: number } {
  return {
    id,
    output: 0,
    attempt: 1,
    checkpoints() {
      return [{ exchangeId: id, attempt: this.attempt, usage: { input: 10, output: this.output } }];
    },
    outputSoFar() {
      return this.output;
    },
    stop: () => undefined,
  };
}

function collecting() {
  const kept: AttemptCheckpoint[] = [];
  const live = createLiveExchanges({ checkpoint: (checkpoints) => kept.push(...checkpoints) });
  return { kept, live };
}

test('S1 tokens are kept every 256 of them, without waiting for the second to pass', () => {
  const { kept, live } = collecting();
  const exchange = exchangeOf('req_a');
  live.add(exchange);
  for (exchange.output = 1; exchange.output <= 1_000; exchange.output++) live.progressed(exchange);
  expect(kept.map(({ usage }) => usage.output)).toEqual([256, 512, 768]);
  live.close();
});

test('S1 a burst is kept at once, each exchange and each attempt on its own', () => {
  const { kept, live } = collecting();
  const [one, other] = [exchangeOf('req_a'), exchangeOf('req_b')];
  live.add(one);
  live.add(other);
  one.output = 5_000;
  live.progressed(one);
  other.output = 255;
  live.progressed(other);
  one.attempt = 2;
  one.output = 255;
  live.progressed(one);
  one.output = 300;
  live.progressed(one);
  expect(kept).toEqual([
    { exchangeId: 'req_a', attempt: 1, usage: { input: 10, output: 5_000 } },
    { exchangeId: 'req_a', attempt: 2, usage: { input: 10, output: 300 } },
  ]);
  live.close();
});

test('S1 an exchange that has ended is kept no more', () => {
  const { kept, live } = collecting();
  const exchange = exchangeOf('req_a');
  live.add(exchange);
  live.remove(exchange);
  exchange.output = 1_000;
  live.progressed(exchange);
  expect(kept).toEqual([]);
  live.close();
});
