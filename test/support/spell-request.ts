import type { DialectId } from '../../src/core/dialect.ts';
import type { Json, JsonObject } from '../../src/core/json.ts';
import type { Called, Declared, Round, Said, Talk } from './arbitrary-conversation.ts';

/** The body in which a client of a dialect would send a conversation. */
export const SPELLERS: Readonly<Record<DialectId, (talk: Talk) => JsonObject>> = {
  'anthropic-messages': spellMessages,
  'openai-chat': spellChat,
  'openai-responses': spellResponses,
};

const calledIn = ({ reply }: Round): Called[] => reply.flatMap((part) => (part.kind === 'call' ? [part.call] : []));

/** Without what is undefined. */
function present(object: Record<string, Json | undefined>): JsonObject {
  return Object.fromEntries(
    Object.entries(object).flatMap(([key, value]) => (value === undefined ? [] : [[key, value]])),
  );
}

function spellMessages({ system, tools, rounds, last, settings }: Talk): JsonObject {
  const { choice, isSerial } = settings;
  const messages = rounds.flatMap((round, at): Json[] => {
    const calls = calledIn(round);
    const reply = round.reply.map((part) =>
      part.kind === 'text'
        ? messagesPart(part)
        : { type: 'tool_use', id: part.call.id, name: part.call.name, input: part.call.input },
    );
    const results = calls.map(({ id, result, isError }) => ({
      type: 'tool_result',
      tool_use_id: id,
      content: result.map(messagesPart),
      ...(isError && { is_error: true }),
    }));
    const next = rounds[at + 1]?.said ?? last;
    return [
      { role: 'assistant', content: reply },
      { role: 'user', content: [...results, ...next.map(messagesPart)] },
      ...(round.system === undefined
        ? []
        : [
            { role: 'system', content: round.system },
            { role: 'assistant', content: 'Noted.' },
            { role: 'user', content: 'On.' },
          ]),
    ];
  });
  const first = rounds[0]?.said ?? last;
  const parallel = isSerial ? { disable_parallel_tool_use: true } : {};
  return present({
    model: 'm',
    max_tokens: settings.maxTokens,
    ...(system.length > 0 && { system: system.map((text) => ({ type: 'text', text })) }),
    messages: [{ role: 'user', content: first.map(messagesPart) }, ...messages],
    tools: tools.map(({ name, description, schema }) => ({ name, description, input_schema: schema })),
    tool_choice: messagesChoice(choice, tools[0]?.name ?? '', parallel),
    temperature: settings.temperature,
    top_p: settings.topP,
    stop_sequences: settings.stops,
    metadata: settings.userId === undefined ? undefined : { user_id: settings.userId },
    output_config: settings.effort === undefined ? undefined : { effort: settings.effort },
    ...(settings.isStream && { stream: true }),
  });
}

function messagesChoice(
  choice: Talk['settings']['choice'],
  name: string,
  parallel: JsonObject,
): JsonObject | undefined {
  if (choice === undefined) return Object.keys(parallel).length > 0 ? { type: 'auto', ...parallel } : undefined;
  if (choice === 'none') return { type: 'none' };
  return { type: choice, ...(choice === 'tool' && { name }), ...parallel };
}

function messagesPart(part: Said): JsonObject {
  if (part.kind === 'text') return { type: 'text', text: part.text };
  if (part.kind === 'image_url') return { type: 'image', source: { type: 'url', url: part.url } };
  return { type: 'image', source: { type: 'base64', media_type: part.mediaType, data: part.data } };
}

const addressOf = (part: Exclude<Said, { kind: 'text' }>): string =>
  part.kind === 'image_url' ? part.url : `data:${part.mediaType};base64,${part.data}`;

function chatPart(part: Said): JsonObject {
  return part.kind === 'text'
    ? { type: 'text', text: part.text }
    : { type: 'image_url', image_url: { url: addressOf(part) } };
}

