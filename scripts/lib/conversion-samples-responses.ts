import type { Json, JsonObject } from '../../src/core/json.ts';
import { OWN_STATE } from './conversion-probe.ts';
import {
  LONG_USER,
  PDF_URI,
  PNG_URI,
  type Sample,
  type SampleGroup,
  SCHEMA,
  setting,
  WEB_IMAGE,
} from './conversion-samples.ts';

const HI: JsonObject = { role: 'user', content: [{ type: 'input_text', text: 'Hi' }] };

/** Responses: a request that says no more than it must. */
export const LEAST: JsonObject = { model: 'm', input: [HI] };

const TOOL: JsonObject = { type: 'function', name: 'get_weather', parameters: SCHEMA, strict: false };
const OTHER_TOOL: JsonObject = { ...TOOL, name: 'get_time' };
const CUSTOM: JsonObject = { type: 'custom', name: 'exec', description: 'Runs.' };
const WITH_TOOLS: JsonObject = { ...LEAST, tools: [TOOL, OTHER_TOOL] };

const said = (field: string, value: Json, shown?: string): Sample => setting(LEAST, field, value, shown);
const tool = (shown: string, ...tools: JsonObject[]): Sample => said('tools', tools, shown);
const chosen = (choice: Json, shown?: string): Sample => setting(WITH_TOOLS, 'tool_choice', choice, shown);

/** A part of the user, behind the text. */
const part = (shown: string, added: JsonObject): Sample =>
  said('input', [{ role: 'user', content: [{ type: 'input_text', text: 'Hi' }, added] }], shown);

const SAID: JsonObject = { type: 'message', role: 'assistant', content: [{ type: 'output_text', text: 'Well.' }] };
const GO_ON: JsonObject = { role: 'user', content: [{ type: 'input_text', text: 'Go on.' }] };

/** Items of an earlier answer, in front of its text. */
const earlier = (shown: string, ...items: JsonObject[]): Sample =>
  setting({ ...LEAST, input: [HI, SAID, GO_ON] }, 'input', [HI, ...items, SAID, GO_ON], shown);

const CALL: JsonObject = {
  type: 'function_call',
  call_id: 'call_1',
  name: 'get_weather',
  arguments: '{"city":"Paris"}',
};
const answered = (output: Json): JsonObject => ({ type: 'function_call_output', call_id: 'call_1', output });
const hosted = (type: string): Sample => earlier(`\`${type}\``, { type, id: 'x_1', status: 'completed' });

