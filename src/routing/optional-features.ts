import type { GatewayError } from '../core/error.ts';
import { isJsonObject, type Json, type JsonObject } from '../core/json.ts';

/** What a request can do without: a value of `anthropic-beta`, or an optional field by its name in the table below. */
export type Feature = `beta:${string}` | `field:${string}`;

/** Where marks for the prompt cache may stand; schemas and the input of tools are not looked into. */
const CACHE_MARKS = ['', 'system.*.', 'tools.*.', 'messages.*.content.*.', 'messages.*.content.*.content.*.'];

/**
 * Fields that can be left out when an upstream refuses them, by the paths at which they stand (`*`: any position of a list): the
 * answer may then cost more, come slower or be worked out with less effort, but it is an answer to the same question. What is not
 * here is never left out.
 */
export const OPTIONAL_FIELDS: Readonly<Record<string, readonly string[]>> = {
  context_management: ['context_management'],
  service_tier: ['service_tier'],
  metadata: ['metadata'],
  diagnostics: ['diagnostics'],
  speed: ['speed'],
  fallbacks: ['fallbacks'],
  'output_config.effort': ['output_config.effort'],
  'output_config.task_budget': ['output_config.task_budget'],
  'thinking.display': ['thinking.display'],
  cache_control: CACHE_MARKS.map((place) => `${place}cache_control`),
  'cache_control.ttl': CACHE_MARKS.map((place) => `${place}cache_control.ttl`),
  'cache_control.scope': CACHE_MARKS.map((place) => `${place}cache_control.scope`),
  'tools.input_examples': ['tools.*.input_examples'],
  'tools.eager_input_streaming': ['tools.*.eager_input_streaming'],
  store: ['store'],
  user: ['user'],
  safety_identifier: ['safety_identifier'],
  parallel_tool_calls: ['parallel_tool_calls'],
  prompt_cache_key: ['prompt_cache_key'],
  prompt_cache_retention: ['prompt_cache_retention'],
  prediction: ['prediction'],
  verbosity: ['verbosity'],
  'text.verbosity': ['text.verbosity'],
  reasoning_effort: ['reasoning_effort'],
  'reasoning.effort': ['reasoning.effort'],
  'reasoning.summary': ['reasoning.summary'],
};

/** Keys under which a client's own data stands: what lies below is no field of the request. */
const FOREIGN_KEYS: ReadonlySet<string> = new Set(['input', 'input_schema', 'parameters', 'properties', 'schema']);

/** A request as it went upstream. */
export type SentRequest = { body: JsonObject; betas: readonly string[] };

/**
 * What an upstream has refused of a request, as far as the request can do without it; empty when its words name nothing of that.
 * A refused *value* is not looked at: another value of the field may be welcome, so it must not be left out from then on.
 */
export function refusedFeatures(error: GatewayError, sent: SentRequest): Feature[] {
  if (error.code === 'unsupported_value') return [];
  const betas = refusedBetas(error.message, sent.betas).map((beta): Feature => `beta:${beta}`);
  const fields = refusedPaths(error).flatMap((path) => fieldsAt(path, sent.body));
  return [...new Set([...betas, ...fields.map((field): Feature => `field:${field}`)])];
}

/** Words that are about the header: Anthropic's name the values; Bedrock's and Vertex's may name none, and then mean all. */
const ABOUT_BETAS = /anthropic[-_]beta|\bbeta[ _](?:flag|header|feature)/i;
const NAMELESS = /invalid beta flag\W*$/i;

function refusedBetas(message: string, sent: readonly string[]): readonly string[] {
  if (!ABOUT_BETAS.test(message)) return [];
  const named = sent.filter((beta) => message.includes(beta));
  return named.length === 0 && NAMELESS.test(message) ? sent : named;
}

