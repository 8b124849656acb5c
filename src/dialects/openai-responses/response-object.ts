import type { Answering } from '../../core/dialect.ts';
import type { Json, JsonObject } from '../../core/json.ts';
import { isJsonObject } from '../../core/json.ts';

/** What changes in a response while it is made. */
export type ResponseState = {
  status: 'in_progress' | 'completed' | 'incomplete' | 'failed';
  output: JsonObject[];
  error: JsonObject | null;
  incomplete: string | null;
  usage: JsonObject | null;
  serviceTier: string | undefined;
};

/** Fields of the request that a response tells again, and what stands there without them (`translation.md` §7). */
const ECHOED: readonly (readonly [string, Json])[] = [
  ['instructions', null],
  ['max_output_tokens', null],
  ['max_tool_calls', null],
  ['metadata', {}],
  ['parallel_tool_calls', true],
  ['prompt_cache_key', null],
  ['prompt_cache_retention', null],
  ['reasoning', { effort: null, summary: null }],
  ['safety_identifier', null],
  ['temperature', 1],
  ['text', { format: { type: 'text' } }],
  ['tool_choice', 'auto'],
  ['tools', []],
  ['top_logprobs', 0],
  ['top_p', 1],
  ['truncation', 'disabled'],
  ['user', null],
];

/** Makes the response objects of one answer: all have the same id and tell the same of the request. */
export class ResponseObject {
  private readonly head: JsonObject;
  private readonly echo: JsonObject;

  constructor({ tools, model, body }: Answering) {
    this.head = {
      id: tools.newId('resp'),
      object: 'response',
      created_at: Math.floor(tools.now() / 1000),
      model,
      background: false,
      previous_response_id: null,
      // Nothing is kept here, whatever was asked for (`translation.md` §1).
      store: false,
    };
    this.echo = Object.fromEntries(ECHOED.map(([field, standard]) => [field, echoOf(body[field], standard)]));
  }

  at({ status, output, error, incomplete, usage, serviceTier }: ResponseState): JsonObject {
    return {
      ...this.head,
      status,
      error,
      incomplete_details: incomplete === null ? null : { reason: incomplete },
      output,
      usage,
      ...(serviceTier !== undefined && { service_tier: serviceTier }),
      ...this.echo,
    };
  }
}

/** What the client said, over what stands there without it: `text: {}` leaves the format as it is. */
function echoOf(said: Json | undefined, standard: Json): Json {
  if (said === undefined || said === null) return standard;
  return isJsonObject(said) && isJsonObject(standard) ? { ...standard, ...said } : said;
}
