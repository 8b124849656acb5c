import { isJsonObject, type Json, type JsonObject, objectAt, stringAt } from '../../../core/json.ts';
import type { ContentBlock, MessagesRequest, Tool } from '../../../core/message.ts';
import { refuse } from '../fields.ts';
import type { LossList } from '../loss-list.ts';
import { blocksOf, type PlacedBlock } from './message-blocks.ts';

/** A tool that the model may call, and where the caller declared it. */
export type OfferedTool = { tool: Tool; path: string };

/** Stands in Claude Code's requests for the tools it has not declared yet: nothing to call (`clients.md` §7.7). */
const PLACEHOLDER = 'DeferredToolPlaceholder';

/** Whether a block of a system message changes the tools on offer. */
export function isToolChange(block: ContentBlock): boolean {
  return block.type === 'tool_addition' || block.type === 'tool_removal';
}

/**
 * The tools on offer at the end of the conversation. Loading has no counterpart in other APIs: a deferred tool that the
 * conversation has referred to is an ordinary one, any other is left out as the model would not see it either, and tools
 * added or removed on the way are merged into the list (`clients.md` §7.6, §7.7). When the server itself was to search for
 * tools, nobody could find the deferred ones, so all are sent.
 * @throws GatewayError `invalid_request` for two tools of one name.
 */
export function offeredTools(request: MessagesRequest, losses: LossList): OfferedTool[] {
  const messages = request.messages.flatMap((message, index) => blocksOf(message, `messages.${index}`));
  const declared = (request.tools ?? []).map((tool, index) => ({ tool, path: `tools.${index}` }));
  const offered = withChanges(byName(declared), messages, losses);
  const loaded = referredTools(request, messages);
  const isServerSearched = declared.some(({ tool }) => isToolSearch(tool));
  return [...offered.values()].filter(({ tool, path }) => {
    if (isToolSearch(tool) || tool['name'] === PLACEHOLDER) {
      losses.add('tool_loading_dropped', path);
      return false;
    }
    if (tool['defer_loading'] !== true) return true;
    losses.add('tool_loading_dropped', `${path}.defer_loading`);
    return isServerSearched || loaded.has(tool['name']);
  });
}

function isToolSearch(tool: Tool): boolean {
  return (stringAt(tool, 'type') ?? '').startsWith('tool_search_tool_');
}

/** Tools by name; those whose type names none, by path. */
function byName(declared: OfferedTool[]): Map<string, OfferedTool> {
  const tools = new Map<string, OfferedTool>();
  for (const { tool, path } of declared) {
    if (!isJsonObject(tool)) refuse(path, 'must be an object');
    const name = stringAt(tool, 'name') ?? path;
    if (tools.has(name)) refuse(`${path}.name`, `tool names must be unique: ${name}`);
    tools.set(name, { tool, path });
  }
  return tools;
}

function withChanges(
  declared: Map<string, OfferedTool>,
  messages: PlacedBlock[],
  losses: LossList,
): Map<string, OfferedTool> {
  const offered = new Map(declared);
  for (const { block, path } of messages) {
    if (!isToolChange(block)) continue;
    losses.add('tool_changes_merged', path);
    const change = objectAt(block, 'tool') ?? refuse(`${path}.tool`, 'must be an object');
    const definition = change['type'] === 'tool_definition' ? objectAt(change, 'definition') : undefined;
    const name = stringAt(definition ?? change, 'name');
    if (name === undefined || change['server_name'] !== undefined) {
      return refuse(`${path}.tool`, 'MCP servers are not supported by this model');
    }
    const again = declared.get(name);
    if (block.type === 'tool_removal') offered.delete(name);
    else if (definition) offered.set(name, { tool: definition, path: `${path}.tool.definition` });
    else if (again) offered.set(name, again);
  }
  return offered;
}

/** Names that the conversation has loaded, called, or must call. */
function referredTools(request: MessagesRequest, messages: PlacedBlock[]): ReadonlySet<Json | undefined> {
  const names = messages.flatMap(({ block }) => {
    if (block.type === 'tool_use') return [block['name']];
    if (block.type === 'tool_addition') return [objectAt(block, 'tool')?.['name']];
    if (block.type === 'tool_result') return referencesIn(block['content']);
    return [];
  });
  return new Set([...names, objectAt(request, 'tool_choice')?.['name']].filter((name) => name !== undefined));
}

function referencesIn(content: Json | undefined): (Json | undefined)[] {
  if (!Array.isArray(content)) return [];
  return content
    .filter((part): part is JsonObject => isJsonObject(part) && part['type'] === 'tool_reference')
    .map((part) => part['tool_name']);
}
