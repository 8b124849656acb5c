import type { JsonObject } from '../../core/json.ts';
import { asList, asObject, pathOf, readString, refuse, valueAt } from '../shared/fields.ts';
import { checkEnvelope, checkMessage } from '../shared/read-request/check-request.ts';

export { peekRequest } from '../shared/read-request/check-request.ts';

/** The roles of Responses. */
const ROLES: ReadonlySet<string> = new Set(['system', 'developer', 'user', 'assistant']);

/** How much of a caller's id an error repeats. */
const MAX_ID_SHOWN = 64;

/**
 * Checks the types that routing and relay rely on, and refuses what leans on answers kept at the upstream: the next request
 * may go to another one (`translation.md` §1). Values and unknown fields are the upstream's to judge.
 * @throws GatewayError `invalid_request` naming the field.
 */
export function checkRequest(body: JsonObject): void {
  checkEnvelope(body, ['max_output_tokens']);
  refuseKeptState(body);
  const input = valueAt(body, 'input');
  if (input === undefined) refuse('input', 'Missing required parameter');
  if (typeof input === 'string') return;
  const items = asList(input, 'input');
  if (items.length === 0) refuse('input', 'Must hold at least one item');
  items.forEach((item, index) => {
    const field = pathOf('input', index);
    checkItem(asObject(item, field), field);
  });
}

function refuseKeptState(body: JsonObject): void {
  const previous = readString(body, 'previous_response_id', '');
  if (previous !== undefined) {
    refuse(
      'previous_response_id',
      `Previous response with id '${previous.slice(0, MAX_ID_SHOWN)}' not found: this gateway keeps no answers, send the whole conversation`,
      'previous_response_not_found',
    );
  }
  if (valueAt(body, 'conversation') !== undefined) {
    refuse('conversation', 'This gateway keeps no conversations, send the whole conversation as input');
  }
  if ((valueAt(body, 'background') ?? false) !== false)
    refuse('background', 'This gateway runs no answers in the background');
  if (valueAt(body, 'prompt') !== undefined) refuse('prompt', 'This gateway keeps no prompt templates');
}

/** An item without a type is a message (P69); what other types hold is the upstream's to judge. */
function checkItem(item: JsonObject, field: string): void {
  const type = typeOfItem(item, field);
  if (type === 'message') checkMessage(item, field, ROLES);
  if (type !== 'item_reference') return;
  const id = readString(item, 'id', field) ?? '';
  refuse(
    field,
    `Item with id '${id.slice(0, MAX_ID_SHOWN)}' not found: this gateway keeps no items, send the item itself`,
  );
}

/**
 * The type of an input item: a message may leave it out (P69), a reference too.
 * @throws GatewayError `invalid_request` when it is no string.
 */
export function typeOfItem(item: JsonObject, field: string): string {
  const type = readString(item, 'type', field);
  if (type !== undefined) return type;
  return item['role'] === undefined && item['id'] !== undefined ? 'item_reference' : 'message';
}
