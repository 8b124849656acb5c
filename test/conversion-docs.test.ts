import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { outcomeText, renderConversion, SAMPLES, samplesOf } from '../scripts/lib/conversion-page.ts';
import { differences, type Outcome, probeRequest } from '../scripts/lib/conversion-probe.ts';
import { LEAST as CHAT } from '../scripts/lib/conversion-samples-chat.ts';
import { TARGETS } from '../scripts/lib/conversion-targets.ts';
import type { DialectId } from '../src/core/dialect.ts';
import type { JsonObject } from '../src/core/json.ts';
import { LOSSES } from '../src/core/loss.ts';
import { KNOWN_FIELDS } from '../src/dialects/anthropic-messages/parse-request.ts';
import * as chatParts from '../src/dialects/openai-chat/parts.ts';
import { SETTINGS as CHAT_SETTINGS } from '../src/dialects/openai-chat/settings.ts';
import * as responsesParts from '../src/dialects/openai-responses/parts.ts';
import { ITEM_READERS } from '../src/dialects/openai-responses/read-input.ts';
import { SETTINGS as RESPONSES_SETTINGS } from '../src/dialects/openai-responses/settings.ts';
import { TOOL_READERS } from '../src/dialects/openai-responses/tools.ts';
import { PROVIDERS } from '../src/providers/index.ts';
import { isTest, PROJECT_ROOT, readSources } from './support/source-tree.ts';

/** What every request has, or what the samples of messages show. */
const IN_EVERY_REQUEST = ['model'];

/** The top-level fields that samples set, and those that they stand on. */
function sampledFields(dialect: DialectId): Set<string> {
  return new Set(samplesOf(dialect).flatMap(({ given, says }) => [...Object.keys(given), ...Object.keys(says)]));
}

/** Every text that samples hold, the JSON of their types above all. */
const sampledTypes = (dialect: DialectId) =>
  new Set([...JSON.stringify(samplesOf(dialect)).matchAll(/"(?:type|role)":"([^"]+)"/g)].map(([, type]) => type));

describe('docs/conversion.md', () => {
  it('is what the codecs do (npm run conversion-docs)', () => {
    expect(readFileSync(join(PROJECT_ROOT, 'docs/conversion.md'), 'utf8')).toBe(renderConversion(PROVIDERS));
  });

  it.each([
    { name: 'Messages', dialect: 'anthropic-messages', table: [...KNOWN_FIELDS] },
    { name: 'Chat', dialect: 'openai-chat', table: [...CHAT_SETTINGS.keys()] },
    { name: 'Responses', dialect: 'openai-responses', table: [...RESPONSES_SETTINGS.keys()] },
  ] as const)('shows every field of $name', ({ dialect, table }) => {
    const sampled = sampledFields(dialect);
    expect(table.filter((field) => !sampled.has(field) && !IN_EVERY_REQUEST.includes(field))).toEqual([]);
  });

  it.each([
    { name: 'parts of Chat', dialect: 'openai-chat', table: Object.values(chatParts) },
    { name: 'parts of Responses', dialect: 'openai-responses', table: Object.values(responsesParts) },
    { name: 'items of Responses', dialect: 'openai-responses', table: [ITEM_READERS] },
    { name: 'tools of Responses', dialect: 'openai-responses', table: [TOOL_READERS] },
  ] as const)('shows all $name', ({ dialect, table }) => {
    const sampled = sampledTypes(dialect);
    expect(table.flatMap((types) => [...types.keys()]).filter((type) => !sampled.has(type))).toEqual([]);
  });

  it.each(Object.values(SAMPLES).flat())('shows nothing twice under $heading', ({ samples }) => {
    const names = samples.map(({ shown }) => shown);
    expect(new Set(names).size).toBe(names.length);
  });
});

describe('what becomes of a sample', () => {
  const [messages] = TARGETS['openai-chat'];
  const outcomeOf = (says: JsonObject): Outcome | undefined =>
    messages && probeRequest('openai-chat', messages, CHAT, says);

  it.each([
    { says: { max_tokens: 7 }, outcome: { places: ['max_tokens'], losses: [] } },
    { says: { seed: 7 }, outcome: { places: [], losses: [{ code: 'seed_dropped', field: 'seed' }] } },
    { says: { n: 2 }, outcome: { refused: 'n: This model gives one answer at a time' } },
    { says: { store: false }, outcome: { places: [], losses: [] } },
  ])('is told of $says', ({ says, outcome }) => {
    expect(outcomeOf(says)).toEqual(outcome);
  });

  it('is shown in one cell', () => {
    expect(outcomeText({ refused: 'no' })).toBe('**refused**');
    expect(outcomeText({ places: [], losses: [] })).toBe('–');
    const twice = [0, 1].map((index) => ({ code: 'stop_emulated' as const, field: `stop.${index}` }));
    expect(outcomeText({ places: ['a.b'], losses: twice })).toBe('`a.b`, emulated: `stop_emulated`');
  });

  it.each([
    { before: { a: 1 }, after: { a: 1 }, places: [] },
    { before: { a: 1 }, after: { a: 2, b: { c: 1, d: 2 } }, places: ['a', 'b.c', 'b.d'] },
    { before: {}, after: { b: { type: 'c', d: 1 } }, places: ['b'] },
    { before: { a: 'x' }, after: { a: [{ type: 'text', text: 'x' }, { type: 'image' }] }, places: ['a.image'] },
    { before: { a: [{ role: 'u', b: 1 }] }, after: { a: [{ role: 'u', b: 2 }] }, places: ['a.u.b'] },
    { before: { a: [1, 2] }, after: { a: [1] }, places: ['a'] },
  ])('is the difference of $before and $after', ({ before, after, places }) => {
    expect(differences(before, after)).toEqual(places);
  });
});

describe('the codes of losses', () => {
  const sources = readSources('src').filter(({ path }) => !isTest(path) && path !== 'src/core/loss.ts');
  const literals = new Set(sources.flatMap(({ strings }) => strings.map(({ text }) => text)));
  const codes = Object.keys(LOSSES);

  it.each(codes)('%s is reported somewhere', (code) => {
    expect(literals.has(code)).toBe(true);
  });
});
