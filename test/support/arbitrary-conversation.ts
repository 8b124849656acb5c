import fc from 'fast-check';
import type { JsonObject } from '../../src/core/json.ts';

/** A picture, given by its bytes or by its address. */
export type SaidImage = { kind: 'image'; mediaType: string; data: string } | { kind: 'image_url'; url: string };

/** A text or a picture. */
export type Said = { kind: 'text'; text: string } | SaidImage;

/** A call, and what came of it. */
export type Called = {
  id: string;
  name: string;
  /** Of a free-form tool: its text, as `input`. */
  input: JsonObject;
  isFreeForm: boolean;
  result: Said[];
  isError: boolean;
};

/** One exchange: what the user says, what the model says and calls, and a system message behind it all. */
export type Round = {
  said: Said[];
  reply: ({ kind: 'text'; text: string } | { kind: 'call'; call: Called })[];
  system: string | undefined;
};

/** What every dialect has a field for. */
export type Settings = {
  maxTokens: number;
  temperature: number | undefined;
  topP: number | undefined;
  stops: string[];
  userId: string | undefined;
  effort: string | undefined;
  choice: 'auto' | 'any' | 'none' | 'tool' | undefined;
  isSerial: boolean;
  isStream: boolean;
};

/** A tool that the caller declares. */
export type Declared = {
  name: string;
  description: string;
  schema: JsonObject;
  /** It takes a text, where the format has such tools; its schema is that of its canonical form. */
  isFreeForm: boolean;
};

/** A conversation that can be had in any dialect. */
export type Talk = { system: string[]; tools: Declared[]; rounds: Round[]; last: Said[]; settings: Settings };

/** A text of any characters, never blank: what blank texts become is told by tests of their own. */
export const someText = fc
  .tuple(
    fc.constantFrom('', ' ', '\n'),
    fc.string({ unit: 'grapheme', maxLength: 12 }),
    fc.constantFrom('', ' ', '\n\n'),
  )
  .map(([before, text, behind]) => `${before}t${text}${behind}`);

/** How files of one pixel begin: APIs look. */
const PICTURES: readonly (readonly [string, string])[] = [
  ['image/png', '\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x01\0\0\0\x01\x08\x02\0\0\0'],
  ['image/gif', 'GIF89a\x01\0\x01\0\0\0\0'],
];

const image: fc.Arbitrary<SaidImage> = fc.oneof(
  fc.record({ type: fc.constantFrom(...PICTURES), rest: fc.uint8Array({ maxLength: 9 }) }).map(({ type, rest }) => {
    const [mediaType, magic] = type;
    const data = Buffer.concat([Buffer.from(magic, 'latin1'), rest]).toString('base64');
    return { kind: 'image' as const, mediaType, data };
  }),
  fc.webUrl().map((url) => ({ kind: 'image_url' as const, url })),
);

const text = someText.map((text) => ({ kind: 'text' as const, text }));
const said = fc.array(fc.oneof({ arbitrary: text, weight: 3 }, { arbitrary: image, weight: 1 }), {
  minLength: 1,
  maxLength: 3,
});

/** What a tool may be called with; no negative zero, which JSON does not have. */
export const someInput: fc.Arbitrary<JsonObject> = fc
  .dictionary(fc.string({ maxLength: 6 }), fc.jsonValue({ maxDepth: 2 }), { maxKeys: 3 })
  .map((input) => JSON.parse(JSON.stringify(input)));

const ID_CHARACTERS = [...'abcXYZ019_-'];

/** Ids that fit everywhere, and some too long for OpenAI. */
const someId = fc.oneof(
  { arbitrary: fc.string({ unit: fc.constantFrom(...ID_CHARACTERS), maxLength: 20 }), weight: 4 },
  { arbitrary: fc.string({ unit: fc.constantFrom(...ID_CHARACTERS), minLength: 40, maxLength: 50 }), weight: 1 },
);

