/** Blocks of beta features that stand for what a vendor's own tools did, beside the pairs named by pattern. */
const OTHERS: ReadonlySet<string> = new Set(['server_tool_use', 'mcp_tool_use', 'mcp_tool_listing']);

/**
 * Whether a block is one half of a call that Anthropic's servers ran, or its result: `web_search_tool_result` and the like.
 * No other API takes them, and one half without the other is refused (P2), so both halves go.
 */
export function isServerToolBlock(type: string): boolean {
  return OTHERS.has(type) || /._tool_result$/.test(type);
}
