import { isJsonObject, type Json, type JsonObject, objectAt, stringAt } from '../../src/core/json.ts';
import type { LossCode } from '../../src/core/loss.ts';
import type { MessagesRequest } from '../../src/core/message.ts';

/** What may be done to a request before it is compared: each only where its loss has been reported. */
export type Allowances = {
  losses: ReadonlySet<LossCode>;
  /** The caller's name of a tool by the one that went upstream. */
  nameOf(name: string): string;
};

/** A turn as one text for each thing in it. */
type NormalTurn = { role: string; parts: string[] };

/** A request reduced to what every dialect can say. */
export type NormalRequest = { system: string; turns: NormalTurn[]; settings: JsonObject };

/**
 * The normal form: system texts joined by line ends; turns of one side in a row merged, results first; the texts of an assistant
 * that stand side by side joined without, those of a result joined with a line end; calls by name, id and input.
 */
export function normalForm(request: MessagesRequest, { nameOf }: Pick<Allowances, 'nameOf'>): NormalRequest {
  const turns: NormalTurn[] = [];
  for (const { role, content } of request.messages) {
    const parts = blocksOf(content).flatMap((block) => partOf(block, nameOf));
    const last = turns.at(-1);
    if (last?.role === role) last.parts.push(...parts);
    else turns.push({ role, parts });
  }
  return {
    system: textsOf(request.system ?? '').join('\n'),
    turns: turns.map(({ role, parts }) => ({
      role,
      parts: role === 'user' ? resultsFirst(parts) : joinedTexts(parts),
    })),
    settings: settingsOf(request, nameOf),
  };
}

/** What the documented losses of a conversion make of a canonical request; applied to what went in. */
export function withLosses(request: MessagesRequest, { losses }: Pick<Allowances, 'losses'>): MessagesRequest {
  const messages = request.messages.map((message) => {
    let blocks = blocksOf(message.content);
    if (losses.has('tool_error_flattened')) blocks = blocks.map(withErrorText);
    if (losses.has('image_moved')) blocks = withMovedImages(blocks);
    if (losses.has('order_changed') && message.role === 'assistant') blocks = callsLast(blocks);
    if (losses.has('system_moved_into_user') && message.role === 'system') {
      const notes = textsOf(message.content).map((text) => ({
        type: 'text',
        text: `<system-note>\n${text}\n</system-note>`,
      }));
      return { role: 'user' as const, content: notes };
    }
    return { role: message.role, content: blocks };
  });
  return { ...request, messages };
}

type Block = { type: string } & JsonObject;

function blocksOf(content: Json | undefined): Block[] {
  if (typeof content === 'string') return [{ type: 'text', text: content }];
  return Array.isArray(content)
    ? content.filter((block): block is Block => isJsonObject(block) && typeof block['type'] === 'string')
    : [];
}

const textsOf = (content: Json): string[] => blocksOf(content).flatMap((block) => stringAt(block, 'text') ?? []);

function partOf(block: Block, nameOf: (name: string) => string): string[] {
  switch (block.type) {
    case 'text':
      return [`text ${stringAt(block, 'text')}`];
    case 'image':
      return [`image ${JSON.stringify(block['source'])}`];
    case 'tool_use':
      return [`call ${block['id']} ${nameOf(stringAt(block, 'name') ?? '')} ${canonicalJson(block['input'] ?? {})}`];
    case 'tool_result':
      return [`result ${block['tool_use_id']}${block['is_error'] === true ? ' failed' : ''} ${resultOf(block)}`];
    default:
      return [JSON.stringify(block)];
  }
}

function resultOf({ content }: Block): string {
  const blocks = blocksOf(content);
  const isText = blocks.every(({ type }) => type === 'text');
  if (isText) return JSON.stringify(textsOf(content ?? '').join('\n'));
  return JSON.stringify(blocks.flatMap((block) => partOf(block, (name) => name)));
}

