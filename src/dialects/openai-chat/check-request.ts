import type { JsonObject } from '../../core/json.ts';
import { asList, asObject, pathOf, refuse } from '../shared/fields.ts';
import { checkEnvelope, checkMessage } from '../shared/read-request/check-request.ts';

export { peekRequest } from '../shared/read-request/check-request.ts';

/** The roles of Chat Completions; `function` is the old name of `tool`. */
const ROLES: ReadonlySet<string> = new Set(['system', 'developer', 'user', 'assistant', 'tool', 'function']);

/**
 * Checks the types that routing and relay rely on; values and unknown fields are the upstream's to judge.
 * @throws GatewayError `invalid_request` naming the field.
 */
export function checkRequest(body: JsonObject): void {
  checkEnvelope(body, ['max_completion_tokens', 'max_tokens']);
  if (body['messages'] === undefined) refuse('messages', 'Missing required parameter');
  const messages = asList(body['messages'], 'messages');
  if (messages.length === 0) refuse('messages', 'Must hold at least one message');
  messages.forEach((message, index) => {
    const field = pathOf('messages', index);
    checkMessage(asObject(message, field), field, ROLES);
  });
}
