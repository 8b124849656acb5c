import { inSnakeCase } from '../../src/config/quirks.ts';
import type { DialectId } from '../../src/core/dialect.ts';
import type { Provider } from '../../src/core/provider.ts';
import { OPENAI_QUIRKS, type Quirks } from '../../src/core/quirks.ts';
import { COMPATIBLE_QUIRKS } from '../../src/providers/openai-compatible.ts';

const API_NAMES: Record<DialectId, string> = {
  'anthropic-messages': 'Messages',
  'openai-chat': 'Chat',
  'openai-responses': 'Responses',
};

const INTRODUCTION = `# Providers

Made by \`npm run provider-docs\` from the rows in \`src/providers\`; a test fails when it is stale.

A channel names its provider in \`ezmodel.yaml\`:

\`\`\`yaml
channels:
  - name: deepseek
    provider: deepseek
    api_key: \${DEEPSEEK_API_KEY}
  - name: my-vllm
    provider: vllm
    base_url: http://10.0.0.5:8000        # required where the table shows no address
    endpoints:                            # optional: other APIs, or other paths, than the row says
      openai-chat: /v1/chat/completions
    quirks: { image_urls: false }         # optional: where this upstream differs from its row
\`\`\`

A client is served in its own API, byte for byte, where the provider has it. Otherwise its request is converted to the first API
listed, and what that API or the provider cannot take is left out and reported, or refused before any call.

- **Address**: the default of \`base_url\`; the paths below are appended to it. For another region or host write the same part of
  its address; with the root of one of the paths at its end (\`/v1\`, \`/openai/v1\`), as vendors print it, it does as well.
- **Key variable**: without a config file, setting it makes a channel of this provider.
- **Quirks**: what the provider takes, as far as it differs. Where models differ from their row, the first pattern that fits the
  upstream's name of the model counts. \`quirks:\` of a channel overrides single ones.`;

/** The text of `docs/providers.md`. `quirksSource` is the text of `core/quirks.ts`, whose comments explain the quirks. */
export function renderProviders(providers: readonly Provider[], quirksSource: string): string {
  const listed = providers.filter(({ transport }) => transport === 'http');
  return [
    INTRODUCTION,
    '',
    ...overview(listed),
    '',
    '## What the quirks mean',
    '',
    ...glossary(quirksSource),
    '',
    ...listed.flatMap(section),
  ].join('\n');
}

function overview(providers: readonly Provider[]): string[] {
  const rows = providers.map(({ id, name, defaultBaseUrl, environmentKey, endpoints }) => {
    const apis = idsOf(endpoints).map((dialect) => API_NAMES[dialect]);
    return `| [\`${id}\`](#${id}) | ${name} | ${code(defaultBaseUrl)} | ${code(environmentKey)} | ${apis.join(', ')} |`;
  });
  return ['| provider | who | address | key variable | APIs, best first |', '|---|---|---|---|---|', ...rows];
}

function glossary(quirksSource: string): string[] {
  const meanings = meaningsIn(quirksSource);
  const rows = keysOf(OPENAI_QUIRKS).map((key) => {
    const values = [OPENAI_QUIRKS[key], COMPATIBLE_QUIRKS[key]].map(shown);
    return `| \`${inSnakeCase(key)}\` | ${meanings.get(key) ?? ''} | ${values.join(' | ')} |`;
  });
  return ['| quirk | meaning | OpenAI | most others |', '|---|---|---|---|', ...rows];
}

/** The comment of each flag in the source text, on one line. */
function meaningsIn(source: string): Map<string, string> {
  const found = source.matchAll(/\/\*\* ((?:(?!\*\/).)+) \*\/\n {2}(\w+): /g);
  return new Map(Array.from(found, ([, meaning = '', key = '']) => [key, meaning.replaceAll('|', '\\|')]));
}

function section(provider: Provider): string[] {
  const { id, name, endpoints, auth, defaultModels, sources } = provider;
  const base = baseOf(provider.quirks);
  const paths = idsOf(endpoints).map((dialect) => {
    const { generatePath = '', countTokensPath } = endpoints[dialect] ?? {};
    return `${API_NAMES[dialect]} \`${generatePath}\`${countTokensPath ? ` (tokens counted at \`${countTokensPath}\`)` : ''}`;
  });
  return [
    `## ${id}`,
    '',
    `${name}. Key as \`${auth}\`. Serves by default: ${list(defaultModels)}.`,
    '',
    `- ${paths.join('; ')}`,
    `- Quirks: as ${base === OPENAI_QUIRKS ? 'OpenAI' : 'most others'}${differences(provider.quirks, base)}`,
    ...modelLines(provider),
    ...(sources.length > 0 ? [`- Sources: ${sources.map(link).join(', ')}`] : []),
    '',
  ];
}

/** Neighbouring patterns of the same quirks share a line. */
function modelLines({ modelQuirks, quirks: base }: Provider): string[] {
  const lines: { patterns: string[]; text: string }[] = [];
  for (const { pattern, quirks } of modelQuirks) {
    const text = differences(quirks, base);
    const last = lines.at(-1);
    if (last?.text === text) last.patterns.push(pattern);
    else lines.push({ patterns: [pattern], text });
  }
  return lines.map(({ patterns, text }) => `- ${list(patterns)}${text}`);
}

/** What a row is told by: the ground that it differs less from. */
function baseOf(quirks: Quirks): Quirks {
  const grounds = [COMPATIBLE_QUIRKS, OPENAI_QUIRKS].map((base) => ({ base, count: changed(quirks, base).length }));
  return grounds.reduce((best, next) => (next.count < best.count ? next : best)).base;
}

function differences(quirks: Partial<Quirks>, base: Quirks): string {
  const found = changed(quirks, base).map((key) => `\`${inSnakeCase(key)}\` ${shown(quirks[key])}`);
  return found.length === 0 ? ': no difference.' : `: ${found.join(', ')}.`;
}

function changed(quirks: Partial<Quirks>, base: Quirks): (keyof Quirks)[] {
  return keysOf(base).filter((key) => key in quirks && JSON.stringify(quirks[key]) !== JSON.stringify(base[key]));
}

function shown(value: Quirks[keyof Quirks]): string {
  if (typeof value === 'boolean') return value ? 'yes' : 'no';
  if (typeof value === 'object') return value.length === 0 ? 'none' : value.map((word) => `\`${word}\``).join(' ');
  return value === undefined ? '–' : `\`${value}\``;
}

function keysOf(quirks: Quirks): (keyof Quirks)[] {
  const keys: (keyof Quirks)[] = [];
  for (const key in quirks) if (isQuirk(key, quirks)) keys.push(key);
  return keys;
}

function isQuirk(key: string, quirks: Quirks): key is keyof Quirks {
  return key in quirks;
}

function idsOf(endpoints: Provider['endpoints']): DialectId[] {
  return Object.keys(endpoints).filter((id): id is DialectId => id in API_NAMES);
}

function list(names: readonly string[]): string {
  return names.map((name) => `\`${name}\``).join(', ');
}

function code(text: string | undefined): string {
  return text === undefined ? '–' : `\`${text}\``;
}

function link(source: string): string {
  return source.startsWith('https://') ? `<${source}>` : source;
}
