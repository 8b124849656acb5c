import type { JsonObject } from '../../src/core/json.ts';
import { OPENAI_QUIRKS, type Quirks } from '../../src/core/quirks.ts';
import { FakeUpstream, type UpstreamRules } from './fake-upstream.ts';
import { headerOf } from './http-wire.ts';
import { refusalOfChat } from './openai-chat-rules.ts';
import { refusalOfResponses } from './openai-responses-rules.ts';

const REFUSALS: readonly [ending: string, (body: JsonObject, quirks: Quirks) => string | undefined][] = [
  ['/chat/completions', refusalOfChat],
  ['/responses', refusalOfResponses],
  ['/responses/input_tokens', (body) => (body['input'] === undefined ? 'input: missing' : undefined)],
];

/** OpenAI's two APIs, with a vendor's quirks, as strict as they are said to be. */
export function openAiRules(quirks: Quirks): UpstreamRules {
  return {
    refusalOf: (request, json, apiKey) => {
      const [path = ''] = request.target.split('?');
      const refusal = REFUSALS.find(([ending]) => path.endsWith(ending))?.[1];
      if (request.method !== 'POST' || !refusal) return `no route for ${request.method} ${request.target}`;
      if (headerOf(request.rawHeaders, 'authorization') !== `Bearer ${apiKey}`) return 'authorization: invalid';
      if (headerOf(request.rawHeaders, 'anthropic-version') !== undefined) return 'anthropic-version: unknown here';
      return json ? refusal(json, quirks) : 'body: not a JSON object';
    },
    errorBody: (type, message) => ({ error: { message, type, param: null, code: null } }),
  };
}

/** A strict upstream that speaks Chat Completions and Responses. */
export function startOpenAiUpstream(quirks: Partial<Quirks> = {}): Promise<FakeUpstream> {
  return FakeUpstream.start('sk-fake-openai-credential', openAiRules({ ...OPENAI_QUIRKS, ...quirks }));
}
