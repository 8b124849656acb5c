import type { LossSink, ParsedRequest } from '../../../core/dialect.ts';
import type { Json, JsonObject } from '../../../core/json.ts';
import type { Loss } from '../../../core/loss.ts';
import type { Extra, MessagesRequest } from '../../../core/message.ts';
import { peekRequest } from './check-request.ts';

/** A canonical request in the making. */
export type RequestDraft = { request: MessagesRequest; extra: Extra; report: LossSink; losses: Loss[] };

/** Reads one top-level field into the draft. @throws GatewayError `invalid_request` naming the field. */
export type FieldReader = (value: Json, draft: RequestDraft, field: string) => void;

/** A draft that holds only what routing knows: the model, and whether to stream. */
export function newDraft(body: JsonObject): RequestDraft {
  const { model, stream } = peekRequest(body);
  const losses: Loss[] = [];
  const request: MessagesRequest = { model, messages: [] };
  if (stream) request.stream = true;
  return { request, extra: {}, losses, report: (loss) => losses.push(loss) };
}

/**
 * Reads every field of a body by a table, so that none can be forgotten: what has no row is reported (law Loss).
 * @throws GatewayError `invalid_request` naming the field.
 */
export function readFields(body: JsonObject, table: ReadonlyMap<string, FieldReader>, draft: RequestDraft): void {
  for (const [field, value] of Object.entries(body)) {
    if (value === null) continue;
    const read = table.get(field);
    if (read === undefined) draft.report({ code: 'unknown_field', field });
    else read(value, draft, field);
  }
}

/** The draft as it is handed on. */
export function finishDraft(draft: RequestDraft): ParsedRequest {
  const { request, extra, losses } = draft;
  if (Object.keys(extra).length > 0) request.extra = extra;
  return { request, losses };
}
