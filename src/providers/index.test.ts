import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { renderProviders } from '../../scripts/lib/provider-page.ts';
import { EFFORT_LEVELS } from '../core/model.ts';
import { matchesPattern } from '../core/pattern.ts';
import type { Provider } from '../core/provider.ts';
import type { Quirks } from '../core/quirks.ts';
import { PROVIDERS, providerById } from './index.ts';
import { OPENAI } from './openai.ts';

const HTTP = PROVIDERS.filter(({ transport }) => transport === 'http');
const OPENAI_FORMATS = HTTP.filter(({ endpoints }) => endpoints['openai-chat'] ?? endpoints['openai-responses']);

/** Every set of quirks that a call to a provider can have. */
function quirkSetsOf({ id, quirks, modelQuirks }: Provider): { name: string; quirks: Quirks }[] {
  const ofModels = modelQuirks.map((model) => ({
    name: `${id} ${model.pattern}`,
    quirks: { ...quirks, ...model.quirks },
  }));
  return [{ name: id, quirks }, ...ofModels];
}

const QUIRK_SETS = OPENAI_FORMATS.flatMap(quirkSetsOf);

const WORDS = ['none', 'default', 'minimal', ...EFFORT_LEVELS];
/** Knobs that can only be on or off. */
const SWITCHES = ['enable_thinking', 'thinking_object', 'chat_template'];

describe('the provider table', () => {
  it('has one row for each id, and finds it', () => {
    expect(new Set(PROVIDERS.map(({ id }) => id)).size).toBe(PROVIDERS.length);
    for (const provider of PROVIDERS) expect(providerById(provider.id)).toBe(provider);
    expect(() => providerById('nobody')).toThrow('unknown provider nobody');
  });

  it('takes each environment variable for one provider only, and only where the address is known', () => {
    const keyed = PROVIDERS.filter(({ environmentKey }) => environmentKey !== undefined);
    expect(new Set(keyed.map(({ environmentKey }) => environmentKey)).size).toBe(keyed.length);
    for (const { environmentKey, defaultBaseUrl } of keyed) {
      expect(environmentKey).toMatch(/^[A-Z][A-Z0-9]*_API_KEY$/);
      expect(defaultBaseUrl).toBeDefined();
    }
  });

  it.each(HTTP)('$id: addresses, paths and models that can be used', ({ defaultBaseUrl, endpoints, defaultModels }) => {
    // No version at the end: it belongs to the paths (`gateway/upstream-call.ts`).
    if (defaultBaseUrl !== undefined) expect(defaultBaseUrl).toMatch(/^https:\/\/[^?#]*[^/?#]$/);
    expect(defaultBaseUrl ?? '').not.toMatch(/\/v\d+$/);
    const paths = Object.values(endpoints).map(({ generatePath }) => generatePath);
    expect(paths.length).toBeGreaterThan(0);
    for (const path of paths) expect(path).toMatch(/^\/(?:[\w-]+\/)*(?:chat\/completions|responses|messages)$/);
    expect(defaultModels.length).toBeGreaterThan(0);
  });

  it.each(HTTP.filter(({ id }) => id !== 'anthropic'))('$id: says where its facts are from', ({ sources }) => {
    expect(sources.length).toBeGreaterThan(0);
    for (const source of sources) expect(source).toMatch(/^(?:https:\/\/\S+|translation\.md §.+)$/);
    expect(new Set(sources).size).toBe(sources.length);
  });

  it.each(HTTP.filter(({ endpoints }) => endpoints['anthropic-messages']))(
    '$id: passes the API version on to its Messages API',
    ({ forwardHeaders }) => {
      expect(forwardHeaders).toContain('anthropic-version');
    },
  );

  it.each(HTTP)('$id: never passes credentials or cookies on', ({ forwardHeaders }) => {
    for (const name of ['authorization', 'x-api-key', 'api-key', 'cookie', 'openai-organization']) {
      expect(forwardHeaders.some((entry) => matchesPattern(entry, name))).toBe(false);
    }
  });

  it.each(PROVIDERS)('$id: is priced by a catalogue that there is, or by none', async ({ id, priceCatalogue }) => {
    const { findProvider } = await import('@pydantic/genai-prices');
    if (priceCatalogue !== id) expect(findProvider({ providerId: priceCatalogue })?.id).toBe(priceCatalogue);
  });

  it.each(PROVIDERS)('$id: each model pattern can still be the first that fits', ({ modelQuirks }) => {
    for (const [index, { pattern }] of modelQuirks.entries()) {
      const earlier = modelQuirks.slice(0, index).find((other) => matchesPattern(other.pattern, pattern));
      expect(earlier, `${pattern} is never reached`).toBeUndefined();
    }
  });
});

describe('quirks that go together', () => {
  it.each(QUIRK_SETS)('$name: efforts fit the knob', ({ quirks: { effortKnob, efforts } }) => {
    expect(efforts.length > 0).toBe(effortKnob !== 'none');
    expect(new Set(efforts).size).toBe(efforts.length);
    const places = efforts.map((word) => WORDS.indexOf(word));
    expect(places).not.toContain(-1);
    expect(places).toEqual(places.toSorted((a, b) => a - b));
    if (SWITCHES.includes(effortKnob)) expect(efforts).toEqual(['none', 'high']);
  });

  it.each(QUIRK_SETS)('$name: no tool is forced where there are none', ({ quirks }) => {
    if (!quirks.tools) expect([quirks.forcedTools, quirks.parallelToolCalls]).toEqual([false, false]);
    if (!quirks.images) expect(quirks.imageUrls).toBe(false);
  });

  it('reasoning comes back sealed only where Responses is served', () => {
    for (const provider of OPENAI_FORMATS) {
      const sealed = quirkSetsOf(provider).some(({ quirks }) => quirks.encryptedReasoning);
      if (sealed) expect(Object.keys(provider.endpoints)[0]).toBe('openai-responses');
    }
  });
});

describe("OpenAI's own models", () => {
  const effortsOf = (model: string) =>
    OPENAI.modelQuirks.find(({ pattern }) => matchesPattern(pattern, model))?.quirks.efforts;

  it.each([
    ['gpt-6-luna', ['none', 'low', 'medium', 'high', 'xhigh', 'max']],
    ['gpt-5.6-terra', ['none', 'low', 'medium', 'high', 'xhigh', 'max']],
    ['gpt-5.2', ['none', 'low', 'medium', 'high', 'xhigh']],
    ['gpt-5.1', ['none', 'low', 'medium', 'high']],
    ['gpt-5-mini', ['minimal', 'low', 'medium', 'high']],
    ['gpt-5-pro', ['high']],
    ['o3', ['low', 'medium', 'high']],
    ['gpt-5-chat-latest', undefined],
    ['gpt-4.1', undefined],
  ])('%s knows %j', (model, efforts) => {
    expect(effortsOf(model)).toEqual(efforts);
  });
});

it('docs/providers.md shows the table (npm run provider-docs)', () => {
  const quirksSource = readFileSync(new URL('../core/quirks.ts', import.meta.url), 'utf8');
  const page = readFileSync(new URL('../../docs/providers.md', import.meta.url), 'utf8');
  expect(page).toBe(renderProviders(PROVIDERS, quirksSource));
});