/** Names that fit, and some too long (P88). */
const someName = fc
  .oneof(
    { arbitrary: fc.string({ unit: fc.constantFrom(...ID_CHARACTERS), maxLength: 20 }), weight: 4 },
    { arbitrary: fc.string({ unit: fc.constantFrom(...ID_CHARACTERS), minLength: 64, maxLength: 90 }), weight: 1 },
  )
  .map((name) => `n${name}`);

const settings: fc.Arbitrary<Settings> = fc.record({
  maxTokens: fc.integer({ min: 16, max: 4096 }),
  temperature: fc.option(
    fc.integer({ min: 0, max: 10 }).map((tenths) => tenths / 10),
    { nil: undefined },
  ),
  topP: fc.option(
    fc.integer({ min: 1, max: 10 }).map((tenths) => tenths / 10),
    { nil: undefined },
  ),
  stops: fc.uniqueArray(someText, { maxLength: 4 }),
  userId: fc.option(fc.string({ unit: fc.constantFrom(...ID_CHARACTERS), minLength: 1, maxLength: 60 }), {
    nil: undefined,
  }),
  effort: fc.constantFrom(undefined, 'low', 'medium', 'high'),
  choice: fc.constantFrom(undefined, 'auto', 'any', 'none', 'tool'),
  isSerial: fc.boolean(),
  isStream: fc.boolean(),
});

/** What a free-form tool takes as a function (`translation.md` §3). */
const FREE_FORM_SCHEMA: JsonObject = {
  type: 'object',
  properties: { input: { type: 'string' } },
  required: ['input'],
  additionalProperties: false,
};

const tools: fc.Arbitrary<Declared[]> = fc.uniqueArray(
  fc
    .record({ name: someName, description: someText, values: someInput, isFreeForm: fc.nat(3).map((nth) => nth === 3) })
    .map(({ values, ...tool }) => ({
      ...tool,
      schema: tool.isFreeForm ? FREE_FORM_SCHEMA : { type: 'object', properties: { given: { enum: [values] } } },
    })),
  { minLength: 1, maxLength: 3, selector: ({ name }) => name },
);

type RawCall = { id: string; tool: number; input: JsonObject; result: Said[]; isError: boolean };

const rawRound = fc.record({
  said,
  texts: fc.array(someText, { maxLength: 2 }),
  calls: fc.array(fc.record({ id: someId, tool: fc.nat(2), input: someInput, result: said, isError: fc.boolean() }), {
    maxLength: 3,
  }),
  areCallsFirst: fc.boolean(),
  system: fc.option(someText, { nil: undefined, freq: 5 }),
});

/** Any conversation that a well-behaved client could have had. */
export const someTalk: fc.Arbitrary<Talk> = fc
  .record({
    system: fc.array(someText, { maxLength: 2 }),
    tools,
    rounds: fc.array(rawRound, { maxLength: 3 }),
    last: said,
    settings,
  })
  .map(({ rounds, ...talk }) => ({ ...talk, rounds: rounds.map((round, at) => finished(round, at, talk.tools)) }));

/** Gives each call an id of its own and a tool that was declared; a model that calls nothing says something. */
function finished(
  raw: { said: Said[]; texts: string[]; calls: RawCall[]; areCallsFirst: boolean; system: string | undefined },
  at: number,
  declared: Declared[],
): Round {
  const spoken = raw.texts.length + raw.calls.length === 0 ? ['t'] : raw.texts;
  const texts = spoken.map((text) => ({ kind: 'text' as const, text }));
  const calls = raw.calls.map(({ id, tool, ...call }, index) => {
    const { name = '', isFreeForm = false } = declared[tool % declared.length] ?? {};
    const input = isFreeForm ? { input: JSON.stringify(call.input) } : call.input;
    return { kind: 'call' as const, call: { ...call, id: `c${at}_${index}${id}`, name, input, isFreeForm } };
  });
  return { said: raw.said, reply: raw.areCallsFirst ? [...calls, ...texts] : [...texts, ...calls], system: raw.system };
}
