import type { Operation } from '../../core/dialect.ts';
import type { Json, JsonObject } from '../../core/json.ts';
import { isJsonObject } from '../../core/json.ts';
import type { MessagesRequest } from '../../core/message.ts';
import { EFFORT_LEVELS } from '../../core/model.ts';
import { invalid } from '../refusal.ts';
import { CACHE_CONTROL, checkContent, checkSystem } from './blocks.ts';
import type { Fields, Shape } from './shape.ts';
import {
  anything,
  boolean,
  list,
  nullable,
  number,
  object,
  oneOf,
  openObject,
  string,
  stringOr,
  tagged,
  under,
} from './shape.ts';
import { checkToolChoiceShape, checkToolShapes } from './tools.ts';

/** Shapes of the top-level fields (`anthropic-surface.md` §4). */

const OUTPUT_CONFIG: Shape = object(
  {},
  {
    effort: nullable(oneOf(...EFFORT_LEVELS)),
    format: nullable(object({ type: oneOf('json_schema'), schema: openObject() })),
    task_budget: nullable(openObject({ type: oneOf('tokens'), total: number({ min: 1, whole: true }) })),
  },
);

const DISPLAY: Shape = nullable(oneOf('summarized', 'omitted', 'updates'));
const THINKING_EXTRAS: Fields = { display: DISPLAY, block_binding: anything };

const THINKING: Shape = tagged({
  enabled: object({ type: anything, budget_tokens: number({ min: 1024, whole: true }) }, THINKING_EXTRAS),
  adaptive: object({ type: anything }, THINKING_EXTRAS),
  between_tools: object({ type: anything }, THINKING_EXTRAS),
  disabled: object({ type: anything }),
});

const MESSAGE: Shape = (value, path) => {
  openObject({ role: oneOf('user', 'assistant', 'system'), content: anything })(value, path);
  if (!isJsonObject(value)) return;
  const role = value['role'];
  const place = role === 'assistant' || role === 'system' ? role : 'user';
  checkContent(value['content'] ?? null, under(path, 'content'), place);
  // Per-turn control: these two may stand on a system message only (§4.2).
  const extras: Fields = role === 'system' ? { output_config: OUTPUT_CONFIG, clear_at: anything } : {};
  object({ role: anything, content: anything }, extras)(value, path);
};

const STOP_SEQUENCES: Shape = (value, path) => {
  list(string())(value, path);
  if (Array.isArray(value) && value.some((entry) => typeof entry === 'string' && entry.trim() === '')) {
    throw invalid(path, 'each stop sequence must contain non-whitespace');
  }
};

const CONTEXT_EDIT: Shape = openObject({ type: string({ min: 1 }) });

/** The most messages that one request may hold (§3). */
const MOST_MESSAGES = 100_000;

const MESSAGES: Shape = (value, path) => {
  list(MESSAGE, { max: MOST_MESSAGES })(value, path);
  if (Array.isArray(value) && value.length === 0) throw invalid(path, 'at least one message is required');
};

const REQUIRED: Fields = { model: string({ min: 1, max: 256 }), messages: MESSAGES };

/** What count_tokens and messages share. */
const SHARED: Fields = {
  system: checkSystem,
  tools: checkToolShapes,
  tool_choice: checkToolChoiceShape,
  thinking: THINKING,
  cache_control: CACHE_CONTROL,
  output_config: OUTPUT_CONFIG,
  speed: nullable(oneOf('standard', 'fast')),
  // Fields of betas.
  context_management: nullable(object({}, { edits: list(CONTEXT_EDIT) })),
  mcp_servers: list(openObject({ type: oneOf('url'), url: string({ min: 1 }), name: string({ min: 1 }) })),
  compaction: anything,
  output_format: nullable(object({ type: oneOf('json_schema'), schema: openObject() })),
  billing_policy: anything,
  thread: anything,
};

const ONLY_MESSAGES: Fields = {
  stream: boolean,
  stop_sequences: STOP_SEQUENCES,
  container: nullable(stringOr(openObject())),
  metadata: object({}, { user_id: nullable(string({ max: 256 })) }),
  service_tier: oneOf('auto', 'standard_only'),
  inference_geo: nullable(string()),
  diagnostics: nullable(object({}, { previous_message_id: nullable(string()) })),
  fallbacks: anything,
  fallback_credit_token: anything,
  safeguards: anything,
};

/** Removed by the newer API version: there they are unknown keys (§1). */
const SAMPLING: Fields = {
  temperature: number({ min: 0, max: 1 }),
  top_p: number({ min: 0, max: 1 }),
  top_k: number({ min: 0, whole: true }),
};

/** The two live API versions (§1). */
export const API_VERSIONS = ['2023-06-01', '2026-10-21'] as const;

/** One live API version. */
export type ApiVersion = (typeof API_VERSIONS)[number];

/**
 * Checks every field's shape; what fields say together is checked elsewhere.
 * @throws RequestRefused 400 naming the field; unknown keys are refused.
 */
export function checkShapes(body: Json, operation: Operation, version: ApiVersion): asserts body is MessagesRequest {
  const sampling = version === '2023-06-01' ? SAMPLING : {};
  const checked =
    operation === 'generate'
      ? object(
          { ...REQUIRED, max_tokens: number({ min: 0, whole: true }) },
          { ...SHARED, ...ONLY_MESSAGES, ...sampling },
        )
      : object(REQUIRED, SHARED);
  checked(body, '');
}

/** The schema that the answer must follow, under its present or its older name; undefined when none was asked for. */
export function outputSchema(request: MessagesRequest): JsonObject | undefined {
  const config = request['output_config'];
  const format = (isJsonObject(config) ? config['format'] : undefined) ?? request['output_format'];
  const schema = isJsonObject(format) ? format['schema'] : undefined;
  return isJsonObject(schema) ? schema : undefined;
}
