import { isJsonObject, type JsonObject } from '../../core/json.ts';
import type { PlainTool } from '../../core/plain-request.ts';
import { refuse } from '../shared/fields.ts';
import { defined, type Formatting } from '../shared/write-request/formatting.ts';
import { formatToolChoice } from '../shared/write-request/tool-choice.ts';

type SearchTool = Extract<PlainTool, { kind: 'web_search' }>;
type NamedTool = Exclude<PlainTool, SearchTool>;

/** `tools`, how they may be called, and the web search; nothing at all without tools (P77, P83). */
export function formatTools(formatting: Formatting): JsonObject {
  const { plain, quirks } = formatting;
  const named = plain.tools.filter((tool) => tool.kind !== 'web_search');
  const search = plain.tools.find((tool) => tool.kind === 'web_search');
  const choice = plain.toolChoice;
  return {
    ...(named.length > 0 &&
      defined({
        tools: named.map((tool) => formatTool(tool, quirks.strictTools)),
        tool_choice: choice && formatToolChoice(choice, named, (type, name) => ({ type, [type]: { name } })),
        parallel_tool_calls: plain.parallelToolCalls,
      })),
    ...(search && maySearch(named, formatting) && { web_search_options: searchOptions(search, formatting) }),
  };
}

function formatTool(tool: NamedTool, takesStrict: boolean): JsonObject {
  if (tool.kind === 'free_form') {
    const { name, description, format } = tool;
    return { type: 'custom', custom: defined({ name, description, format }) };
  }
  const { name, description, parameters, cacheControl } = tool;
  const strict = takesStrict ? tool.strict : undefined;
  return defined({
    type: 'function',
    function: defined({ name, description, parameters, strict }),
    cache_control: cacheControl,
  });
}

/**
 * Only OpenAI searches in Chat. Coding agents offer a search with every request (`clients.md` §2): beside other tools it is left
 * out, and reported; on its own it is what the request is for (P50).
 */
function maySearch(others: readonly NamedTool[], { quirks, losses }: Formatting): boolean {
  if (quirks.openAiExtras) return true;
  if (others.length === 0) refuse('tools', 'web search is not supported by this model');
  losses.add('web_search_dropped', 'tools');
  return false;
}

/** Chat searches by an option of the request (P42); it has no list of domains. */
function searchOptions({ settings }: SearchTool, { losses }: Formatting): JsonObject {
  const { user_location: location, search_context_size: size, ...others } = settings;
  for (const key of Object.keys(others)) losses.add('tool_settings_dropped', `tools.web_search.${key}`);
  return defined({ search_context_size: size, user_location: isJsonObject(location) ? placeOf(location) : undefined });
}

function placeOf({ type: _type, ...approximate }: JsonObject): JsonObject {
  return { type: 'approximate', approximate };
}
