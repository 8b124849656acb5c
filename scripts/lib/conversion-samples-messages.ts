import type { Json, JsonObject } from '../../src/core/json.ts';
import { OWN_STATE } from './conversion-probe.ts';
import {
  LONG_USER,
  PDF,
  PNG,
  type Sample,
  type SampleGroup,
  SCHEMA,
  setting,
  WEB_IMAGE,
} from './conversion-samples.ts';

const user = (...content: JsonObject[]): JsonObject => ({ role: 'user', content });
const assistant = (...content: JsonObject[]): JsonObject => ({ role: 'assistant', content });
const text = (said: string, more: JsonObject = {}): JsonObject => ({ type: 'text', text: said, ...more });

/** Messages: a request that says no more than it must. */
export const LEAST: JsonObject = { model: 'm', max_tokens: 4096, messages: [user(text('Hi'))] };

const TOOL: JsonObject = { name: 'get_weather', input_schema: SCHEMA };
const OTHER_TOOL: JsonObject = { name: 'get_time', input_schema: SCHEMA };
const WITH_TOOLS: JsonObject = { ...LEAST, tools: [TOOL, OTHER_TOOL] };

const said = (field: string, value: Json, shown?: string): Sample => setting(LEAST, field, value, shown);
const chosen = (choice: JsonObject): Sample => setting(WITH_TOOLS, 'tool_choice', choice);
const tool = (shown: string, ...tools: JsonObject[]): Sample => said('tools', tools, shown);

/** A block of the user, behind the text. */
const block = (shown: string, added: JsonObject): Sample => said('messages', [user(text('Hi'), added)], shown);

const SPOKEN = [user(text('Hi')), assistant(text('Well.')), user(text('Go on.'))];

/** A block of the model in an earlier turn. */
const earlier = (shown: string, ...added: JsonObject[]): Sample =>
  setting(
    { ...LEAST, messages: SPOKEN },
    'messages',
    [user(text('Hi')), assistant(...added, text('Well.')), user(text('Go on.'))],
    shown,
  );

const CALL: JsonObject = { type: 'tool_use', id: 'toolu_1', name: 'get_weather', input: { city: 'Paris' } };
const result = (content: Json, more: JsonObject = {}): JsonObject => ({
  type: 'tool_result',
  tool_use_id: 'toolu_1',
  content,
  ...more,
});
const round = (answer: JsonObject): JsonObject[] => [user(text('Hi')), assistant(CALL), user(answer)];
const WITH_ROUND: JsonObject = { ...WITH_TOOLS, messages: round(result('sunny')) };

/** What a tool answers. */
const answered = (shown: string, content: Json, more: JsonObject = {}): Sample =>
  setting(WITH_ROUND, 'messages', round(result(content, more)), shown);

const image = (source: JsonObject): JsonObject => ({ type: 'image', source });
const PNG_SOURCE: JsonObject = { type: 'base64', media_type: 'image/png', data: PNG };
const document = (source: JsonObject): JsonObject => ({ type: 'document', source });

