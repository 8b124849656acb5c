import { describe, expect, test } from 'vitest';
import type { DialectId } from '../../src/core/dialect.ts';
import { SseFrameSplitter } from '../../src/framing/sse-frames.ts';
import { isComplete } from '../support/answer-complete.ts';
import { chatStreamFixtures, type Fixture, responsesStreamFixtures, streamFixtures } from '../support/fixtures.ts';
import { convertStream, PAIRS, type PairParts, pairTap } from '../support/pair-stream.ts';
import { byteByByte, randomCuts } from '../support/rechunk.ts';
import { readClientStream } from '../support/stream-grammar.ts';

/** How many ways of cutting each stream are tried in each pair. */
const CUTS = 200;

const FIXTURES: Readonly<Record<DialectId, Fixture[]>> = {
  'anthropic-messages': streamFixtures(),
  'openai-chat': chatStreamFixtures(),
  'openai-responses': responsesStreamFixtures(),
};

const ROWS = PAIRS.flatMap((pair) =>
  FIXTURES[pair.upstream.id].map(({ name, bytes }) => ({ title: `${pair.title}: ${name}`, name, pair, bytes })),
);

/** What a vendor's stream is read with. */
function partsFor(name: string): PairParts {
  return { quirks: { thinkTags: name.includes('think-tags') } };
}

describe.each(ROWS)('$title', ({ name, pair, bytes }) => {
  const convert = (chunks: Iterable<Uint8Array>, parts = partsFor(name)) => convertStream(pairTap(pair, parts), chunks);

  test('P29 P30 P78 P79 P106 P107 P108 P111 is well-formed, and has an end', () => {
    const { faults, ending } = readClientStream(pair.client.id, convert([bytes]));
    expect(faults).toEqual([]);
    expect(ending).not.toBe('open');
  });

  test('is well-formed for a client that asked for nothing more', () => {
    const modest = convert([bytes], { ...partsFor(name), body: {} });
    expect(readClientStream(pair.client.id, modest, false).faults).toEqual([]);
  });

  test('P60 U8 is the same whole, byte by byte and at random cuts', () => {
    const whole = convert([bytes]);
    expect(convert(byteByByte(bytes)).equals(whole)).toBe(true);
    for (let seed = 0; seed < CUTS; seed++) {
      if (!convert(randomCuts(bytes, seed)).equals(whole)) expect.fail(`changed by the cuts of seed ${seed}`);
    }
  });

  test('P15 P16 P28 P75 P111 P117 U6 cut behind every event, ends in an error', () => {
    const splitter = new SseFrameSplitter();
    const frames = [...splitter.push(bytes), splitter.end()];
    const wholeEnding = readClientStream(pair.client.id, convert([bytes])).ending;
    for (let count = 0; count <= frames.length; count++) {
      const given = frames.slice(0, count);
      const { faults, ending } = readClientStream(pair.client.id, convert(given));
      expect(faults).toEqual([]);
      expect(ending).toBe(isComplete(pair.upstream.id, given) ? wholeEnding : 'error');
    }
  });
});