/** What a Responses request can say. */
export const RESPONSES_SAMPLES: readonly SampleGroup[] = [
  {
    heading: 'Settings',
    samples: [
      said('instructions', 'Be kind.'),
      said('max_output_tokens', 1000),
      said('stream', true),
      said('stream_options', { include_obfuscation: false }),
      said('temperature', 0.5),
      said('temperature', 1.5),
      said('top_p', 0.5),
      said('top_k', 40),
      said('reasoning', { effort: 'none' }),
      said('reasoning', { effort: 'high' }),
      said('reasoning', { effort: 'high', summary: 'auto' }),
      said('text', { verbosity: 'low' }),
      said('text', { format: { type: 'json_object' } }),
      said(
        'text',
        { format: { type: 'json_schema', name: 'weather', schema: SCHEMA, strict: true } },
        '`text.format`, a JSON Schema',
      ),
      said('include', ['reasoning.encrypted_content']),
      said('include', ['message.output_text.logprobs']),
      said('include', ['file_search_call.results']),
      said('top_logprobs', 2),
      said('truncation', 'auto'),
      said('context_management', [{ type: 'compaction' }]),
      said('client_metadata', { a: 'b' }),
      said('user', 'u-1'),
      said('safety_identifier', 'u-1'),
      said('safety_identifier', LONG_USER, '`safety_identifier` of 100 characters'),
      said('metadata', { team: 'a' }),
      said('service_tier', 'default'),
      said('service_tier', 'flex'),
      said('prompt_cache_key', 'k'),
      said('prompt_cache_retention', '24h'),
      said('prompt_cache_options', { ttl: '1h' }),
      said('store', false),
      said('store', true),
      said('background', true),
      said('previous_response_id', 'resp_1'),
      said('conversation', 'conv_1'),
      said('prompt', { id: 'pmpt_1' }, '`prompt`'),
      said('some_new_field', 1, 'a field nobody knows'),
    ],
  },
  {
    heading: 'Tools',
    samples: [
      tool('a function', TOOL),
      tool('`strict: true`', { ...TOOL, strict: true }),
      tool('a free-form (`custom`) tool', CUSTOM),
      tool('a `namespace` of tools', { type: 'namespace', name: 'files', description: 'Files.', tools: [TOOL] }),
      ...['web_search', 'web_search_2025_08_26', 'web_search_preview', 'web_search_preview_2025_03_11'].map((type) =>
        tool(`\`${type}\``, { type }),
      ),
      ...['file_search', 'code_interpreter', 'image_generation', 'computer_use_preview', 'local_shell', 'mcp'].map(
        (type) => tool(`\`${type}\``, { type }),
      ),
      setting(WITH_TOOLS, 'max_tool_calls', 3),
      setting(
        { ...LEAST, tools: [{ type: 'web_search' }] },
        'max_tool_calls',
        3,
        '`max_tool_calls: 3` beside a web search',
      ),
      chosen('auto'),
      chosen('required'),
      chosen('none'),
      chosen({ type: 'function', name: 'get_weather' }, '`tool_choice`, one function'),
      chosen({ type: 'allowed_tools', mode: 'auto', tools: [TOOL] }, '`tool_choice`, `allowed_tools`'),
      setting(WITH_TOOLS, 'parallel_tool_calls', false),
    ],
  },
  {
    heading: 'Input',
    samples: [
      said('input', [{ role: 'system', content: 'Be kind.' }, HI], '`system` in front'),
      said('input', [{ role: 'developer', content: 'Be kind.' }, HI], '`developer` in front'),
      said('input', [HI, { role: 'developer', content: 'Now in French.' }], '`developer` in mid-conversation'),
      part('`text` for `input_text`', { type: 'text', text: 'More.' }),
      part('an image as data URI', { type: 'input_image', image_url: PNG_URI }),
      part('an image by URL', { type: 'input_image', image_url: WEB_IMAGE }),
      part('an image by file id', { type: 'input_image', file_id: 'file-1' }),
      part('a PDF file', { type: 'input_file', filename: 'a.pdf', file_data: PDF_URI }),
      part('a file by URL', { type: 'input_file', file_url: 'https://example.com/a.pdf' }),
      part('`input_audio`', { type: 'input_audio', input_audio: { data: 'AAAA', format: 'wav' } }),
      said('input', [{ type: 'additional_tools', role: 'developer', tools: [TOOL] }, HI], '`additional_tools` (Codex)'),
      said('input', [HI, { type: 'item_reference', id: 'msg_1' }], '`item_reference`'),
      setting(WITH_TOOLS, 'input', [HI, CALL, answered('sunny')], '`function_call` and its output'),
      setting(
        { ...WITH_TOOLS, input: [HI, CALL, answered([{ type: 'input_text', text: 'sunny' }])] },
        'input',
        [
          HI,
          CALL,
          answered([
            { type: 'input_text', text: 'sunny' },
            { type: 'input_image', image_url: PNG_URI },
          ]),
        ],
        'an image in an output',
      ),
      setting(
        { ...LEAST, tools: [CUSTOM] },
        'input',
        [
          HI,
          { type: 'custom_tool_call', call_id: 'call_1', name: 'exec', input: 'ls' },
          { type: 'custom_tool_call_output', call_id: 'call_1', output: 'a.txt' },
        ],
        '`custom_tool_call` and its output',
      ),
      setting(WITH_TOOLS, 'input', [HI, CALL, GO_ON], 'a call without an output'),
    ],
  },
  {
    heading: 'Items of earlier answers',
    samples: [
      earlier('`reasoning` of this upstream', {
        type: 'reasoning',
        id: 'rs_1',
        summary: [{ type: 'summary_text', text: 'Hm.' }],
        encrypted_content: OWN_STATE,
      }),
      earlier('a `refusal` part', {
        type: 'message',
        role: 'assistant',
        content: [{ type: 'refusal', refusal: 'No.' }],
      }),
      earlier('`reasoning` of another', { type: 'reasoning', id: 'rs_1', summary: [], encrypted_content: 'x' }),
      setting(
        { ...LEAST, input: [HI, SAID, GO_ON] },
        'input',
        [HI, { ...SAID, phase: 'commentary' }, GO_ON],
        '`phase` of a message',
      ),
      hosted('web_search_call'),
      hosted('file_search_call'),
      hosted('code_interpreter_call'),
      hosted('image_generation_call'),
      hosted('mcp_list_tools'),
      hosted('mcp_call'),
      hosted('computer_call'),
    ],
  },
];