/** JSON with sorted keys: their order says nothing. */
function canonicalJson(value: Json): string {
  return JSON.stringify(value, (_key, each: Json) =>
    isJsonObject(each)
      ? Object.fromEntries(Object.entries(each).sort(([one], [other]) => (one < other ? -1 : 1)))
      : each,
  );
}

function resultsFirst(parts: string[]): string[] {
  const isResult = (part: string) => part.startsWith('result ');
  return [...parts.filter(isResult), ...parts.filter((part) => !isResult(part))];
}

function joinedTexts(parts: string[]): string[] {
  const joined: string[] = [];
  for (const part of parts) {
    const last = joined.at(-1);
    if (last?.startsWith('text ') && part.startsWith('text ')) joined[joined.length - 1] = last + part.slice(5);
    else joined.push(part);
  }
  return joined;
}

function withErrorText(block: Block): Block {
  if (block['is_error'] !== true) return block;
  const { is_error: _told, ...result } = block;
  const [first, ...rest] = blocksOf(block['content']);
  if (first?.type !== 'text')
    return {
      ...result,
      type: 'tool_result',
      content: [{ type: 'text', text: '[tool error]' }, ...blocksOf(block['content'])],
    };
  return { ...result, type: 'tool_result', content: [{ ...first, text: `[tool error] ${first['text']}` }, ...rest] };
}

/** Chat: files of results stand behind all results, each group under a line that says whose they are (P22). */
function withMovedImages(blocks: Block[]): Block[] {
  const moved: Block[] = [];
  const kept = blocks.map((block) => {
    const parts = block.type === 'tool_result' ? blocksOf(block['content']) : [];
    const files = parts.filter(({ type }) => type !== 'text');
    if (files.length === 0) return block;
    moved.push({ type: 'text', text: `Output of tool call ${block['tool_use_id']}:` }, ...files);
    const texts = parts.filter(({ type }) => type === 'text');
    const content = texts.length > 0 ? texts : [{ type: 'text', text: '(The output is in the next user message.)' }];
    return { ...block, content };
  });
  const results = kept.filter(({ type }) => type === 'tool_result');
  return [...results, ...moved, ...kept.filter(({ type }) => type !== 'tool_result')];
}

function callsLast(blocks: Block[]): Block[] {
  return [...blocks.filter(({ type }) => type !== 'tool_use'), ...blocks.filter(({ type }) => type === 'tool_use')];
}

/** What the budgets stand for on models that know no effort (`translation.md` §6). */
const EFFORT_OF_BUDGET: ReadonlyMap<Json, string> = new Map<Json, string>([
  [2048, 'low'],
  [8192, 'medium'],
  [16_384, 'high'],
]);

function settingsOf(request: MessagesRequest, nameOf: (name: string) => string): JsonObject {
  const {
    max_tokens,
    temperature,
    top_p,
    stop_sequences,
    tools,
    tool_choice,
    metadata,
    output_config,
    thinking,
    stream,
  } = request;
  const chosen = stringAt(tool_choice ?? {}, 'name');
  return {
    max_tokens: max_tokens ?? null,
    // The default of every dialect, whether it is said or not.
    temperature: temperature === 1 ? null : (temperature ?? null),
    top_p: top_p ?? null,
    stop_sequences: stop_sequences ?? [],
    tools: (tools ?? []).map((tool) => ({
      name: nameOf(stringAt(tool, 'name') ?? ''),
      description: tool['description'] ?? null,
      input_schema: canonicalJson(tool['input_schema'] ?? null),
    })),
    tool_choice: chosen === undefined ? (tool_choice?.['type'] ?? 'auto') : `tool ${nameOf(chosen)}`,
    is_serial: tool_choice?.['disable_parallel_tool_use'] === true,
    user_id: objectAt({ metadata: metadata ?? null }, 'metadata')?.['user_id'] ?? null,
    effort: output_config?.['effort'] ?? EFFORT_OF_BUDGET.get(thinking?.['budget_tokens'] ?? null) ?? null,
    stream: stream === true,
  };
}
