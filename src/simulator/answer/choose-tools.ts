import type { JsonObject } from '../../core/json.ts';
import { isJsonObject, stringAt } from '../../core/json.ts';
import type { MessagesRequest, Tool } from '../../core/message.ts';
import type { Turn } from '../conversation.ts';
import { spokenText } from '../conversation.ts';
import { isCustomTool } from '../validate/tools.ts';

/** Which tools the simulated model calls (`anthropic-surface.md` §6). */

/** Points that make a tool fit: a word of its name, or two of its description. */
const FITTING = 2;
const POINTS = { name: 2, description: 1 } as const;
/** Descriptions of coding agents run to pages; what a tool is for stands at the start. */
const DESCRIPTION_LENGTH = 300;
const MOST_PARALLEL = 3;

const STOP_WORDS = new Set([
  'about',
  'call',
  'does',
  'from',
  'function',
  'given',
  'have',
  'into',
  'please',
  'return',
  'returns',
  'that',
  'the',
  'this',
  'tool',
  'used',
  'user',
  'using',
  'want',
  'what',
  'when',
  'which',
  'will',
  'with',
  'would',
  'your',
]);

/** Verbs that many tool names begin with and many sentences hold. */
const COMMON_NAME_WORDS = new Set([
  'add',
  'call',
  'create',
  'fetch',
  'find',
  'for',
  'get',
  'list',
  'make',
  'of',
  'run',
  'set',
  'the',
  'to',
  'tool',
  'use',
]);

const GREETING = /^\s*(?:hello|hi|hey|good (?:morning|evening)|thanks|thank you|你好|您好|谢谢)[\s\p{P}\p{L}]{0,24}$/iu;

/** Client tools of Anthropic's own types, which are called only when forced, and their inputs. */
const TYPED_CLIENT_TOOLS: readonly { prefix: string; input: JsonObject }[] = [
  { prefix: 'bash_', input: { command: 'echo "Hello from the simulator"' } },
  { prefix: 'text_editor_', input: { command: 'view', path: '/' } },
  { prefix: 'memory_', input: { command: 'view', path: '/memories' } },
  { prefix: 'computer_2', input: { action: 'screenshot' } },
];

/** The tools to call, in order; empty when the answer is to be text. */
export function chooseTools(request: MessagesRequest, turn: Turn | undefined): Tool[] {
  const tools = request.tools ?? [];
  const choice = request.tool_choice ?? {};
  const text = spokenText(turn);
  if (choice['type'] === 'none') return [];
  if (choice['type'] === 'tool') return tools.filter((tool) => tool['name'] === choice['name'] && isCallable(tool));
  if (choice['type'] === 'any') return forcedAny(tools, text);
  if (turn?.blocks.some(({ block }) => block.type === 'tool_result')) return [];
  const fitting = fittingTools(tools.filter(isOffered), text);
  return choice['disable_parallel_tool_use'] === true ? fitting.slice(0, 1) : fitting;
}

/** What a forced tool of a type of Anthropic's own is called with; undefined for custom tools. */
export function typedToolInput(tool: Tool): JsonObject | undefined {
  const type = stringAt(tool, 'type') ?? '';
  return TYPED_CLIENT_TOOLS.find(({ prefix }) => type.startsWith(prefix))?.input;
}

function isCallable(tool: Tool): boolean {
  return isCustomTool(tool) || typedToolInput(tool) !== undefined;
}

/** A deferred tool is not known to the model until it is loaded. */
function isOffered(tool: Tool): boolean {
  return isCustomTool(tool) && tool['defer_loading'] !== true;
}

function forcedAny(tools: readonly Tool[], text: string): Tool[] {
  const callable = tools.filter(isCallable).filter((tool) => tool['defer_loading'] !== true);
  return [...fittingTools(callable.filter(isCustomTool), text), ...callable].slice(0, 1);
}

/** Every tool that the text names; else the best by description; else the only one, unless the text is a mere greeting. */
function fittingTools(tools: readonly Tool[], text: string): Tool[] {
  const words = wordsOf(text);
  const scored = tools
    .map((tool) => ({ tool, points: pointsOf(tool, words), named: nameHits(tool, words) > 0 }))
    .filter(({ points }) => points >= FITTING)
    .toSorted((one, other) => other.points - one.points);
  const named = scored.filter((entry) => entry.named).map(({ tool }) => tool);
  if (named.length > 0) return named.slice(0, MOST_PARALLEL);
  const best = scored[0]?.tool;
  if (best) return [best];
  return tools.length === 1 && text !== '' && !GREETING.test(text) ? [...tools] : [];
}

function pointsOf(tool: Tool, words: ReadonlySet<string>): number {
  const description = (stringAt(tool, 'description') ?? '').slice(0, DESCRIPTION_LENGTH);
  const hits = [...wordsOf(description)].filter((word) => words.has(word)).length;
  return nameHits(tool, words) * POINTS.name + hits * POINTS.description;
}

function nameHits(tool: Tool, words: ReadonlySet<string>): number {
  const name = (stringAt(tool, 'name') ?? '').replaceAll(/([a-z])([A-Z])/g, '$1 $2');
  const parts = name.toLowerCase().split(/[^a-z0-9]+/);
  return parts.filter((part) => part.length > 2 && !COMMON_NAME_WORDS.has(part) && words.has(stem(part))).length;
}

/** Words of four letters and more by their stem; Chinese, which sets no spaces, by pairs of characters. */
function wordsOf(text: string): Set<string> {
  const words = (text.toLowerCase().match(/[a-z][a-z0-9']{2,}/g) ?? [])
    .filter((word) => !STOP_WORDS.has(word))
    .map(stem);
  const pairs = (text.match(/\p{Script=Han}+/gu) ?? []).flatMap((run) =>
    Array.from({ length: run.length - 1 }, (_, index) => run.slice(index, index + 2)),
  );
  return new Set([...words, ...pairs]);
}

/** Plurals and the like fall together: what is left need only be the same for both sides. */
function stem(word: string): string {
  return word.length > 4 ? word.replace(/(?:'s|ing|ed|es|s)$/, '') : word;
}

/** The schema that a custom tool's input follows. */
export function inputSchema(tool: Tool): JsonObject {
  return isJsonObject(tool['input_schema']) ? tool['input_schema'] : {};
}
