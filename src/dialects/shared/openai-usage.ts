import { type JsonObject, numberAt, objectAt } from '../../core/json.ts';
import type { Quirks } from '../../core/quirks.ts';
import type { Usage } from '../../core/usage.ts';

/**
 * Usage as OpenAI's two formats tell it (`translation.md` §9). Theirs is nested: the input holds what was read from the
 * cache and written to it, the output holds the reasoning. The canonical counters of input are disjoint.
 *
 * | OpenAI | canonical | billed as |
 * |---|---|---|
 * | input − cached − written | `input_tokens` | input |
 * | `cached_tokens` | `cache_read_input_tokens` | cache_read |
 * | `cache_write_tokens`, less those of 12 hours | `cache_creation.ephemeral_5m_input_tokens` | cache_write_5m |
 * | `cache_write_tokens_details.ttl_12h_tokens` | `cache_creation.ephemeral_1h_input_tokens` | cache_write_1h |
 * | output | `output_tokens` | output |
 * | `reasoning_tokens` | `output_tokens_details.thinking_tokens` | (inside output) |
 */
type Spelling = { input: string; inputDetails: string; output: string; outputDetails: string };

const CHAT: Spelling = {
  input: 'prompt_tokens',
  inputDetails: 'prompt_tokens_details',
  output: 'completion_tokens',
  outputDetails: 'completion_tokens_details',
};

const RESPONSES: Spelling = {
  input: 'input_tokens',
  inputDetails: 'input_tokens_details',
  output: 'output_tokens',
  outputDetails: 'output_tokens_details',
};

/** The usage object of a Chat Completions answer: every counter there, and a whole number. */
export function toChatUsage(canonical: JsonObject): JsonObject {
  return spell(canonical, CHAT);
}

/** The usage object of a Responses answer: every counter there, and a whole number. */
export function toResponsesUsage(canonical: JsonObject): JsonObject {
  return spell(canonical, RESPONSES);
}

function spell(canonical: JsonObject, names: Spelling): JsonObject {
  const read = count(canonical, 'cache_read_input_tokens') ?? 0;
  const written = cacheWrites(canonical);
  const input = (count(canonical, 'input_tokens') ?? 0) + read + written;
  const output = count(canonical, 'output_tokens') ?? 0;
  const reasoning = count(objectAt(canonical, 'output_tokens_details'), 'thinking_tokens') ?? 0;
  return {
    [names.input]: input,
    [names.inputDetails]: { cached_tokens: read, cache_write_tokens: written },
    [names.output]: output,
    [names.outputDetails]: { reasoning_tokens: Math.min(reasoning, output) },
    total_tokens: input + output,
  };
}

function cacheWrites(canonical: JsonObject): number {
  const split = objectAt(canonical, 'cache_creation');
  const sum = (count(split, 'ephemeral_5m_input_tokens') ?? 0) + (count(split, 'ephemeral_1h_input_tokens') ?? 0);
  return count(canonical, 'cache_creation_input_tokens') ?? sum;
}

/** What an upstream reported: for the bill, and in canonical names. Neither holds a counter that was not reported. */
export type ReadUsage = { usage: Usage; canonical: JsonObject };

/** How an upstream counts. */
export type Counting = Pick<Quirks, 'reasoningOutsideOutput'>;

/** Reads the usage object of a Chat Completions upstream. */
export function readChatUsage(wire: JsonObject, counting: Counting): ReadUsage {
  return read(wire, CHAT, counting);
}

/** Reads the usage object of a Responses upstream. */
export function readResponsesUsage(wire: JsonObject, counting: Counting): ReadUsage {
  return read(wire, RESPONSES, counting);
}

function read(wire: JsonObject, names: Spelling, counting: Counting): ReadUsage {
  const usage: Usage = { ...readInput(wire, names), ...readOutput(wire, names, counting), raw: wire };
  return { usage, canonical: toCanonical(usage) };
}

type Counters = Omit<Usage, 'raw'>;

/** Never more cached than there was input: the counters sum to what the upstream charges for. */
function readInput(wire: JsonObject, names: Spelling): Counters {
  const whole = count(wire, names.input);
  const cached = readCached(wire, names);
  const written = count(objectAt(wire, names.inputDetails), 'cache_write_tokens');
  const cacheRead = cached === undefined ? undefined : Math.min(cached, whole ?? cached);
  const rest = whole === undefined ? undefined : whole - (cacheRead ?? 0);
  const cacheWrite = written === undefined ? undefined : Math.min(written, rest ?? written);
  return {
    ...(rest !== undefined && { input: rest - (cacheWrite ?? 0) }),
    ...(cacheRead !== undefined && { cache_read: cacheRead }),
    ...(cacheWrite !== undefined && splitByLifetime(cacheWrite, objectAt(wire, names.inputDetails))),
  };
}

/** Vendors name it in three places; DeepSeek and Kimi at the top level. */
function readCached(wire: JsonObject, names: Spelling): number | undefined {
  return (
    count(objectAt(wire, names.inputDetails), 'cached_tokens') ??
    count(wire, 'prompt_cache_hit_tokens') ??
    count(wire, 'cached_tokens')
  );
}

/** Lifetimes of 30 minutes and 12 hours go to the nearest class that is priced. */
function splitByLifetime(written: number, details: JsonObject | undefined): Counters {
  const long = count(objectAt(details ?? {}, 'cache_write_tokens_details'), 'ttl_12h_tokens') ?? 0;
  const cache_write_1h = Math.min(long, written);
  return { cache_write_5m: written - cache_write_1h, cache_write_1h };
}

/** Never more reasoning than there was output: it is a part of it. */
function readOutput(wire: JsonObject, names: Spelling, { reasoningOutsideOutput }: Counting): Counters {
  const told = count(wire, names.output);
  const reasoning = count(objectAt(wire, names.outputDetails), 'reasoning_tokens') ?? count(wire, 'reasoning_tokens');
  const output = told === undefined || !reasoningOutsideOutput ? told : told + (reasoning ?? 0);
  return {
    ...(output !== undefined && { output }),
    ...(reasoning !== undefined && { reasoning: Math.min(reasoning, output ?? reasoning) }),
  };
}

function toCanonical({ input, cache_read, cache_write_5m, cache_write_1h, output, reasoning }: Usage): JsonObject {
  const short = cache_write_5m ?? 0;
  const long = cache_write_1h ?? 0;
  const isWritten = cache_write_5m !== undefined || cache_write_1h !== undefined;
  return {
    ...(input !== undefined && { input_tokens: input }),
    ...(cache_read !== undefined && { cache_read_input_tokens: cache_read }),
    ...(isWritten && {
      cache_creation_input_tokens: short + long,
      cache_creation: { ephemeral_5m_input_tokens: short, ephemeral_1h_input_tokens: long },
    }),
    ...(output !== undefined && { output_tokens: output }),
    ...(reasoning !== undefined && { output_tokens_details: { thinking_tokens: reasoning } }),
  };
}

/** A count that can be billed: a whole, non-negative, safe number; anything else is not reported (U20). */
function count(object: JsonObject | undefined, key: string): number | undefined {
  const value = object && numberAt(object, key);
  return value !== undefined && Number.isSafeInteger(value) && value >= 0 ? value : undefined;
}