/** How upstreams say which field they do not know; the first group is its path. */
const REFUSALS_OF_FIELDS: readonly RegExp[] = [
  /([\w*.[\]]+): Extra inputs are not permitted/g,
  /un(?:known|recognized|expected|supported) (?:field|parameter|name|(?:request )?argument)s?(?: supplied)?:? ?['"`]?([\w.[\]]+)/gi,
  /['"`]([\w.[\]]+)['"`] (?:is|are) (?:not supported|unsupported)/gi,
  /does not support (?:the )?['"`]?([\w.[\]]+)['"`]? (?:parameter|field)/gi,
  /["']loc["']: ?[([](.*?)[)\]]/g,
];

function refusedPaths({ message, field, code }: GatewayError): string[][] {
  const named = REFUSALS_OF_FIELDS.flatMap((words) => [...message.matchAll(words)].map(([, path]) => path ?? ''));
  const isByCode = code === 'unsupported_parameter' || code === 'unknown_parameter';
  const all = field !== undefined && (isByCode || named.length > 0) ? [field, ...named] : named;
  return all.map((path) => path.split(/[^\w*]+/).filter((key) => key !== '' && key !== 'body'));
}

/**
 * The optional field that a refused path is, or lies in, the closest one; a name alone means whatever ends in it. An object that
 * is refused as a whole can go when all that stands in it is optional.
 */
function fieldsAt(path: readonly string[], body: JsonObject): string[] {
  if (path.length === 0 || path.some((key) => FOREIGN_KEYS.has(key))) return [];
  const found = Object.entries(OPTIONAL_FIELDS).flatMap(([name, places]) => {
    const isNamed = places.some((place) => leadsTo(place.split('.'), path));
    return isNamed && pathsOf(name, body).length > 0 ? [name] : [];
  });
  const [closest] = found.sort((one, other) => other.length - one.length);
  return closest === undefined ? optionalMembers(path, body) : [closest];
}

function optionalMembers([only = '', ...more]: readonly string[], body: JsonObject): string[] {
  const value = body[only];
  const names = more.length === 0 && isJsonObject(value) ? Object.keys(value).map((key) => `${only}.${key}`) : [];
  return names.every((name) => Object.hasOwn(OPTIONAL_FIELDS, name)) ? names : [];
}

/** Upstreams put the kind of a union between the keys (`tools.0.custom.input_examples`), and cover what they will not show (`***`). */
function leadsTo(place: readonly string[], path: readonly string[]): boolean {
  const [only, ...more] = path;
  if (more.length === 0) return place.at(-1) === only;
  let at = 0;
  for (const [index, key] of place.entries()) {
    const found = path.findIndex(
      (given, position) => position >= at && (key === '*' ? /^\d+$/.test(given) : given === key),
    );
    if (found < 0 || (index === 0 && path.slice(0, found).some((given) => !given.includes('*')))) return false;
    at = found + 1;
  }
  return true;
}

/** Every path at which an optional field stands in a body. */
export function pathsOf(field: string, body: JsonObject): string[][] {
  const places = Object.hasOwn(OPTIONAL_FIELDS, field) ? (OPTIONAL_FIELDS[field] ?? []) : [];
  return places.flatMap((place) => follow(body, place.split('.')));
}

function follow(value: Json | undefined, [key, ...rest]: readonly string[]): string[][] {
  if (key === undefined) return value === undefined ? [] : [[]];
  const steps = key === '*' ? (Array.isArray(value) ? [...value.keys()].map(String) : []) : [key];
  return steps.flatMap((step) => {
    const next = Array.isArray(value) ? value[Number(step)] : isJsonObject(value) ? value[step] : undefined;
    return follow(next, rest).map((path) => [step, ...path]);
  });
}

/** What must be taken out of a body to leave fields out: their paths, and that of an object that would be left empty. */
export function pathsToRemove(fields: readonly string[], body: JsonObject): string[][] {
  const paths = fields.flatMap((field) => pathsOf(field, body));
  const emptied = paths.filter((path) => {
    const parent = path.slice(0, -1);
    return parent.length === 1 && sizeOf(body[parent[0] ?? '']) === countBelow(paths, parent);
  });
  return paths.flatMap((path) => {
    if (!emptied.includes(path)) return [path];
    const isFirst = emptied.find((each) => each[0] === path[0]) === path;
    return isFirst ? [path.slice(0, -1)] : [];
  });
}

function sizeOf(value: Json | undefined): number {
  return isJsonObject(value) ? Object.keys(value).length : 0;
}

function countBelow(paths: readonly string[][], [parent]: readonly string[]): number {
  return paths.filter((path) => path.length === 2 && path[0] === parent).length;
}

/** Whether a text names a feature that this version can leave out. */
export function isFeature(text: string): text is Feature {
  return text.startsWith('beta:') || Object.hasOwn(OPTIONAL_FIELDS, text.replace(/^field:/, ''));
}
