import type { Json, JsonObject } from '../../src/core/json.ts';
import { seededRandom } from './rechunk.ts';

/** A request that the API it goes to would not take: why, where it goes, and what it carries. */
export type MalformedRequest = {
  name: string;
  path: string;
  headers: Record<string, string>;
  /** Names of usual headers to leave out. */
  without: string[];
  body: Buffer;
};

const GENERATE = '/v1/messages';
const COUNT = '/v1/messages/count_tokens';

const VALID = {
  model: 'claude-opus-5',
  max_tokens: 16,
  messages: [
    { role: 'user', content: 'hi' },
    { role: 'assistant', content: [{ type: 'text', text: 'yes?' }] },
    { role: 'user', content: [{ type: 'text', text: 'go on' }] },
  ],
  system: 'be brief',
  stream: false,
  stop_sequences: ['END'],
  tools: [{ name: 'f', description: 'd', input_schema: { type: 'object' } }],
  tool_choice: { type: 'auto' },
  metadata: { user_id: 'u' },
} satisfies JsonObject;

/** Values of every JSON type, odd ones among them. */
export const ODD_VALUES: Json[] = [
  null,
  true,
  false,
  0,
  -1,
  1.5,
  1e308,
  '',
  'text',
  [],
  [[]],
  [null],
  {},
  { type: 5 },
  { a: [] },
];

/** For each field that the gateway knows, which of `ODD_VALUES` the API would take; an optional field may be null. */
const ACCEPTED: Record<string, (value: Json) => boolean> = {
  model: (value) => typeof value === 'string' && value !== '',
  // More than any model gives is the upstream's to refuse.
  max_tokens: (value) => value === 0 || value === 1e308,
  messages: () => false,
  stream: (value) => value === null || typeof value === 'boolean',
  system: (value) => value === null || typeof value === 'string' || isEmptyList(value),
  stop_sequences: (value) => value === null || isEmptyList(value),
  tools: (value) => value === null || isEmptyList(value),
  tool_choice: (value) => value === null,
  metadata: (value) => typeof value === 'object' && !Array.isArray(value),
};

/** Every request of the corpus of the Messages API; the same each time. */
export function malformedRequests(): MalformedRequest[] {
  return [
    ...malformedBytes(GENERATE, VALID),
    ...missingFields(),
    ...wrongTypes(),
    ...wrongMessages(),
    ...wrongHeaders(),
    ...wrongPaths(),
  ];
}

/**
 * Bodies that are wrong before anybody looks at their fields, most of them made from a valid one.
 * @param broken how many of them have one forbidden byte.
 */
export function malformedBytes(path: string, valid: JsonObject, broken = 1_400): MalformedRequest[] {
  return [
    ...curatedBodies().map((body, index) => request(`curated ${index}: ${body.subarray(0, 40).toString()}`, body)),
    ...truncations(valid),
    ...brokenBytes(valid, broken),
    ...nestings(valid),
    ...repeatedKeys(valid),
  ].map((malformed) => ({ ...malformed, name: `${path} ${malformed.name}`, path }));
}

function request(name: string, body: Buffer | Json, more: Partial<MalformedRequest> = {}): MalformedRequest {
  const bytes = Buffer.isBuffer(body) ? body : Buffer.from(JSON.stringify(body));
  return { name, path: GENERATE, headers: {}, without: [], body: bytes, ...more };
}

function curatedBodies(): Buffer[] {
  const texts = [
    '',
    ' ',
    '\n',
    'null',
    'true',
    '0',
    '"text"',
    '[]',
    '{}',
    '[{}]',
    '{',
    '}',
    '{"',
    '{"model"',
    '{"model":',
    '{"model":}',
    '{,}',
    '{"a":1,}',
    "{'model':'x'}",
    '{model:"x"}',
    '{"a":NaN}',
    '{"a":Infinity}',
    '{"a":undefined}',
    '{"a":01}',
    '{"a":+1}',
    '{"a":.5}',
    '{"a":5.}',
    '{"a":1e}',
    '{"a":0x10}',
    '{"a":"\\x"}',
    '{"a":"\\u12"}',
    '{"a":"\t"}',
    '{"a":"\n"}',
    '{"a" 1}',
    '{"a":1 "b":2}',
    '{"a":1}{"b":2}',
    '{"a":1}x',
    '/* c */{}',
    '{"a":1 // c\n}',
    'data: {}',
    '<xml/>',
    'model=claude&x=1',
    '--boundary\r\nContent-Disposition: form-data',
    '\u0000',
    '{"a":"\u0000"}',
    '{"a":tru}',
    '{"a":nul}',
    '{"a":[1,2}',
    '{"a":{"b":1]}',
  ];
  const bytes = [
    [0xff, 0xfe, 0x7b, 0x00, 0x7d, 0x00],
    [0x1f, 0x8b, 0x08, 0x00],
    [0xef, 0xbb, 0xbf],
    [0x80],
    [0xc3, 0x28],
  ];
  return [...texts.map((text) => Buffer.from(text)), ...bytes.map((raw) => Buffer.from(raw))];
}

function missingFields(): MalformedRequest[] {
  const without = (field: string) => Object.fromEntries(Object.entries(VALID).filter(([name]) => name !== field));
  return [
    ...['model', 'max_tokens', 'messages'].map((field) => request(`without ${field}`, without(field))),
    ...['model', 'messages'].map((field) => request(`count without ${field}`, without(field), { path: COUNT })),
  ];
}

