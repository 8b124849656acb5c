import type { Json } from '../../core/json.ts';
import { isJsonObject } from '../../core/json.ts';
import { invalid } from '../refusal.ts';
import type { Fields, Shape } from './shape.ts';
import {
  anything,
  boolean,
  list,
  nullable,
  object,
  oneOf,
  openObject,
  string,
  stringOr,
  tagged,
  tagOf,
  under,
  unknownTag,
} from './shape.ts';

/** Content blocks, and where each may stand (`anthropic-surface.md` §5). */

/** Where a block stands: in a turn of that role, or inside a `tool_result`. */
type Place = 'user' | 'assistant' | 'system' | 'tool_result';

/** `cache_control` of a block; `scope` is a hint that coding agents send. */
export const CACHE_CONTROL: Shape = nullable(
  object({ type: oneOf('ephemeral') }, { ttl: oneOf('5m', '1h'), scope: anything }),
);

/** Ids of tool calls. */
const TOOL_USE_ID: Shape = string({ pattern: /^[a-zA-Z0-9_-]+$/ });

const CITATIONS: Shape = nullable(list(openObject({ type: string() })));

/** A block of these fields beside `type` and `cache_control`. */
function block(required: Fields, optional: Fields = {}): Shape {
  return object({ type: anything, ...required }, { cache_control: CACHE_CONTROL, ...optional });
}

/** A block that servers write and clients only send back: its inside is not the caller's to get wrong. */
const SENT_BACK: Shape = openObject({ type: anything }, { cache_control: CACHE_CONTROL });

const URL_SOURCE: Shape = object({ type: anything, url: string({ min: 1 }) });
const FILE_SOURCE: Shape = object({ type: anything, file_id: string({ min: 1 }) });

const TEXT = block({ text: string() }, { citations: CITATIONS });

const IMAGE_SOURCE: Shape = tagged({
  base64: object({
    type: anything,
    media_type: oneOf('image/jpeg', 'image/png', 'image/gif', 'image/webp'),
    data: string(),
  }),
  url: URL_SOURCE,
  file: FILE_SOURCE,
});

const IMAGE = block({ source: IMAGE_SOURCE }, { transformations: anything });

const DOCUMENT_SOURCE: Shape = tagged({
  base64: object({ type: anything, media_type: oneOf('application/pdf'), data: string() }),
  text: object({ type: anything, media_type: oneOf('text/plain'), data: string() }),
  content: object({ type: anything, content: stringOr(list(tagged({ text: TEXT, image: IMAGE }))) }),
  url: URL_SOURCE,
  file: FILE_SOURCE,
});

const DOCUMENT = block(
  { source: DOCUMENT_SOURCE },
  { title: nullable(string()), context: nullable(string()), citations: nullable(object({}, { enabled: boolean })) },
);

const SEARCH_RESULT = block(
  { source: string(), title: string(), content: list(tagged({ text: TEXT })) },
  { citations: nullable(object({}, { enabled: boolean })) },
);

const TOOL_CALL_FIELDS = { id: TOOL_USE_ID, name: string({ min: 1 }), input: openObject() } as const;

const TOOL_USE = block(TOOL_CALL_FIELDS, { caller: anything, toolset_name: anything });

const SERVER_TOOL_USE = block(
  { ...TOOL_CALL_FIELDS, id: string({ pattern: /^srvtoolu_[a-zA-Z0-9_]+$/ }) },
  { caller: anything },
);

const TOOL_RESULT = block(
  { tool_use_id: TOOL_USE_ID },
  {
    content: stringOr(list((value, path) => checkBlock(value, path, 'tool_result'))),
    is_error: nullable(boolean),
    toolset_name: anything,
  },
);

type BlockRow = { places: readonly Place[]; shape: Shape };

const BLOCKS: Readonly<Record<string, BlockRow>> = {
  text: { places: ['user', 'assistant', 'tool_result', 'system'], shape: TEXT },
  image: { places: ['user', 'tool_result'], shape: IMAGE },
  // In assistant turns only under the older API version: version-rules.ts.
  document: { places: ['user', 'assistant', 'tool_result'], shape: DOCUMENT },
  search_result: { places: ['user', 'tool_result'], shape: SEARCH_RESULT },
  thinking: {
    places: ['assistant'],
    // No cache_control on either kind of thinking (§7).
    shape: object({ type: anything, thinking: string(), signature: string() }),
  },
  redacted_thinking: {
    places: ['assistant'],
    shape: object({ type: anything, data: string({ min: 1 }) }),
  },
  tool_use: { places: ['assistant'], shape: TOOL_USE },
  tool_result: { places: ['user'], shape: TOOL_RESULT },
  server_tool_use: { places: ['assistant'], shape: SERVER_TOOL_USE },
  web_search_tool_result: { places: ['assistant'], shape: SENT_BACK },
  web_fetch_tool_result: { places: ['assistant'], shape: SENT_BACK },
  code_execution_tool_result: { places: ['assistant'], shape: SENT_BACK },
  bash_code_execution_tool_result: { places: ['assistant'], shape: SENT_BACK },
  text_editor_code_execution_tool_result: { places: ['assistant'], shape: SENT_BACK },
  tool_search_tool_result: { places: ['assistant'], shape: SENT_BACK },
  container_upload: { places: ['user'], shape: block({ file_id: string({ min: 1 }) }) },
  tool_reference: { places: ['tool_result'], shape: block({ tool_name: string({ min: 1 }) }) },
  browser_state: { places: ['tool_result'], shape: SENT_BACK },
  mcp_tool_use: { places: ['assistant'], shape: SENT_BACK },
  mcp_tool_result: { places: ['assistant'], shape: SENT_BACK },
  mcp_tool_listing: { places: ['assistant'], shape: SENT_BACK },
  compaction: { places: ['assistant'], shape: SENT_BACK },
  fallback: { places: ['assistant'], shape: SENT_BACK },
  advisor_tool_result: { places: ['assistant'], shape: SENT_BACK },
  tool_addition: { places: ['system'], shape: SENT_BACK },
  tool_removal: { places: ['system'], shape: SENT_BACK },
};

/**
 * Checks one block of a turn or of a tool result.
 * @throws RequestRefused naming the block or its field.
 */
function checkBlock(value: Json, path: string, place: Place): void {
  const tag = tagOf(value, path);
  const row = Object.hasOwn(BLOCKS, tag) ? BLOCKS[tag] : undefined;
  if (!row) throw unknownTag(tag, path, Object.keys(BLOCKS));
  if (!row.places.includes(place)) throw invalid(path, misplaced(tag, row.places));
  row.shape(value, under(path, tag));
}

/** Checks `content` of a turn: a string, or a list of blocks. */
export function checkContent(value: Json, path: string, place: Place): void {
  stringOr(list((entry, entryPath) => checkBlock(entry, entryPath, place)))(value, path);
}

/** Checks `system`: a string, or a list of text blocks, none of them empty. */
export function checkSystem(value: Json, path: string): void {
  stringOr(list(tagged({ text: TEXT })))(value, path);
  if (!Array.isArray(value)) return;
  value.forEach((entry, index) => {
    if (isJsonObject(entry) && entry['text'] === '') {
      throw invalid(under(path, index), 'text content blocks must be non-empty');
    }
  });
}

function misplaced(tag: string, places: readonly Place[]): string {
  const names = places.filter((place) => place !== 'tool_result').map((place) => `\`${place}\``);
  if (names.length === 0) return `\`${tag}\` blocks can only be in \`tool_result\` blocks`;
  return `\`${tag}\` blocks can only be in ${names.join(' or ')} messages`;
}
