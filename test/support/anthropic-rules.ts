import { isJsonObject, type Json, type JsonObject, stringAt } from '../../src/core/json.ts';
import type { ModelFacts } from '../../src/core/model.ts';
import { SEAL_TAG } from '../../src/core/opaque.ts';
import { ANTHROPIC_MODELS } from '../../src/providers/anthropic-models.ts';
import { RequestRefused } from '../../src/simulator/refusal.ts';
import { signThinking } from '../../src/simulator/signature.ts';
import { validate } from '../../src/simulator/validate/index.ts';
import { API_VERSIONS } from '../../src/simulator/validate/request.ts';
import { ANTHROPIC_RULES, type UpstreamRules } from './fake-upstream.ts';
import { headerOf } from './http-wire.ts';
import { stateOf, thoughtOf } from './scripted-model/answer.ts';

const KEY = Buffer.from('the signing key of the strict upstream');
const MODELS = new Map(ANTHROPIC_MODELS.flatMap((model) => [model.id, ...model.aliases].map((name) => [name, model])));
const MOST_ROUNDS = 10;

/** Anthropic's API, as strict as the simulator is, with the scripted model's own signatures as the only genuine ones. */
export const STRICT_ANTHROPIC_RULES: UpstreamRules = {
  ...ANTHROPIC_RULES,
  refusalOf: (request, json, apiKey) => {
    const refusal = ANTHROPIC_RULES.refusalOf(request, json, apiKey);
    if (refusal !== undefined || !json) return refusal;
    // The script answers it with the details that clients look for (`clients.md` §5.2).
    if (json['thread'] !== undefined) return undefined;
    const version = API_VERSIONS.find((known) => known === headerOf(request.rawHeaders, 'anthropic-version'));
    const betas = (headerOf(request.rawHeaders, 'anthropic-beta') ?? '').split(',');
    const operation = request.target.includes('count_tokens') ? 'count_tokens' : 'generate';
    if (JSON.stringify(json).includes(SEAL_TAG)) return "body: holds a gateway's sealed state";
    try {
      validate(resigned(json), { operation, version: version ?? '2023-06-01', betas, models: MODELS, key: KEY });
      return undefined;
    } catch (thrown) {
      if (thrown instanceof RequestRefused) return thrown.message;
      throw thrown;
    }
  },
};

/** The body with the scripted model's signatures replaced by those that the validator takes for genuine. */
function resigned(body: JsonObject): JsonObject {
  const model = MODELS.get(stringAt(body, 'model') ?? '');
  if (!model || !Array.isArray(body['messages'])) return body;
  return { ...body, messages: body['messages'].map((message) => resignedMessage(message, model)) };
}

function resignedMessage(message: Json, model: ModelFacts): Json {
  if (!isJsonObject(message) || !Array.isArray(message['content'])) return message;
  return { ...message, content: message['content'].map((block) => resignedBlock(block, model)) };
}

function resignedBlock(block: Json, model: ModelFacts): Json {
  if (!isJsonObject(block) || block['type'] !== 'thinking') return block;
  const rounds = Array.from({ length: MOST_ROUNDS }, (_, round) => round);
  const round = rounds.find((candidate) => stateOf(candidate) === block['signature']);
  if (round === undefined) return block;
  // Signed over what the model thought: a text that came back changed is found out.
  return { ...block, signature: signThinking(KEY, model, `${round}`, thoughtOf(round)) };
}