/** What a Messages request can say. */
export const MESSAGES_SAMPLES: readonly SampleGroup[] = [
  {
    heading: 'Settings',
    samples: [
      said('max_tokens', 1000),
      said('max_tokens', 0),
      said('stream', true),
      said('temperature', 0.5),
      said('top_p', 0.5),
      said('top_k', 40),
      said('stop_sequences', ['END']),
      said('stop_sequences', ['1', '2', '3', '4', '5'], '`stop_sequences`, five of them'),
      said('thinking', { type: 'disabled' }),
      said('thinking', { type: 'adaptive' }),
      said('thinking', { type: 'adaptive', display: 'summarized' }),
      said('thinking', { type: 'enabled', budget_tokens: 2048 }),
      said('output_config', { effort: 'low' }),
      said('output_config', { effort: 'max' }),
      said(
        'output_config',
        { format: { type: 'json_schema', schema: SCHEMA } },
        '`output_config.format`, a JSON Schema',
      ),
      said('output_format', { type: 'json_schema', schema: SCHEMA }, '`output_format`, a JSON Schema'),
      said('output_config', { task_budget: { type: 'tokens', total: 50_000 } }, '`output_config.task_budget`'),
      said('metadata', { user_id: 'u-1' }),
      said('metadata', { user_id: LONG_USER }, '`metadata.user_id` of 100 characters'),
      said('service_tier', 'standard_only'),
      said('cache_control', { type: 'ephemeral' }),
      said('context_management', { edits: [{ type: 'clear_thinking_20251015' }] }),
      said('context_management', { edits: [{ type: 'compact_20260112' }] }),
      said('container', 'container_1'),
      said('container', { skills: [{ type: 'anthropic', skill_id: 'xlsx' }] }),
      said('speed', 'fast'),
      said('diagnostics', { level: 'full' }, '`diagnostics`'),
      said('fallbacks', [{ model: 'other' }], '`fallbacks`'),
      said('fallback_credit_token', 't'),
      said('safeguards', {}, '`safeguards`'),
      said('billing_policy', {}, '`billing_policy`'),
      said('mcp_servers', [{ type: 'url', name: 'm', url: 'https://example.com' }], '`mcp_servers`'),
      said('inference_geo', 'us'),
      said('compaction', {}, '`compaction`'),
      said('thread', {}, '`thread`'),
      said('some_new_field', 1, 'a field nobody knows'),
    ],
  },
  {
    heading: 'Tools',
    samples: [
      tool('a tool of the caller’s own', TOOL),
      tool('`strict: true`', { ...TOOL, strict: true }),
      tool('`cache_control` on a tool', { ...TOOL, cache_control: { type: 'ephemeral' } }),
      tool('`input_examples`', { ...TOOL, input_examples: [{ city: 'Paris' }] }),
      tool('`defer_loading: true`', TOOL, { ...OTHER_TOOL, defer_loading: true }),
      tool('`eager_input_streaming: true`', { ...TOOL, eager_input_streaming: true }),
      tool('a name of more than 64 characters', { ...TOOL, name: 'n'.repeat(80) }),
      tool('`bash_20250124`', { type: 'bash_20250124', name: 'bash' }),
      tool('`text_editor_20250728`', { type: 'text_editor_20250728', name: 'str_replace_based_edit_tool' }),
      tool('`web_search_20250305`', { type: 'web_search_20250305', name: 'web_search' }),
      tool('`web_fetch_20250910`', { type: 'web_fetch_20250910', name: 'web_fetch' }),
      tool('`code_execution_20250825`', { type: 'code_execution_20250825', name: 'code_execution' }),
      chosen({ type: 'auto' }),
      chosen({ type: 'any' }),
      chosen({ type: 'tool', name: 'get_weather' }),
      chosen({ type: 'none' }),
      chosen({ type: 'auto', disable_parallel_tool_use: true }),
    ],
  },
  {
    heading: 'System and messages',
    samples: [
      said('system', 'Be kind.'),
      said('system', [text('Be kind.'), text('Be brief.')], '`system`, two blocks'),
      said('system', [text('x-anthropic-billing-header: cc_version=1;')], 'the attribution line of Claude Code'),
      said('system', [text('Be kind.', { cache_control: { type: 'ephemeral' } })], '`cache_control` on a block'),
      said(
        'messages',
        [user(text('Hi')), { role: 'system', content: 'Now in French.' }],
        'a `system` message in mid-conversation',
      ),
      setting({ ...LEAST, messages: SPOKEN }, 'messages', SPOKEN.slice(0, 2), 'a last turn of the assistant (prefill)'),
    ],
  },
  {
    heading: 'Blocks of the user',
    samples: [
      block('`image`, base64', image(PNG_SOURCE)),
      block('`image`, URL', image({ type: 'url', url: WEB_IMAGE })),
      block('`image`, file id', image({ type: 'file', file_id: 'file_1' })),
      block('`document`, PDF', document({ type: 'base64', media_type: 'application/pdf', data: PDF })),
      block('`document`, text', document({ type: 'text', media_type: 'text/plain', data: 'notes' })),
      block('`search_result`', {
        type: 'search_result',
        source: 'https://example.com',
        title: 'A page',
        content: [text('found')],
      }),
      block('`container_upload`', { type: 'container_upload', file_id: 'file_1' }),
      block('a block nobody knows', { type: 'some_new_block' }),
      setting(WITH_TOOLS, 'messages', round(result('sunny')), '`tool_use` and `tool_result`'),
      answered('an image in a `tool_result`', [text('sunny'), image(PNG_SOURCE)]),
      answered('`is_error: true`', 'sunny', { is_error: true }),
      answered('`tool_reference` in a `tool_result`', [{ type: 'tool_reference', tool_name: 'get_time' }]),
      setting(
        WITH_TOOLS,
        'messages',
        [user(text('Hi')), assistant(CALL), user(text('stop'))],
        'a call without a result',
      ),
    ],
  },
  {
    heading: 'Blocks of earlier answers',
    samples: [
      earlier('`thinking` of this upstream', { type: 'thinking', thinking: 'Hm.', signature: OWN_STATE }),
      earlier('`thinking` of another', { type: 'thinking', thinking: 'Hm.', signature: 'c2ln' }),
      earlier('`redacted_thinking` of another', { type: 'redacted_thinking', data: 'ZGF0YQ==' }),
      earlier(
        '`server_tool_use` and its result',
        { type: 'server_tool_use', id: 'srvtoolu_1', name: 'web_search', input: { query: 'q' } },
        { type: 'web_search_tool_result', tool_use_id: 'srvtoolu_1', content: [] },
      ),
      earlier(
        '`citations` on a text',
        text('So.', { citations: [{ type: 'char_location', document_index: 0, cited_text: 'a' }] }),
      ),
    ],
  },
];