/** Chat has the text of an assistant in front of its calls. */
function spellChat({ system, tools, rounds, last, settings }: Talk): JsonObject {
  const messages = rounds.flatMap((round): Json[] => {
    const calls = calledIn(round);
    const texts = round.reply.flatMap((part) => (part.kind === 'text' ? [part.text] : []));
    return [
      { role: 'user', content: round.said.map(chatPart) },
      {
        role: 'assistant',
        content: texts.length === 0 ? null : texts.join(''),
        ...(calls.length > 0 && {
          tool_calls: calls.map(chatCall),
        }),
      },
      ...calls.map(({ id, result }) => ({ role: 'tool', tool_call_id: id, content: result.map(chatPart) })),
      ...(round.system === undefined ? [] : [{ role: 'system', content: round.system }]),
    ];
  });
  const { choice } = settings;
  const type = typeOf(tools[0]);
  const named = { type, [type]: { name: tools[0]?.name ?? '' } };
  return present({
    model: 'm',
    max_completion_tokens: settings.maxTokens,
    messages: [
      ...system.map((text) => ({ role: 'system', content: text })),
      ...messages,
      { role: 'user', content: last.map(chatPart) },
    ],
    tools: tools.map(({ name, description, schema, isFreeForm }) =>
      isFreeForm
        ? { type: 'custom', custom: { name, description } }
        : { type: 'function', function: { name, description, parameters: schema } },
    ),
    tool_choice: choice === 'tool' ? named : choice === 'any' ? 'required' : choice,
    stop: settings.stops,
    reasoning_effort: settings.effort,
    ...commonSettings(settings),
  });
}

const typeOf = (tool: Declared | undefined) => (tool?.isFreeForm ? 'custom' : 'function');

function chatCall({ id, name, input, isFreeForm }: Called): JsonObject {
  if (isFreeForm) return { id, type: 'custom', custom: { name, input: input['input'] ?? '' } };
  return { id, type: 'function', function: { name, arguments: JSON.stringify(input) } };
}

function commonSettings(settings: Talk['settings']): JsonObject {
  return present({
    temperature: settings.temperature,
    top_p: settings.topP,
    safety_identifier: settings.userId,
    parallel_tool_calls: settings.isSerial ? false : undefined,
    stream: settings.isStream,
  });
}

function responsesPart(part: Said): JsonObject {
  return part.kind === 'text'
    ? { type: 'input_text', text: part.text }
    : { type: 'input_image', image_url: addressOf(part), detail: 'auto' };
}

function spellResponses({ system, tools, rounds, last, settings }: Talk): JsonObject {
  const items = rounds.flatMap((round): Json[] => [
    { type: 'message', role: 'user', content: round.said.map(responsesPart) },
    ...round.reply.map((part) =>
      part.kind === 'text'
        ? { type: 'message', role: 'assistant', content: [{ type: 'output_text', text: part.text, annotations: [] }] }
        : responsesCall(part.call),
    ),
    ...calledIn(round).map(({ id, result, isFreeForm }) => ({
      type: isFreeForm ? 'custom_tool_call_output' : 'function_call_output',
      call_id: id,
      output: result.map(responsesPart),
    })),
    ...(round.system === undefined ? [] : [{ type: 'message', role: 'developer', content: round.system }]),
  ]);
  const { choice } = settings;
  return present({
    model: 'm',
    max_output_tokens: settings.maxTokens,
    ...(system.length > 0 && { instructions: system.join('\n') }),
    input: [...items, { type: 'message', role: 'user', content: last.map(responsesPart) }],
    tools: tools.map(({ name, description, schema, isFreeForm }) =>
      isFreeForm
        ? { type: 'custom', name, description }
        : { type: 'function', name, description, parameters: schema, strict: false },
    ),
    tool_choice:
      choice === 'tool'
        ? { type: typeOf(tools[0]), name: tools[0]?.name ?? '' }
        : choice === 'any'
          ? 'required'
          : choice,
    reasoning: settings.effort === undefined ? undefined : { effort: settings.effort },
    ...commonSettings(settings),
  });
}

function responsesCall({ id, name, input, isFreeForm }: Called): JsonObject {
  if (isFreeForm) return { type: 'custom_tool_call', call_id: id, name, input: input['input'] ?? '' };
  return { type: 'function_call', call_id: id, name, arguments: JSON.stringify(input) };
}
