import type { DialectId } from '../core/dialect.ts';
import type { JsonObject } from '../core/json.ts';
import type { ModelFacts } from '../core/model.ts';
import type { ToolClass } from '../core/usage.ts';
import type { UsageBounds } from '../metering/reservation.ts';
import type { ClientCall } from './call.ts';
import { outputLimitOf } from './output-limit.ts';

/** Tokens that an upstream may add on its own: its system prompt for tools, the marks around messages. */
const UNSEEN_TOKENS = 1_000;
/** More than any one picture costs. */
const TOKENS_OF_PICTURE = 5_000;
/** Input that is named, not sent, where the model's window is not known. */
const TOKENS_OF_REFERENCES = 1_000_000;
/** Output of a request that sets no limit, where the model's own is not known. */
const MOST_OUTPUT = 128_000;
/** Least output that can be asked of the Responses API (`translation.md` §1): less is raised to it. */
const LEAST_OUTPUT = 16;
/** Of each tool. */
const USES_WITHOUT_LIMIT = 20;

const PICTURES = ['"image', '"input_image'];
/** What stands for more tokens than it has bytes. */
const REFERENCES = [
  '"document"',
  '"file',
  '"input_file',
  '"input_audio',
  '"video',
  '"previous_response_id"',
  '"conversation"',
  '"container"',
  '"mcp',
  '"web_',
  '"code_',
  '"tool_search',
];
/** A prompt that is stored at the upstream. */
const STORED_PROMPT = 'prompt';
/** How JSON may write a letter, so that no mark is found in the bytes. */
const ESCAPE = '\\u00';
/** What such an escape goes on with where it stands for a character of ASCII that needs none. */
const ASCII_DIGITS = Buffer.from('234567');
/** Fields that change what a token costs. */
const TERMS = ['"service_tier"', '"speed"', '"inference_geo"'];
/** By what a request names the tools that are billed by the use. */
const TOOLS: Readonly<Record<ToolClass, readonly string[]>> = {
  web_searches: ['"web_search'],
  web_fetches: ['"web_fetch'],
  file_searches: ['"file_search'],
  code_containers: ['"code_', '"container"'],
};

/** What is known of where a request goes: the model, and the API that is spoken there. */
export type BoundedTarget = {
  facts: Pick<ModelFacts, 'maxInputTokens' | 'maxOutputTokens'> | undefined;
  dialect: DialectId;
};

/** What a request can use at a target. */
export type BoundsFor = (target: BoundedTarget) => UsageBounds;

/**
 * Upper bounds of what a request can use, from its bytes alone: no tokenizer makes more tokens of a text than it has bytes. Marks
 * are looked for in the raw body, where a text that only mentions one raises the bound, never lowers it; in a body that
 * escapes letters they are looked for in what it says.
 */
export function boundsOf({ body, parsed, dialect }: Pick<ClientCall, 'body' | 'parsed' | 'dialect'>): BoundsFor {
  const bytes = Buffer.from(body.buffer, body.byteOffset, body.length);
  const text = hasEscapedLetters(bytes) ? Buffer.from(JSON.stringify(parsed)) : bytes;
  const pictures = PICTURES.reduce((sum, mark) => sum + countOf(text, mark), 0);
  const sent = bytes.length + UNSEEN_TOKENS + pictures * TOKENS_OF_PICTURE;
  const hasReferences = Object.hasOwn(parsed, STORED_PROMPT) || REFERENCES.some((mark) => text.includes(mark));
  const limit = outputLimitOf(parsed, dialect.id);
  const choices = Math.max(1, integerOf(parsed, 'n') ?? 1);
  const usesOf = (tool: ToolClass) => (TOOLS[tool].some((mark) => text.includes(mark)) ? USES_WITHOUT_LIMIT : 0);
  const tools = {
    ...{ web_searches: usesOf('web_searches'), web_fetches: usesOf('web_fetches') },
    ...{ file_searches: usesOf('file_searches'), code_containers: usesOf('code_containers') },
  };
  return ({ facts, dialect: spoken }) => {
    const input = hasReferences ? Math.max(sent, facts?.maxInputTokens ?? TOKENS_OF_REFERENCES) : sent;
    const output = Math.min(limit ?? facts?.maxOutputTokens ?? MOST_OUTPUT, MOST_OUTPUT * 8);
    return {
      input: hasReferences ? input : Math.min(input, facts?.maxInputTokens ?? input),
      output: (spoken === 'openai-responses' ? Math.max(LEAST_OUTPUT, output) : output) * choices,
      tools,
      hasTerms: TERMS.some((mark) => text.includes(mark)),
      writesCache: dialect.id !== 'anthropic-messages' || text.includes('cache_control'),
    };
  };
}

/** Texts in other scripts and control characters are escaped often; letters that any mark has are not, by anyone honest. */
function hasEscapedLetters(bytes: Buffer): boolean {
  for (let at = bytes.indexOf(ESCAPE); at !== -1; at = bytes.indexOf(ESCAPE, at + 1)) {
    if (ASCII_DIGITS.includes(bytes[at + ESCAPE.length] ?? 0)) return true;
  }
  return false;
}

function countOf(bytes: Buffer, mark: string): number {
  let count = 0;
  for (let at = bytes.indexOf(mark); at !== -1; at = bytes.indexOf(mark, at + mark.length)) count += 1;
  return count;
}

function integerOf(body: JsonObject, name: string): number | undefined {
  const value = body[name];
  return typeof value === 'number' && Number.isInteger(value) ? value : undefined;
}
