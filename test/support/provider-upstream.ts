import type { DialectId } from '../../src/core/dialect.ts';
import { isJsonObject, type JsonObject } from '../../src/core/json.ts';
import { matchesPattern } from '../../src/core/pattern.ts';
import type { Provider } from '../../src/core/provider.ts';
import type { Quirks } from '../../src/core/quirks.ts';
import { isDialectId } from '../../src/dialects/index.ts';
import { credentialHeaders } from '../../src/providers/auth/credentials.ts';
import { FakeUpstream, type UpstreamRules } from './fake-upstream.ts';
import { headerOf, type WireRequest } from './http-wire.ts';
import { refusalOfChat } from './openai-chat-rules.ts';
import { refusalOfResponses } from './openai-responses-rules.ts';
import { scriptedModel } from './scripted-model/index.ts';

/** One set of quirks of a row: the row's own, or those of a family of its models. */
export type ProviderCase = {
  /** Unique; part of the base address. */
  name: string;
  provider: Provider;
  quirks: Quirks;
  /** A name that the quirks belong to. */
  model: string;
};

/** A model that no pattern of any row fits. */
const PLAIN_MODEL = 'plain-model';

/** Every different set of quirks that calls to a provider can have. */
export function casesOf(provider: Provider): ProviderCase[] {
  const { id, quirks, modelQuirks } = provider;
  const models = [PLAIN_MODEL, ...modelQuirks.map(({ pattern }) => pattern.replaceAll('*', 'x'))];
  const cases = models.map((model, index) => {
    const ofModel = modelQuirks.find(({ pattern }) => matchesPattern(pattern, model));
    return { name: index === 0 ? id : `${id}-${index}`, provider, quirks: { ...quirks, ...ofModel?.quirks }, model };
  });
  const byQuirks = new Map(cases.toReversed().map((each) => [JSON.stringify(each.quirks), each]));
  return [...byQuirks.values()].toReversed();
}

/** Servers that people run themselves are called without a key. */
function keyOf({ provider }: ProviderCase, apiKey: string): string | undefined {
  const isKeyless = provider.auth === 'bearer' && provider.environmentKey === undefined;
  return isKeyless ? undefined : apiKey;
}

/** The public name by which a case's model is reached through one of its doors. */
export function publicName({ name }: ProviderCase, door: DialectId | 'own'): string {
  return `${name}:${door}`;
}

/** The APIs that a row serves, best first. */
export function dialectsOf({ provider }: ProviderCase): DialectId[] {
  return Object.keys(provider.endpoints).filter(isDialectId);
}

/** A further channel of a row's, serving the model of its own name, that says what is not so. */
export type Claim = { name: string; provider: string; quirks: JsonObject };

/** A config in which each row can be reached as it is, and narrowed to each of its APIs, so that all other clients are converted. */
export function providersConfig(
  cases: readonly ProviderCase[],
  upstream: FakeUpstream,
  claims: readonly Claim[] = [],
): string {
  const channels = cases.flatMap((each) => [
    channelOf(each, 'own', upstream),
    ...dialectsOf(each).map((dialect) => channelOf(each, dialect, upstream)),
  ]);
  const claiming = claims.map(({ name, provider, quirks }) => ({
    name,
    provider,
    base_url: `${upstream.url}/${provider}`,
    api_key: upstream.apiKey,
    models: { [name]: PLAIN_MODEL },
    quirks,
  }));
  return JSON.stringify({ channels: [...channels, ...claiming], server: { media: { private_addresses: true } } });
}

function channelOf(each: ProviderCase, door: DialectId | 'own', { url, apiKey: key }: FakeUpstream): JsonObject {
  const apiKey = keyOf(each, key);
  const only = door === 'own' ? undefined : each.provider.endpoints[door];
  return {
    name: `${each.name}-${door}`,
    provider: each.provider.id,
    base_url: `${url}/${each.name}`,
    models: { [publicName(each, door)]: each.model },
    ...(apiKey !== undefined && { api_key: apiKey }),
    ...(only && { endpoints: { [door]: only.generatePath } }),
  };
}

