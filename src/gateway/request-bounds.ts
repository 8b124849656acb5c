import type { JsonObject } from '../core/json.ts';
import type { ModelFacts } from '../core/model.ts';
import type { ToolClass } from '../core/usage.ts';
import type { UsageBounds } from '../metering/reservation.ts';
import type { ClientCall } from './call.ts';

/** Tokens that an upstream may add on its own: its system prompt for tools, the marks around messages. */
const UNSEEN_TOKENS = 1_000;
/** More than any one picture costs. */
const TOKENS_OF_PICTURE = 5_000;
/** Input that is named, not sent, where the model's window is not known. */
const TOKENS_OF_REFERENCES = 1_000_000;
/** Output of a request that sets no limit, where the model's own is not known. */
const MOST_OUTPUT = 128_000;
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
  '"prompt":',
  '"container"',
  '"mcp',
  '"web_',
  '"code_',
  '"tool_search',
];
/** Fields that change what a token costs. */
const TERMS = ['"service_tier"', '"speed"', '"inference_geo"'];
/** By what a request names the tools that are billed by the use. */
const TOOLS: Readonly<Record<ToolClass, readonly string[]>> = {
  web_searches: ['"web_search'],
  web_fetches: ['"web_fetch'],
  file_searches: ['"file_search'],
  code_containers: ['"code_', '"container"'],
};
const OUTPUT_LIMITS = ['max_tokens', 'max_completion_tokens', 'max_output_tokens'];

/** What a request can use at a model of which this is known. */
export type BoundsFor = (facts: Pick<ModelFacts, 'maxInputTokens' | 'maxOutputTokens'> | undefined) => UsageBounds;

/**
 * Upper bounds of what a request can use, from its bytes alone: no tokenizer makes more tokens of a text than it has bytes. Marks
 * are looked for in the raw body, where a text that only mentions one raises the bound, never lowers it.
 */
export function boundsOf({ body, parsed, dialect }: Pick<ClientCall, 'body' | 'parsed' | 'dialect'>): BoundsFor {
  const bytes = Buffer.from(body.buffer, body.byteOffset, body.length);
  const pictures = PICTURES.reduce((sum, mark) => sum + countOf(bytes, mark), 0);
  const sent = bytes.length + UNSEEN_TOKENS + pictures * TOKENS_OF_PICTURE;
  const hasReferences = REFERENCES.some((mark) => bytes.includes(mark));
  const limit = OUTPUT_LIMITS.map((name) => parsed[name]).find((value) => typeof value === 'number');
  const choices = Math.max(1, integerOf(parsed, 'n') ?? 1);
  const usesOf = (tool: ToolClass) => (TOOLS[tool].some((mark) => bytes.includes(mark)) ? USES_WITHOUT_LIMIT : 0);
  const tools = {
    ...{ web_searches: usesOf('web_searches'), web_fetches: usesOf('web_fetches') },
    ...{ file_searches: usesOf('file_searches'), code_containers: usesOf('code_containers') },
  };
  return (facts) => {
    const input = hasReferences ? Math.max(sent, facts?.maxInputTokens ?? TOKENS_OF_REFERENCES) : sent;
    return {
      input: hasReferences ? input : Math.min(input, facts?.maxInputTokens ?? input),
      output: Math.min(limit ?? facts?.maxOutputTokens ?? MOST_OUTPUT, MOST_OUTPUT * 8) * choices,
      tools,

      hasTerms: TERMS.some((mark) => bytes.includes(mark)),
      writesCache: dialect.id !== 'anthropic-messages' || bytes.includes('cache_control'),
    };
  };
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
