import { fold } from '../../src/core/event.ts';
import { ANTHROPIC_MESSAGES } from '../../src/dialects/anthropic-messages/index.ts';
import { FrameTooLargeError, parseFrame, SseFrameSplitter } from '../../src/framing/sse-frames.ts';
import { type Fixture, streamFixtures } from './fixtures.ts';
import { answeringOf, readingOf, relayNamesOf } from './messages-codec.ts';
import { randomCuts, seededRandom } from './rechunk.ts';

/** Longest input, in bytes: small enough that many are tried, large enough for whole streams. */
const MAX_INPUT_BYTES = 4_000;

/** Longest single event: small, so that the limit is met. */
const MAX_EVENT_BYTES = 2_000;

/** One input slower than this counts as hanging, in ms. */
const MAX_INPUT_MS = 1_000;

/** What a random insertion is made of: pieces that mean something to one of the readers. */
const PIECES = [
  '\n\n',
  '\r',
  'data: ',
  'event: error\n',
  'event: message_stop\ndata: {"type":"message_stop"}\n\n',
  'event: error\ndata: {"type":"error","error":{"type":"constructor"}}\n\n',
  ': {\n',
  '\ufeff',
  '"__proto__":{"a":1},',
  '"usage":null,',
  '"type":"toString",',
  '"index":-1,',
  '"index":1e308,',
  '{"type":"message_start","message":{}}',
  '[[[[',
  '}}}}',
  'null',
  '"',
  '\\',
  '-1',
  '\u2028',
];

/** Makes the inputs of a fuzz run: recorded streams with random damage, and random bytes; the same seed makes the same. */
export function* fuzzInputs(seed: number, fixtures: readonly Fixture[] = streamFixtures()): Generator<Uint8Array> {
  const random = seededRandom(seed);
  const below = (limit: number) => Math.floor(random() * limit);
  const recorded = fixtures.map(({ bytes }) => bytes.subarray(0, MAX_INPUT_BYTES));
  for (;;) {
    const isNoise = random() < 0.1;
    let bytes: Buffer = isNoise
      ? Buffer.from(Array.from({ length: below(300) }, () => below(256)))
      : Buffer.from(recorded[below(recorded.length)] ?? []);
    for (let left = below(6); left > 0; left--) bytes = damaged(bytes, below);
    yield bytes;
  }
}

/** What may stand in the place of any value: JSON stays JSON, and its readers get what they did not expect. */
const ODD_VALUES = [
  ...['null', 'true', '-1', '-7', '0.5', '1e308', '9007199254740993', '""', '{}', '[]', '[1]', '[null]', '{"type":1}'],
  ...[
    '"constructor"',
    '"__proto__"',
    '"toString"',
    '"error"',
    '"message_stop"',
    '"authentication_error"',
    '"text_delta"',
  ],
  ...['"input_json_delta"', '"citations_delta"', '{"__proto__":{"a":1}}', '{"output_tokens":-3}', '"\\ud800"'],
];

const VALUE = /:\s?(?:"(?:[^"\\]|\\.)*"|-?\d+|null|\{\}|\[\])/g;

/** The stream with one value of its JSON replaced. */
function misled(bytes: Buffer, below: (limit: number) => number): Buffer {
  const text = bytes.toString('latin1');
  const values = [...text.matchAll(VALUE)];
  const chosen = values[below(values.length)];
  if (!chosen) return bytes;
  const odd = ODD_VALUES[below(ODD_VALUES.length)] ?? 'null';
  const end = chosen.index + chosen[0].length;
  return Buffer.from(`${text.slice(0, chosen.index)}:${odd}${text.slice(end)}`, 'latin1');
}

function damaged(bytes: Buffer, below: (limit: number) => number): Buffer {
  if (below(3) > 0) return misled(bytes, below);
  const at = below(bytes.length + 1);
  const length = below(60);
  const [before, cut, after] = [bytes.subarray(0, at), bytes.subarray(at, at + length), bytes.subarray(at + length)];
  switch (below(5)) {
    case 0:
      return Buffer.concat([before, Buffer.from([below(256)]), bytes.subarray(at + 1)]);
    case 1:
      return Buffer.concat([before, after]);
    case 2:
      return Buffer.concat([before, cut, cut, after]);
    case 3:
      return before;
    default:
      return Buffer.concat([before, Buffer.from(PIECES[below(PIECES.length)] ?? ''), cut, after]);
  }
}

/**
 * Sends one input through everything that reads an upstream's stream.
 * @throws Error when a reader crashed, lost bytes, or took too long; refusals that are foreseen are none.
 */
export function readEverything(input: Uint8Array, seed: number): void {
  const startedAt = performance.now();
  const splitter = new SseFrameSplitter(MAX_EVENT_BYTES);
  const frames: Uint8Array[] = [];
  try {
    for (const chunk of randomCuts(input, seed, 200)) frames.push(...splitter.push(chunk));
  } catch (thrown) {
    if (!(thrown instanceof FrameTooLargeError)) throw thrown;
    return;
  }
  frames.push(splitter.end());
  if (!Buffer.concat(frames).equals(input)) throw new Error('the frames are not the stream');
  tapAll(frames);
  foldAll(frames);
  if (performance.now() - startedAt > MAX_INPUT_MS) throw new Error('took too long');
}

function tapAll(frames: readonly Uint8Array[]): void {
  const tap = ANTHROPIC_MESSAGES.relay.tap(relayNamesOf('public'));
  for (const frame of frames) tap.take(frame);
  const { raw: _raw, terms: _terms, ...counters } = tap.usage;
  for (const [name, value] of Object.entries({ ...counters, estimated: tap.estimatedOutput() })) {
    if (!Number.isSafeInteger(value) || value < 0) throw new Error(`${name} is ${value}`);
  }
  if (!tap.error) return;
  const { status } = ANTHROPIC_MESSAGES.server.formatError(tap.error, 'req_1');
  if (!Number.isInteger(status) || status < 400 || status > 599) throw new Error(`an error with status ${status}`);
}

/** A decoder and a fold may refuse what they read, with an Error that says why. */
function foldAll(frames: readonly Uint8Array[]): void {
  const decoder = ANTHROPIC_MESSAGES.client.streamDecoder(readingOf());
  const answering = answeringOf();
  const encoder = ANTHROPIC_MESSAGES.server.streamEncoder(answering);
  try {
    const parsed = frames.flatMap((frame) => parseFrame(frame) ?? []);
    const events = [...parsed.flatMap((frame) => decoder.push(frame)), ...decoder.end()];
    for (const event of events) encoder.push(event);
    ANTHROPIC_MESSAGES.server.formatResponse(fold(events), answering);
    ANTHROPIC_MESSAGES.relay.joinStream(parsed);
  } catch (thrown) {
    if (!(thrown instanceof Error) || thrown instanceof TypeError || thrown instanceof RangeError) throw thrown;
  }
}
