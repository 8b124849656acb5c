import type { CodecTools, Operation, ParsedRequest } from '../../core/dialect.ts';
import type { JsonObject } from '../../core/json.ts';
import { valueAt } from '../shared/fields.ts';
import { setTools } from '../shared/read-request/read-tool-choice.ts';
import { finishDraft, newDraft, readFields } from '../shared/read-request/request-draft.ts';
import { ToolCatalogue } from '../shared/read-request/tool-catalogue.ts';
import { checkRequest } from './check-request.ts';
import { readInput } from './read-input.ts';
import { SETTINGS } from './settings.ts';
import { readTools } from './tools.ts';

/**
 * The canonical form of a Responses request, for upstreams of another dialect (`translation.md` §1-§6); the body of
 * `input_tokens` is one too.
 * @throws GatewayError `invalid_request` naming a field that is wrong, or that no other dialect can carry.
 */
export function parseRequest(body: JsonObject, _operation: Operation, tools: CodecTools): ParsedRequest {
  checkRequest(body);
  const draft = newDraft(body);
  readFields(body, SETTINGS, draft);
  const catalogue = new ToolCatalogue(tools.hash);
  readTools(body, { catalogue, report: draft.report });
  setTools(draft, catalogue, { value: valueAt(body, 'tool_choice'), field: 'tool_choice' }, body);
  Object.assign(draft.request, readInput(body, catalogue, draft.report));
  return finishDraft(draft);
}
