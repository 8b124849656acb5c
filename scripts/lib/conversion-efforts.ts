import type { Json, JsonObject } from '../../src/core/json.ts';
import { numberAt, objectAt, stringAt } from '../../src/core/json.ts';
import { EFFORT_LEVELS } from '../../src/core/model.ts';
import type { Provider } from '../../src/core/provider.ts';
import type { Quirks } from '../../src/core/quirks.ts';
import { toPlainRequest } from '../../src/dialects/shared/reduce/plain-request.ts';
import { ANTHROPIC } from '../../src/providers/anthropic.ts';
import { convert, probeTools } from './conversion-probe.ts';
import { claude } from './conversion-targets.ts';
import { table } from './markdown.ts';

/** How hard to think: what the words of one side are on the other. */
export function effortSections(providers: readonly Provider[]): string[] {
  return [
    '### How hard to think',
    '',
    'An OpenAI client’s `reasoning_effort` on Claude models: the kind of thinking and its budget, and the effort that is sent.',
    '',
    ...table(['Claude models', ...WORDS.map((word) => `\`${word}\``)], claudeRows()),
    '',
    'A Messages client’s `thinking` and `output_config.effort` on upstreams that know these words: the word itself, else the strongest below it,',
    'else the weakest. What is not the same is reported (`effort_changed`, `thinking_changed`, `effort_dropped`).',
    '',
    ...table(['words of the upstream', ...WISHES.map(({ shown }) => shown)], wordRows(providers)),
    '',
  ];
}

const WORDS = ['none', 'minimal', ...EFFORT_LEVELS];

/** Models with the same rules share a row. */
function claudeRows(): string[][] {
  const rows = new Map<string, string[]>();
  for (const { id } of ANTHROPIC.models) {
    const key = JSON.stringify(WORDS.map((word) => thinkingFor(id, word)));
    rows.set(key, [...(rows.get(key) ?? []), `\`${id}\``]);
  }
  return [...rows.values()].map((ids) => [
    ids.join(', '),
    ...WORDS.map((word) => thinkingFor(ids[0]?.replaceAll('`', '') ?? '', word)),
  ]);
}

function thinkingFor(model: string, word: string): string {
  const chat: JsonObject = {
    model,
    reasoning_effort: word,
    max_completion_tokens: 64_000,
    messages: [{ role: 'user', content: 'Hi' }],
  };
  const { body } = convert('openai-chat', claude(model), chat);
  const thinking = objectAt(body, 'thinking') ?? {};
  const effort = stringAt(objectAt(body, 'output_config') ?? {}, 'effort');
  const kind = stringAt(thinking, 'type');
  const budget = numberAt(thinking, 'budget_tokens');
  const told = kind === 'enabled' ? String(budget) : kind;
  return [told, effort && `\`${effort}\``].filter((part) => part !== undefined).join(' ') || '–';
}

const disabled: JsonObject = { thinking: { type: 'disabled' } };
const budgetOf = (tokens: number): { shown: string; says: JsonObject } => ({
  shown: `budget ${tokens}`,
  says: { thinking: { type: 'enabled', budget_tokens: tokens } },
});
const effortOf = (effort: Json): { shown: string; says: JsonObject } => ({
  shown: `\`${effort}\``,
  says: { output_config: { effort } },
});

const WISHES = [
  { shown: 'thinking disabled', says: disabled },
  ...[2048, 8192, 24_576, 32_000].map(budgetOf),
  ...EFFORT_LEVELS.map(effortOf),
];

/** Upstreams with the same words share a row. */
function wordRows(providers: readonly Provider[]): string[][] {
  const sets = providers.flatMap(({ quirks, modelQuirks }) => [
    quirks,
    ...modelQuirks.map((ofModel): Quirks => ({ ...quirks, ...ofModel.quirks })),
  ]);
  const byWords = new Map(sets.map((quirks) => [quirks.efforts.join(' '), quirks]));
  return [...byWords]
    .filter(([words]) => words !== '')
    .sort(([one], [other]) => (one < other ? -1 : 1))
    .map(([words, quirks]) => [
      words
        .split(' ')
        .map((word) => `\`${word}\``)
        .join(' '),
      ...WISHES.map(({ says }) => wordFor(quirks, says)),
    ]);
}

function wordFor(quirks: Quirks, says: JsonObject): string {
  const { plain } = toPlainRequest(
    { model: 'm', max_tokens: 64_000, messages: [{ role: 'user', content: 'Hi' }], ...says },
    {
      model: 'm',
      provider: 'p',
      facts: undefined,
      quirks,
      operation: 'generate',
      tools: probeTools(),
      report: () => {},
    },
  );
  return plain.effort === undefined ? '–' : `\`${plain.effort}\``;
}
