import type { DialectId } from '../../src/core/dialect.ts';
import { LOSSES, type Loss, type LossClass, type LossCode } from '../../src/core/loss.ts';
import type { Provider } from '../../src/core/provider.ts';
import { isDialectId } from '../../src/dialects/index.ts';
import { lossesHeader } from '../../src/gateway/losses-header.ts';
import { answerSections } from './conversion-answers.ts';
import { effortSections } from './conversion-efforts.ts';
import { type Outcome, probeRequest } from './conversion-probe.ts';
import type { Sample, SampleGroup } from './conversion-samples.ts';
import { CHAT_SAMPLES } from './conversion-samples-chat.ts';
import { MESSAGES_SAMPLES } from './conversion-samples-messages.ts';
import { RESPONSES_SAMPLES } from './conversion-samples-responses.ts';
import { API_NAMES, TARGETS } from './conversion-targets.ts';
import { cell, table } from './markdown.ts';

/** What a request of each API can say. */
export const SAMPLES: Record<DialectId, readonly SampleGroup[]> = {
  'anthropic-messages': MESSAGES_SAMPLES,
  'openai-chat': CHAT_SAMPLES,
  'openai-responses': RESPONSES_SAMPLES,
};

const DIALECTS: readonly DialectId[] = ['anthropic-messages', 'openai-chat', 'openai-responses'];

const HEADER_EXAMPLE: readonly Loss[] = [
  { code: 'top_k_dropped', field: 'top_k' },
  { code: 'cache_hint_dropped', field: 'system.0.cache_control' },
  { code: 'cache_hint_dropped', field: 'messages.4.content.0.cache_control' },
];

const INTRODUCTION = `# Conversion between APIs

Made by \`npm run conversion-docs\` by running the code that converts; a test fails when it is stale.

A client speaks Messages, Chat (Chat Completions) or Responses, and reaches any upstream with any of them. Where the upstream
serves the client's API, the request is **relayed**: it goes there byte for byte, and so does the answer. Otherwise it is **converted**.
Then every field is mapped, or reported as a loss, or refused with 400; none is dropped in silence.

## Losses are told

\`x-ezmodel-losses\` lists what a conversion has cost: each code once, with the first field that it befell (a path in the caller's
body, as far as it is known there) and, from the second one on, how many there were. The codes are those [below](#loss-codes); they
are stable. Losses of a streamed answer come too late for the header; the ledger has the codes of both.

\`\`\`
x-ezmodel-losses: ${lossesHeader(HEADER_EXAMPLE)['x-ezmodel-losses']}
\`\`\`

- \`x-ezmodel-strict: true\` on a request refuses with 400 what would lose anything on the way to the upstream; \`code\` is that of the loss
  (in OpenAI's error shape).
- \`x-ezmodel-estimated: true\` is on a token count (\`/v1/messages/count_tokens\`, \`/v1/responses/input_tokens\`) that the gateway estimated
  because the upstream counts none.

## Reasoning

Reasoning comes with state that its maker wants back untouched: a signature, or encrypted content. A converted answer carries
it, sealed and authenticated by the gateway, where the client's own API keeps such things: \`signature\` of a \`thinking\` block,
\`reasoning_details\` beside \`reasoning_content\`, \`encrypted_content\` of a \`reasoning\` item. Sent back, it is unpacked for the provider that
made it; for any other the reasoning is left out (\`thinking_dropped\`), and never shown as text.

## Who is served how

Relayed, or converted to the API that stands there.`;

/** The text of `docs/conversion.md`. */
export function renderConversion(providers: readonly Provider[]): string {
  return [
    INTRODUCTION,
    '',
    ...serviceTable(providers),
    '',
    'A channel can say otherwise by its `endpoints` ([configuration](configuration.md)); paths and quirks are in [providers](providers.md).',
    '',
    '## Requests',
    '',
    legend(),
    '',
    ...DIALECTS.flatMap(requestSection),
    ...effortSections(providers),
    ...answerSections(),
    '## Loss codes',
    '',
    ...lossTable(),
    '',
  ].join('\n');
}

function serviceTable(providers: readonly Provider[]): string[] {
  const rows = providers.map(({ id, endpoints }) => {
    const served = Object.keys(endpoints).filter(isDialectId);
    const [first] = served;
    const converted = first ? `→ ${API_NAMES[first]}` : '–';
    return [`\`${id}\``, ...DIALECTS.map((dialect) => (served.includes(dialect) ? 'relayed' : converted))];
  });
  return table(['provider', ...DIALECTS.map((dialect) => `${API_NAMES[dialect]} client`)], rows);
}

function legend(): string {
  const models = DIALECTS.flatMap((dialect) => TARGETS[dialect]);
  const named = new Map(models.map(({ name, provider, model }) => [name, `${name}: \`${model}\` of \`${provider}\``]));
  return [
    'What becomes of a field: where it stands in the request that goes upstream, and what is reported. “–”: nothing need be said upstream,',
    'since that is so anyway or the gateway sees to it. What models and providers take differs; the columns show',
    `${[...named.values()].join('; ')}.`,
    'An image or file by URL, for an upstream that takes none (quirk `image_urls`), is fetched by the gateway and sent along (`image_fetched`).',
  ].join('\n');
}

function requestSection(from: DialectId): string[] {
  const targets = TARGETS[from];
  const groups = SAMPLES[from].flatMap(({ heading, samples }) => {
    const rows = samples.map((sample) => [
      sample.shown,
      ...targets.map((target) => outcomeText(probeRequest(from, target, sample.given, sample.says))),
    ]);
    return [`#### ${heading}`, '', ...table(['', ...targets.map(({ name }) => name)], rows), ''];
  });
  return [`### From ${API_NAMES[from]} to`, '', ...groups];
}

/** One cell: places, then losses by their class. */
export function outcomeText(outcome: Outcome): string {
  if ('refused' in outcome) return '**refused**';
  const places = outcome.places.map((place) => `\`${place}\``);
  const codes = [...new Set(outcome.losses.map(({ code }) => code))].map(lossText);
  return [...places, ...codes].join(', ') || '–';
}

function lossText(code: LossCode): string {
  return `${LOSSES[code].class}: \`${code}\``;
}

const CLASSES: Record<LossClass, string> = {
  dropped: 'gone',
  changed: 'arrives as something near it',
  emulated: 'done by other means',
};

function lossTable(): string[] {
  const rows = Object.entries(LOSSES).map(([code, loss]) => [`\`${code}\``, loss.class, cell(loss.text)]);
  const classes = Object.entries(CLASSES).map(([name, text]) => `*${name}*: ${text}`);
  return [`${classes.join('; ')}.`, '', ...table(['code', 'class', 'what'], rows)];
}

/** Every sample of an API. */
export function samplesOf(dialect: DialectId): Sample[] {
  return SAMPLES[dialect].flatMap(({ samples }) => samples);
}
