import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Json } from '../../src/core/json.ts';
import { SEAL_TAG } from '../../src/core/opaque.ts';
import { OPENAI_QUIRKS } from '../../src/core/quirks.ts';
import { DIALECTS } from '../../src/dialects/index.ts';
import { someText } from '../support/arbitrary-conversation.ts';
import { testTools } from '../support/codec-tools.ts';
import { PAIRS, type Pair } from '../support/pair-stream.ts';
import {
  ANSWERERS,
  answerFor,
  HistoryClient,
  type ModelTurn,
  objectOf,
  requestFor,
  STATES_IN,
} from '../support/pair-turns.ts';

const RUNS = 150;

/** Marks what a provider gave, so that it can be looked for anywhere. */
const SECRET = 'SECRET';

const turn: fc.Arbitrary<ModelTurn> = fc.record({
  thinking: someText.map((text) => `${SECRET}${text}`),
  state: fc.base64String({ minLength: 4, maxLength: 60 }).map((state) => `${SECRET}${state}`),
  isRedacted: fc.boolean(),
  text: someText,
  isCall: fc.boolean(),
});

const talk = fc.record({ turns: fc.array(turn, { minLength: 1, maxLength: 4 }), isStream: fc.boolean() });

/** Has the whole conversation. @returns the client at its end, and what the upstream gave it to be given back. */
function converse({ turns, isStream }: { turns: ModelTurn[]; isStream: boolean }, pair: Pair) {
  const { upstream, client } = pair;
  const person = new HistoryClient(client.id);
  const states: Json[] = [];
  for (const [at, each] of turns.entries()) {
    const answer = ANSWERERS[upstream.id](each, at);
    states.push(...answer.states);
    const { request } = client.server.parseRequest(person.body, 'generate', testTools());
    person.take(answerFor(pair, answer.body, request, isStream));
  }
  return { person, states };
}

describe.each(PAIRS)('opaque state over several turns, $title', (pair) => {
  const { upstream, client } = pair;

  test('P5 P6 P18 P38 P66 P86 P95 P99 comes back byte for byte to the provider that gave it', () => {
    fc.assert(
      fc.property(talk, (given) => {
        const { person, states } = converse(given, pair);
        const sent = requestFor(client, upstream, person.body, 'acme');
        expect(STATES_IN[upstream.id](objectOf(sent))).toEqual(states);
        expect(sent).not.toContain(SEAL_TAG);
        expect(requestFor(client, upstream, person.body, 'acme')).toBe(sent);
      }),
      { numRuns: RUNS },
    );
  });

  test('P7 P85 P102 P105 is never shown to another, in any dialect, nor the thinking that it proves', () => {
    fc.assert(
      fc.property(talk, (given) => {
        const { person } = converse(given, pair);
        for (const other of Object.values(DIALECTS).filter(({ id }) => id !== client.id)) {
          const sent = requestFor(client, other, person.body, 'other');
          expect(sent).not.toContain(SEAL_TAG);
          expect(sent).not.toContain(SECRET);
        }
        const relayed = relay(pair, person);
        expect(relayed).not.toContain(SEAL_TAG);
        expect(relayed).not.toContain(Buffer.from(SECRET).toString('base64url'));
      }),
      { numRuns: RUNS },
    );
  });

  /** What an upstream of another provider gets that speaks the client's own dialect: bytes, but for the sealed states. */
  function relay({ client: { relay: codec } }: Pair, { body }: HistoryClient): string {
    const bytes = Buffer.from(JSON.stringify(body));
    const { envelope } = testTools();
    const target = { provider: 'other', quirks: OPENAI_QUIRKS, envelope, mayHoldSealed: true };
    return Buffer.from(codec.splice(bytes, codec.edits(body, target))).toString();
  }
});
