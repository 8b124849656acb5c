import { isJsonObject, type Json, type JsonObject, objectAt } from '../../../core/json.ts';
import { asList, asObject, pathOf, readBoolean, readString, refuse, requireString } from '../fields.ts';
import type { RequestDraft } from './request-draft.ts';
import type { ToolCatalogue } from './tool-catalogue.ts';

/** The modes that are words, and what they are in Messages (`translation.md` §3). */
const MODES: ReadonlyMap<string, string> = new Map([
  ['auto', 'auto'],
  ['required', 'any'],
  ['none', 'none'],
]);

/** The hosted tools that can be chosen by their type, and the names of their canonical tools. */
const HOSTED_TOOLS: ReadonlyMap<string, string> = new Map(
  ['web_search', 'web_search_2025_08_26', 'web_search_preview', 'web_search_preview_2025_03_11'].map((type) => [
    type,
    'web_search',
  ]),
);

/**
 * Sets the tools, and how the model may choose among them: without tools none of the three fields is sent.
 * `choice` is `tool_choice`, or Chat's old `function_call`.
 * @throws GatewayError `invalid_request` for a choice that no other format can carry, or of a tool that is not there.
 */
export function setTools(
  draft: RequestDraft,
  catalogue: ToolCatalogue,
  choice: { value: Json | undefined; field: string },
  body: JsonObject,
): void {
  const chosen = choice.value === undefined ? undefined : readChoice(choice.value, choice.field, catalogue);
  const isParallel = readBoolean(body, 'parallel_tool_calls', '');
  if (catalogue.tools.length === 0) {
    if (chosen !== undefined && MUST_CALL.has(chosen.choice['type']))
      refuse(choice.field, 'There are no tools to call');
    return;
  }
  const { allowed } = chosen ?? {};
  draft.request.tools = catalogue.tools.filter((tool) => allowed === undefined || allowed.has(tool['name']));
  if (draft.request.tools.length < catalogue.tools.length)
    draft.report({ code: 'tools_filtered', field: choice.field });
  const toolChoice = withParallelSwitch(chosen?.choice, isParallel);
  if (toolChoice !== undefined) draft.request.tool_choice = toolChoice;
}

const MUST_CALL = new Set<Json | undefined>(['any', 'tool']);

/** Messages has the switch on the choice itself, and none where no tool may be called. */
function withParallelSwitch(choice: JsonObject | undefined, isParallel: boolean | undefined): JsonObject | undefined {
  if (isParallel !== false || choice?.['type'] === 'none') return choice;
  return { ...(choice ?? { type: 'auto' }), disable_parallel_tool_use: true };
}

type Choice = { choice: JsonObject; allowed?: ReadonlySet<Json | undefined> };

function readChoice(value: Json, field: string, catalogue: ToolCatalogue): Choice {
  if (typeof value === 'string') return { choice: { type: modeOf(value, field) } };
  const choice = asObject(value, field);
  const type = readString(choice, 'type', field);
  if (type === 'allowed_tools') return readAllowedTools(choice, field, catalogue);
  return { choice: { type: 'tool', name: nameOf(choice, field, catalogue) } };
}

function modeOf(word: string, field: string): string {
  const mode = MODES.get(word);
  if (mode === undefined) refuse(field, `Must be one of ${[...MODES.keys()].join(', ')}, or an object`);
  return mode;
}

/** Only some of the tools may be called: the others are left out (P32). */
function readAllowedTools(choice: JsonObject, field: string, catalogue: ToolCatalogue): Choice {
  const wrapped = objectAt(choice, 'allowed_tools');
  const path = wrapped === undefined ? field : pathOf(field, 'allowed_tools');
  const subset = wrapped ?? choice;
  const listPath = pathOf(path, 'tools');
  const names = asList(subset['tools'] ?? null, listPath).map((entry, index) => {
    const entryPath = pathOf(listPath, index);
    return nameOf(asObject(entry, entryPath), entryPath, catalogue);
  });
  if (names.length === 0) refuse(listPath, 'Must name a tool');
  const mode = modeOf(readString(subset, 'mode', path) ?? 'auto', pathOf(path, 'mode'));
  return { choice: { type: mode }, allowed: new Set(names) };
}

/** The canonical name of the tool that a choice names; Chat puts the name one level deeper than Responses. */
function nameOf(reference: JsonObject, field: string, catalogue: ToolCatalogue): string {
  const type = readString(reference, 'type', field) ?? 'function';
  const hosted = HOSTED_TOOLS.get(type);
  if (hosted === undefined && type !== 'function' && type !== 'custom') {
    refuse(pathOf(field, 'type'), `The choice '${type}' cannot be converted`);
  }
  const holder = isJsonObject(reference[type]) ? reference[type] : reference;
  const path = holder === reference ? field : pathOf(field, type);
  const name = hosted ?? catalogue.nameOf(requireString(holder, 'name', path), readString(holder, 'namespace', path));
  if (!catalogue.has(name)) refuse(path, `There is no tool named '${name}'`);
  return name;
}