/** All providers at one address, each under a path of its own, and each as strict as its row says. */
export async function startProviders(cases: readonly ProviderCase[]): Promise<FakeUpstream> {
  const upstream = await FakeUpstream.start('sk-fake-provider-credential', rulesOf(cases));
  upstream.fallback = (reply) => {
    const called = calledEndpoint(reply.call, cases);
    if (!called) throw new Error(`no provider at ${reply.call.target}`);
    return scriptedModel(called.dialect)(reply);
  };
  return upstream;
}

const DIALECTS: readonly DialectId[] = ['anthropic-messages', 'openai-chat', 'openai-responses'];

function calledEndpoint({ target }: WireRequest, cases: readonly ProviderCase[]) {
  const [path = ''] = target.split('?');
  const found = cases.find(({ name }) => path.startsWith(`/${name}/`));
  const dialect = DIALECTS.find((id) => {
    const { generatePath, countTokensPath } = found?.provider.endpoints[id] ?? {};
    return [generatePath, countTokensPath].some((served) => `/${found?.name}${served}` === path);
  });
  return found && dialect && { found, dialect };
}

/** The `user-agent` of a client, which goes upstream with relayed requests and with no others. */
export const RELAYED_CLIENT = 'conformance-client/1.0';

function rulesOf(cases: readonly ProviderCase[]): UpstreamRules {
  return {
    refusalOf: (request, json, apiKey) => {
      const called = calledEndpoint(request, cases);
      if (request.method !== 'POST' || !called) return `no route for ${request.method} ${request.target}`;
      const refusal = refusalOfCredentials(request, called.found, apiKey);
      // What a client says in the API that it is served in is its own affair.
      const isRelayed = headerOf(request.rawHeaders, 'user-agent') === RELAYED_CLIENT;
      return refusal ?? (isRelayed ? undefined : refusalOfBody(request, json, called));
    },
    errorBody: (type, message) => ({ error: { message, type, param: null, code: null } }),
  };
}

function refusalOfCredentials(request: WireRequest, found: ProviderCase, apiKey: string): string | undefined {
  const wanted = credentialHeaders(found.provider.auth, keyOf(found, apiKey));
  const wrong = ['authorization', 'api-key', 'x-api-key'].find(
    (name) => headerOf(request.rawHeaders, name) !== wanted[name],
  );
  return wrong && `${wrong}: not as this provider takes its key`;
}

function refusalOfBody(
  request: WireRequest,
  json: JsonObject | undefined,
  { found, dialect }: { found: ProviderCase; dialect: DialectId },
): string | undefined {
  if (!json) return 'body: not a JSON object';
  if (json['model'] !== found.model) return `model: ${JSON.stringify(json['model'])} instead of ${found.model}`;
  if (dialect === 'anthropic-messages') return refusalOfMessages(request, json);
  if (headerOf(request.rawHeaders, 'anthropic-version') !== undefined) return 'anthropic-version: unknown here';
  // The real count takes the fields that make up the prompt; that those are right is seen where the answer is asked for.
  if (request.target.endsWith('/input_tokens')) return json['input'] === undefined ? 'input: missing' : undefined;
  return dialect === 'openai-chat' ? refusalOfChat(json, found.quirks) : refusalOfResponses(json, found.quirks);
}

/** What all that speak Messages want. */
function refusalOfMessages(request: WireRequest, json: JsonObject): string | undefined {
  if (headerOf(request.rawHeaders, 'anthropic-version') === undefined) return 'anthropic-version: header is required';
  if (typeof json['max_tokens'] !== 'number') return 'max_tokens: Field required';
  const turns = json['messages'];
  return Array.isArray(turns) && turns.every(isJsonObject) ? undefined : 'messages: Field required';
}
