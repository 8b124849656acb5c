import { GatewayError } from '../core/error.ts';
import { formatModel, formatModelPage, type ListedModel } from '../dialects/anthropic-messages/models.ts';
import type { Gateway } from '../gateway/gateway.ts';
import { findModel, listModels } from '../gateway/list-models.ts';
import { isOpenAiCaller } from './caller.ts';
import type { Handler } from './route.ts';
import { sendJson } from './send-json.ts';

/** `GET /v1/models`, in the shape that the caller's headers ask for (`translation.md` §0.6, P126). */
export function listModelsHandler(gateway: Gateway): Handler<'key'> {
  return ({ request, query, principal, responder }) => {
    const models = listModels(gateway.snapshot().config, principal);
    const body = isOpenAiCaller(request)
      ? { object: 'list', data: models.map(formatOpenAiModel) }
      : formatModelPage(models, query);
    sendJson(responder, 200, body);
  };
}

/** `GET /v1/models/{id}`. */
export function getModelHandler(gateway: Gateway): Handler<'key'> {
  return ({ request, parameter, principal, responder }) => {
    const model = findModel(gateway.snapshot().config, principal, parameter);
    if (!model) throw new GatewayError('not_found', `model: ${parameter.slice(0, 256)}`);
    sendJson(responder, 200, isOpenAiCaller(request) ? formatOpenAiModel(model) : formatModel(model));
  };
}

function formatOpenAiModel({ id, facts }: ListedModel): Record<string, unknown> {
  const created = facts ? Math.floor(Date.parse(facts.createdAt) / 1000) : 0;
  return { id, object: 'model', created, owned_by: 'ezmodel' };
}
