import * as z from 'zod';
import type { Quirks } from '../core/quirks.ts';

const flag = z.boolean();
const words = z.array(z.string().min(1).max(32)).max(16);

/** What each quirk may be set to; `core/quirks.ts` says what it means. */
const QUIRK_TYPES: { [key in keyof Quirks]: z.ZodType<Quirks[key]> } = {
  developerRole: flag,
  systemMidConversation: flag,
  contentParts: flag,
  maxTokensField: z.enum(['max_completion_tokens', 'max_tokens']),
  maxOutputTokens: z.int().min(1).optional(),
  streamOptions: flag,
  sampling: flag,
  topK: flag,
  seedAndPenalties: flag,
  stopSequences: z.int().min(0).max(1_000),
  tools: flag,
  forcedTools: flag,
  parallelToolCalls: flag,
  strictTools: flag,
  customTools: flag,
  toolIds: z.enum(['up_to_40', 'up_to_64', 'nine_alphanumerics']),
  images: flag,
  imageUrls: flag,
  files: flag,
  jsonSchema: flag,
  jsonObject: flag,
  effortKnob: z.enum([
    'effort',
    'reasoning_object',
    'enable_thinking',
    'thinking_object',
    'thinking_or_effort',
    'chat_template',
    'none',
  ]),
  efforts: words,
  reasoningField: z.enum(['reasoning_content', 'reasoning', 'reasoning_details', 'thinking_parts']),
  reasoningReplay: z.enum(['never', 'tool_calls', 'always']),
  thinkTags: flag,
  reasoningOutsideOutput: flag,
  cacheControl: flag,
  promptCacheKey: flag,
  userField: z.enum(['safety_identifier', 'user']).optional(),
  serviceTier: flag,
  storeAndMetadata: flag,
  verbosity: flag,
  openAiExtras: flag,
  encryptedReasoning: flag,
  abort: z.enum(['cancel', 'drain']),
};

const KEYS = new Map<string, keyof Quirks>(keysOf(QUIRK_TYPES).map((key) => [inSnakeCase(key), key]));

/** `quirks:` of a channel: the flags of `core/quirks.ts`, written in snake case as everything in the file is. */
export const quirksSchema = z
  .strictObject(
    Object.fromEntries([...KEYS].map(([name, key]) => [name, z.optional<z.ZodType<unknown>>(QUIRK_TYPES[key])])),
  )
  .transform((entries): Partial<Quirks> => {
    const quirks: Partial<Quirks> = {};
    for (const [name, key] of KEYS) setQuirk(quirks, key, entries[name]);
    return quirks;
  });

function setQuirk<Key extends keyof Quirks>(quirks: Partial<Quirks>, key: Key, value: unknown): void {
  const type: z.ZodType<Quirks[Key]> = QUIRK_TYPES[key];
  if (value !== undefined) quirks[key] = type.parse(value);
}

function keysOf<Key extends string>(table: Record<Key, unknown>): Key[] {
  const keys: Key[] = [];
  for (const key in table) keys.push(key);
  return keys;
}

/** How a quirk is written in the file. */
export function inSnakeCase(name: string): string {
  return name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}