function wrongTypes(): MalformedRequest[] {
  return Object.entries(ACCEPTED).flatMap(([field, accepts]) =>
    ODD_VALUES.filter((value) => !accepts(value)).flatMap((value) => {
      const body = { ...VALID, [field]: value };
      const name = `${field} is ${JSON.stringify(value)}`;
      const counted =
        field !== 'max_tokens' && field !== 'stream' && field !== 'stop_sequences' && field !== 'metadata';
      return [
        request(name, body),
        request(`${name}, with ?beta=true`, body, { path: `${GENERATE}?beta=true` }),
        ...(counted ? [request(`count: ${name}`, body, { path: COUNT })] : []),
      ];
    }),
  );
}

function wrongMessages(): MalformedRequest[] {
  const message = ODD_VALUES.map((value) => [value]);
  const role = [...ODD_VALUES, 'User', 'tool', 'developer', 'function'].map((value) => [{ role: value, content: 'x' }]);
  const content = ODD_VALUES.filter((value) => typeof value !== 'string' && !isEmptyList(value)).map((value) => [
    { role: 'user', content: value },
  ]);
  const blocks = ODD_VALUES.map((value) => [{ role: 'user', content: [value] }]);
  const types = [null, 1, true, [], {}].map((value) => [{ role: 'user', content: [{ type: value, text: 'x' }] }]);
  const absent = [[{ content: 'x' }], [{ role: 'user' }], [{ role: 'user', content: [{ text: 'no type' }] }]];
  return [...message, ...role, ...content, ...blocks, ...types, ...absent].flatMap((messages) =>
    [GENERATE, COUNT].map((path) =>
      request(`${path} messages are ${JSON.stringify(messages)}`, { ...VALID, messages }, { path }),
    ),
  );
}

function wrongHeaders(): MalformedRequest[] {
  const header = (name: string, value: string) => request(`${name}: ${value}`, VALID, { headers: { [name]: value } });
  return [
    request('no version', VALID, { without: ['anthropic-version'] }),
    // A version that is only unknown is the upstream's to refuse: it may be newer than this gateway.
    header('anthropic-version', ''),
    request('no key', VALID, { without: ['x-api-key'] }),
    ...['', 'x', 'sk-ez-aaaaaaaaaaaa', 'sk-ant-api03-something', 'Bearer x'].map((value) => header('x-api-key', value)),
    ...['zebra', 'gzip', 'br', 'deflate'].map((value) => header('content-encoding', value)),
    ...['text/plain', 'application/xml', 'multipart/form-data; boundary=x', 'application/x-www-form-urlencoded'].map(
      (value) =>
        request(`content-type ${value}`, Buffer.from('model=claude-opus-5&max_tokens=1'), {
          headers: { 'content-type': value },
        }),
    ),
  ];
}

/** A valid body cut short at every byte is never valid. */
function truncations(valid: JsonObject): MalformedRequest[] {
  const whole = Buffer.from(JSON.stringify(valid));
  return Array.from({ length: whole.length }, (_, length) =>
    request(`cut after ${length} bytes`, whole.subarray(0, length)),
  );
}

/** A valid body with one byte that JSON or UTF-8 forbids where it stands. */
function brokenBytes(valid: JsonObject, count: number): MalformedRequest[] {
  const whole = Buffer.from(JSON.stringify(valid));
  const random = seededRandom(20261123);
  const forbidden = [0x00, 0x01, 0x0a, 0x1f, 0x80, 0xbf, 0xc0, 0xc1, 0xf5, 0xfe, 0xff];
  return Array.from({ length: count }, (_, index) => {
    const byte = forbidden[Math.floor(random() * forbidden.length)] ?? 0;
    const at = 1 + Math.floor(random() * (whole.length - 2));
    const body = Buffer.from(whole);
    body[at] = byte;
    return request(`broken ${index}: byte ${byte} at ${at}`, body);
  }).filter(({ body }) => !isJson(body));
}

function nestings(valid: JsonObject): MalformedRequest[] {
  return [129, 130, 200, 1_000, 10_000, 100_000].flatMap((depth) =>
    [
      ['[', ']'],
      ['{"a":', '}'],
    ].map(([open = '', close = '']) => {
      const deep = `${open.repeat(depth)}${open === '[' ? '' : '1'}${close.repeat(depth)}`;
      return request(`depth ${depth} of ${open}`, Buffer.from(JSON.stringify(valid).replace(/}$/, `,"deep":${deep}}`)));
    }),
  );
}

function repeatedKeys(valid: JsonObject): MalformedRequest[] {
  return Object.entries(valid).flatMap(([field, value]) =>
    [value, null].map((again) =>
      request(
        `${field} twice`,
        Buffer.from(JSON.stringify(valid).replace(/}$/, `,"${field}":${JSON.stringify(again)}}`)),
      ),
    ),
  );
}

function wrongPaths(): MalformedRequest[] {
  const paths = [
    '/v1',
    '/v1/',
    '/v1/message',
    '/messages',
    '/v1/messages/x',
    '/V1/MESSAGES',
    '/v1/messages%00',
    '/..%2f',
    '/v3/messages',
    '/api',
  ];
  return paths.map((path) => request(`path ${path}`, VALID, { path }));
}

function isEmptyList(value: Json): boolean {
  return Array.isArray(value) && value.length === 0;
}

function isJson(body: Buffer): boolean {
  try {
    JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body));
    return true;
  } catch {
    return false;
  }
}
