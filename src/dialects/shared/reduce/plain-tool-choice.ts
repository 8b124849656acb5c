import { type JsonObject, stringAt } from '../../../core/json.ts';
import type { MessagesRequest } from '../../../core/message.ts';
import type { PlainTool, PlainToolChoice } from '../../../core/plain-request.ts';
import { refuse } from '../fields.ts';
import type { Reduction } from './reduction.ts';

/** How the model may call its tools; both undefined without tools, since upstreams refuse the one without the other (P77). */
export type ToolCalling = { toolChoice: PlainToolChoice | undefined; parallelToolCalls: boolean | undefined };

/** @throws GatewayError `invalid_request` for a choice of a tool that is not there. */
export function plainToolChoice(request: MessagesRequest, tools: PlainTool[], reduction: Reduction): ToolCalling {
  const choice = request.tool_choice ?? undefined;
  if (choice === undefined || tools.length === 0) {
    if (choice && FORCED.has(stringAt(choice, 'type') ?? '')) refuse('tool_choice', 'there are no tools to call');
    return { toolChoice: undefined, parallelToolCalls: undefined };
  }
  return { toolChoice: choiceOf(choice, tools, reduction), parallelToolCalls: parallelOf(choice, reduction) };
}

const FORCED: ReadonlySet<string> = new Set(['any', 'tool']);

function choiceOf(choice: JsonObject, tools: PlainTool[], reduction: Reduction): PlainToolChoice {
  const type = stringAt(choice, 'type');
  if (type === 'auto' || type === 'none') return { type };
  if (type !== 'any' && type !== 'tool') return refuse('tool_choice.type', 'must be auto, any, tool or none');
  const forced: PlainToolChoice = type === 'any' ? { type } : chosenTool(choice, tools, reduction);
  if (forced.type === 'auto' || mayForce(reduction)) return forced;
  reduction.losses.add('tool_choice_degraded', 'tool_choice');
  return { type: 'auto' };
}

function mayForce({ target }: Reduction): boolean {
  return target.quirks.forcedTools && target.facts?.rules.forcedToolChoice !== false;
}

/** A server's own search has no name to choose it by: alone it is what must be called, among others it is only offered. */
function chosenTool(choice: JsonObject, tools: PlainTool[], { names, losses }: Reduction): PlainToolChoice {
  const wanted = stringAt(choice, 'name') ?? refuse('tool_choice.name', 'must be a string');
  const name = names.toUpstream(wanted, 'tool_choice.name');
  if (tools.some((tool) => tool.kind !== 'web_search' && tool.name === name)) return { type: 'tool', name };
  const hasSearch = wanted === 'web_search' && tools.some((tool) => tool.kind === 'web_search');
  if (!hasSearch) refuse('tool_choice.name', `there is no tool named "${wanted}"`);
  if (tools.length === 1) return { type: 'any' };
  losses.add('tool_choice_changed', 'tool_choice');
  return { type: 'auto' };
}

function parallelOf(choice: JsonObject, { target, losses }: Reduction): boolean | undefined {
  const isDisabled = choice['disable_parallel_tool_use'];
  if (typeof isDisabled !== 'boolean' || choice['type'] === 'none') return undefined;
  if (target.quirks.parallelToolCalls) return !isDisabled;
  if (isDisabled) losses.add('parallel_switch_dropped', 'tool_choice.disable_parallel_tool_use');
  return undefined;
}
