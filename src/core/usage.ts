import type { JsonObject } from './json.ts';

/**
 * Tokens of one attempt as disjoint counters: nothing is counted twice, so their sum is what was billed.
 * `undefined` means the upstream did not report the counter; 0 means that it reported zero.
 */
export type Usage = {
  /** Fresh input: neither read from nor written to the prompt cache. */
  input?: number;
  cache_read?: number;
  cache_write_5m?: number;
  cache_write_1h?: number;
  /** All output, thinking included. */
  output?: number;
  /** The part of `output` that was thinking. */
  reasoning?: number;
  /** Server-side web searches, billed per use. */
  web_searches?: number;
  /** Pages that the upstream has fetched. */
  web_fetches?: number;
  /** Searches in files that lie at the upstream, billed per use. */
  file_searches?: number;
  /** Containers in which the upstream ran code for this answer; how long they ran it does not say. */
  code_containers?: number;
  /**
   * Terms other than the standard ones under which the upstream bills it, sorted: a service tier (`batch`, `flex`,
   * `priority`), a speed (`fast`), a region (`us`).
   */
  terms?: readonly string[];
  /** The last usage object as the upstream sent it. */
  raw?: JsonObject;
};

/** What is billed by the use, in the order in which receipts list it. */
export const TOOL_CLASSES = ['web_searches', 'web_fetches', 'file_searches', 'code_containers'] as const;

/** One of these. */
export type ToolClass = (typeof TOOL_CLASSES)[number];

/** The token classes that are priced, in the order in which receipts list them. */
export const TOKEN_CLASSES = ['input', 'cache_read', 'cache_write_5m', 'cache_write_1h', 'output'] as const;

/** One priced token class. */
export type TokenClass = (typeof TOKEN_CLASSES)[number];
