import type { Dialect, DialectId } from '../../src/core/dialect.ts';
import { GatewayError } from '../../src/core/error.ts';
import { isJsonObject, type Json, type JsonObject } from '../../src/core/json.ts';
import { DIALECTS } from '../../src/dialects/index.ts';
import { damageStream } from './damage-stream.ts';
import {
  chatStreamFixtures,
  type Fixture,
  responseFixtures,
  responsesStreamFixtures,
  streamFixtures,
} from './fixtures.ts';
import { chosen, mutateJson } from './mutate-json.ts';
import type { Trial } from './pair-fuzz.ts';
import { clientReading, framesOf, fullAnswering } from './pair-reading.ts';
import { convertStream, PAIRS, type Pair, pairTap } from './pair-stream.ts';
import { seededBelow, seededRandom } from './rechunk.ts';
import { fuzzInputs } from './stream-fuzz.ts';
import { readClientStream } from './stream-grammar.ts';

const STREAMS: Readonly<Record<DialectId, Fixture[]>> = {
  'anthropic-messages': streamFixtures(),
  'openai-chat': chatStreamFixtures(),
  'openai-responses': responsesStreamFixtures(),
};

/** Streams of every dialect, damaged, for clients of every other. */
export function* streamTrials(seed: number): Generator<Trial> {
  const below = seededBelow(seed);
  const random = seededRandom(seed);
  const noise = Object.values(DIALECTS).map(({ id }) => ({ id, inputs: fuzzInputs(seed, STREAMS[id]) }));
  for (;;) {
    const pair = chosen(PAIRS, below);
    const damaged = noise.find(({ id }) => id === pair.upstream.id)?.inputs.next().value;
    const recorded = chosen(STREAMS[pair.upstream.id], below).bytes;
    const bytes = damaged && below(3) === 0 ? damaged : damageStream(recorded, random);
    yield {
      describe: () => `${pair.title} ${JSON.stringify(Buffer.from(bytes).toString('latin1'))}`,
      run: () => tryStream(bytes, pair),
    };
  }
}

/** Whatever an upstream sends, its client gets a stream that is right in its own format. */
function tryStream(bytes: Uint8Array, pair: Pair): void {
  const tap = pairTap(pair);
  const { faults, ending } = readClientStream(pair.client.id, convertStream(tap, [bytes]));
  if (faults.length > 0 || ending === 'open') throw new Error([...faults, `ends ${ending}`].join('; '));
  const { raw: _raw, terms: _terms, ...counters } = tap.usage;
  for (const [name, value] of Object.entries({ ...counters, estimated: tap.estimatedOutput() })) {
    if (!Number.isSafeInteger(value) || value < 0) throw new Error(`${name} is ${value}`);
  }
}

/** Whole answers, damaged, for clients of every other dialect. */
export function* answerTrials(seed: number): Generator<Trial> {
  const below = seededBelow(seed);
  const seeds: Record<DialectId, JsonObject[]> = {
    'anthropic-messages': [...joined(DIALECTS['anthropic-messages']), ...recordedAnswers()],
    'openai-chat': joined(DIALECTS['openai-chat']),
    'openai-responses': joined(DIALECTS['openai-responses']),
  };
  for (;;) {
    const pair = chosen(PAIRS, below);
    const body = mutateJson(chosen(seeds[pair.upstream.id], below), below);
    yield {
      describe: () => `${pair.title} ${JSON.stringify(body)}`,
      run: () => tryAnswer(body, pair),
    };
  }
}

function recordedAnswers(): JsonObject[] {
  return responseFixtures().flatMap(({ bytes }) => objectOf(bytes));
}

/** The whole answers that the recorded streams of a dialect spell. */
function joined({ id, relay }: Dialect): JsonObject[] {
  return STREAMS[id].flatMap(({ bytes }) => {
    try {
      return objectOf(relay.joinStream(framesOf(bytes)));
    } catch (thrown) {
      if (thrown instanceof GatewayError) return [];
      throw thrown;
    }
  });
}

function objectOf(bytes: Uint8Array): JsonObject[] {
  try {
    const value: Json = JSON.parse(Buffer.from(bytes).toString());
    return isJsonObject(value) ? [value] : [];
  } catch {
    return [];
  }
}

/** An answer is read and told on, or is a failure of the upstream; told on, it is JSON. */
function tryAnswer(body: Json, { upstream, client }: Pair): void {
  try {
    const { message } = upstream.client.parseResponse(Buffer.from(JSON.stringify(body)), clientReading('acme'));
    const given = client.server.formatResponse(message, fullAnswering({ model: 'm', messages: [] }));
    if (objectOf(given).length === 0) throw new Error('the client gets no JSON object');
    client.client.parseResponse(given, clientReading());
  } catch (thrown) {
    if (!(thrown instanceof GatewayError) || thrown.kind === 'internal') throw thrown;
  }
}
