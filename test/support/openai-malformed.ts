import type { Json, JsonObject } from '../../src/core/json.ts';
import { type MalformedRequest, malformedBytes, ODD_VALUES } from './malformed.ts';

/** What each surface takes, every field that the gateway itself looks at in use. */
const SURFACES: readonly { path: string; body: JsonObject; list: 'messages' | 'input'; limits: readonly string[] }[] = [
  {
    path: '/v1/chat/completions',
    list: 'messages',
    limits: ['max_completion_tokens', 'max_tokens'],
    body: {
      model: 'on-messages',
      max_completion_tokens: 16,
      messages: [
        { role: 'system', content: 'be brief' },
        { role: 'user', content: 'hi' },
        { role: 'assistant', content: [{ type: 'text', text: 'yes?' }] },
        { role: 'user', content: [{ type: 'text', text: 'go on' }] },
      ],
      stream: false,
      stream_options: { include_usage: true },
      tools: [{ type: 'function', function: { name: 'f', parameters: { type: 'object' } } }],
      tool_choice: 'auto',
    },
  },
  {
    path: '/v1/responses',
    list: 'input',
    limits: ['max_output_tokens'],
    body: {
      model: 'on-messages',
      max_output_tokens: 16,
      input: [
        { role: 'user', content: 'hi' },
        { type: 'message', role: 'assistant', content: [{ type: 'output_text', text: 'yes?' }] },
        { role: 'user', content: [{ type: 'input_text', text: 'go on' }] },
      ],
      store: false,
      stream: false,
      instructions: 'be brief',
      tools: [{ type: 'function', name: 'f', parameters: { type: 'object' } }],
      tool_choice: 'auto',
    },
  },
];

/** Requests that neither of OpenAI's APIs would take; the same each time. */
export function malformedOpenAiRequests(): MalformedRequest[] {
  return SURFACES.flatMap(({ path, body, list, limits }) => {
    const send = (name: string, changed: JsonObject): MalformedRequest => {
      const bytes = Buffer.from(JSON.stringify(changed));
      return { name: `${path} ${name}`, path, headers: {}, without: [], body: bytes };
    };
    const odd = (field: string, isTaken: (value: Json) => boolean) =>
      ODD_VALUES.filter((value) => !isTaken(value)).map((value) =>
        send(`${field} is ${JSON.stringify(value)}`, { ...body, [field]: value }),
      );
    return [
      ...malformedBytes(path, body),
      ...['model', list].map((field) => send(`without ${field}`, { ...body, [field]: null })),
      ...odd('model', (value) => typeof value === 'string' && value !== ''),
      ...odd('stream', (value) => value === null || typeof value === 'boolean'),
      ...odd('stream_options', (value) => typeof value === 'object' && !Array.isArray(value)),
      ...limits.flatMap((limit) => odd(limit, (value) => value === null || value === 0 || value === 1e308)),
      ...odd(list, (value) => list === 'input' && typeof value === 'string'),
      ...wrongTurns(list).map((turns) => send(`${list} are ${JSON.stringify(turns)}`, { ...body, [list]: turns })),
      ...(list === 'input' ? keptState().map((fields) => send(JSON.stringify(fields), { ...body, ...fields })) : []),
    ];
  });
}

function wrongTurns(list: 'messages' | 'input'): Json[] {
  const roles = [...ODD_VALUES, 'User', 'nobody', ...(list === 'input' ? ['tool', 'function'] : [])];
  const isContent = (value: Json) => value === null || typeof value === 'string' || isEmptyList(value);
  return [
    ...ODD_VALUES.map((value) => [value]),
    ...roles.map((role) => [{ role, content: 'x' }]),
    ...ODD_VALUES.filter((value) => !isContent(value)).map((content) => [{ role: 'user', content }]),
    ...ODD_VALUES.map((part) => [{ role: 'user', content: [part] }]),
    ...[null, 1, true, [], {}].map((type) => [{ role: 'user', content: [{ type, text: 'x' }] }]),
    [{ content: 'x' }],
    [{ role: 'user', content: [{ text: 'no type' }] }],
  ];
}

/** What leans on answers that the upstream would have kept (`translation.md` §1). */
function keptState(): JsonObject[] {
  return [
    { previous_response_id: 'resp_1' },
    { conversation: 'conv_1' },
    { conversation: { id: 'conv_1' } },
    { background: true },
    { prompt: { id: 'pmpt_1' } },
    { input: [{ type: 'item_reference', id: 'msg_1' }] },
    { input: [{ id: 'msg_1' }] },
  ];
}

function isEmptyList(value: Json): boolean {
  return Array.isArray(value) && value.length === 0;
}
