import { describe, expect, test } from 'vitest';
import type { FramePhase } from '../../src/core/dialect.ts';
import { ANTHROPIC_MESSAGES } from '../../src/dialects/anthropic-messages/index.ts';
import { SseFrameSplitter } from '../../src/framing/sse-frames.ts';
import { streamFixtures } from '../support/fixtures.ts';
import { relayNamesOf } from '../support/messages-codec.ts';
import { byteByByte, everySplit, randomCuts } from '../support/rechunk.ts';

const streams = streamFixtures();

/** What the relay makes of a stream that comes in these chunks. */
function relayed(chunks: Iterable<Uint8Array>, publicModel?: string) {
  const splitter = new SseFrameSplitter();
  const tap = ANTHROPIC_MESSAGES.relay.tap(relayNamesOf(publicModel));
  const bytes: Uint8Array[] = [];
  const phases: FramePhase[] = [];
  for (const chunk of chunks) {
    for (const frame of splitter.push(chunk)) {
      const taken = tap.take(frame);
      bytes.push(taken.bytes);
      phases.push(taken.phase);
    }
  }
  bytes.push(splitter.end());
  return { bytes: Buffer.concat(bytes), phases: phases.filter((phase) => phase !== 'lifecycle'), usage: tap.usage };
}

describe('U8 U17 P65 a relayed stream stays as it was', () => {
  test.each(streams)('at every byte split: $name', ({ bytes }) => {
    const whole = relayed([bytes]);
    expect(whole.bytes.equals(bytes)).toBe(true);
    for (const chunks of everySplit(bytes)) {
      const split = relayed(chunks);
      if (!split.bytes.equals(bytes)) expect.fail(`bytes changed by a split at ${chunks[0].length}`);
      if (!isSame(split, whole)) expect.fail(`meaning changed by a split at ${chunks[0].length}`);
    }
  });

  test.each(streams)('byte by byte and at random cuts: $name', ({ bytes }) => {
    const whole = relayed([bytes]);
    expect(relayed(byteByByte(bytes))).toEqual(whole);
    for (let seed = 1; seed <= 20; seed++) expect(relayed(randomCuts(bytes, seed))).toEqual(whole);
  });

  test.each(streams)('with the model put back, however it is cut: $name', ({ bytes }) => {
    const renamed = relayed([bytes], 'public-name');
    const expected = bytes.toString().replace(/("model" ?: ?)"claude(-|\\u002d)sonnet-5-5"/, '$1"public-name"');
    expect(renamed.bytes.toString()).toBe(expected);
    for (let seed = 1; seed <= 5; seed++) expect(relayed(randomCuts(bytes, seed), 'public-name')).toEqual(renamed);
  });
});

type Relayed = ReturnType<typeof relayed>;

function isSame(one: Relayed, other: Relayed): boolean {
  return JSON.stringify([one.phases, one.usage]) === JSON.stringify([other.phases, other.usage]);
}
