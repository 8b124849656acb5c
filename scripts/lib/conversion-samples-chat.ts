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
  TEXT_URI,
  WEB_IMAGE,
} from './conversion-samples.ts';

const HI: JsonObject = { role: 'user', content: [{ type: 'text', text: 'Hi' }] };

/** Chat Completions: a request that says no more than it must. */
export const LEAST: JsonObject = { model: 'm', messages: [HI] };

const FUNCTION: JsonObject = { name: 'get_weather', parameters: SCHEMA };
const TOOL: JsonObject = { type: 'function', function: FUNCTION };
const OTHER_TOOL: JsonObject = { type: 'function', function: { name: 'get_time', parameters: SCHEMA } };
const WITH_TOOLS: JsonObject = { ...LEAST, tools: [TOOL, OTHER_TOOL] };

const said = (field: string, value: Json, shown?: string): Sample => setting(LEAST, field, value, shown);
const tool = (shown: string, ...tools: JsonObject[]): Sample => said('tools', tools, shown);
const chosen = (choice: Json, shown?: string): Sample => setting(WITH_TOOLS, 'tool_choice', choice, shown);

/** A part of the user, behind the text. */
const part = (shown: string, added: JsonObject): Sample =>
  said('messages', [{ role: 'user', content: [{ type: 'text', text: 'Hi' }, added] }], shown);

const SAID: JsonObject = { role: 'assistant', content: 'Well.' };
const GO_ON: JsonObject = { role: 'user', content: 'Go on.' };

/** Something on a message of the model in an earlier turn. */
const earlier = (shown: string, more: JsonObject): Sample =>
  setting({ ...LEAST, messages: [HI, SAID, GO_ON] }, 'messages', [HI, { ...SAID, ...more }, GO_ON], shown);

const CALLING: JsonObject = {
  role: 'assistant',
  content: null,
  tool_calls: [{ id: 'call_1', type: 'function', function: { name: 'get_weather', arguments: '{"city":"Paris"}' } }],
};
const answered = (content: Json): JsonObject => ({ role: 'tool', tool_call_id: 'call_1', content });

const search = (content: JsonObject): Sample => said('web_search_options', content);

/** What a Chat Completions request can say. */
export const CHAT_SAMPLES: readonly SampleGroup[] = [
  {
    heading: 'Settings',
    samples: [
      said('max_completion_tokens', 1000),
      said('max_tokens', 1000),
      said('stream', true),
      said('stream_options', { include_usage: true }),
      said('temperature', 0.5),
      said('temperature', 1.5),
      said('top_p', 0.5),
      said('top_k', 40),
      said('stop', 'END'),
      said('stop', ['1', '2', '3', '4', '5'], '`stop`, five of them'),
      said('reasoning_effort', 'none'),
      said('reasoning_effort', 'high'),
      said('reasoning', { effort: 'high' }),
      said('reasoning', { max_tokens: 2048 }),
      said('response_format', { type: 'json_object' }),
      said(
        'response_format',
        { type: 'json_schema', json_schema: { name: 'weather', schema: SCHEMA, strict: true } },
        '`response_format`, a JSON Schema',
      ),
      said('verbosity', 'low'),
      said('seed', 7),
      said('frequency_penalty', 0.5),
      said('presence_penalty', 0.5),
      said('logit_bias', { '50256': -100 }),
      said('logprobs', true),
      said('top_logprobs', 2),
      said('n', 2),
      said('prediction', { type: 'content', content: 'x' }, '`prediction`'),
      said('modalities', ['text']),
      said('modalities', ['text', 'audio']),
      said('audio', { voice: 'alloy', format: 'mp3' }, '`audio`'),
      said('user', 'u-1'),
      said('safety_identifier', 'u-1'),
      said('safety_identifier', LONG_USER, '`safety_identifier` of 100 characters'),
      said('metadata', { team: 'a' }),
      said('service_tier', 'default'),
      said('service_tier', 'flex'),
      said('service_tier', 'priority'),
      said('prompt_cache_key', 'k'),
      said('prompt_cache_retention', '24h'),
      said('prompt_cache_options', { ttl: '1h' }),
      said('store', false),
      said('store', true),
      said('some_new_field', 1, 'a field nobody knows'),
    ],
  },
  {
    heading: 'Tools',
    samples: [
      tool('a function', TOOL),
      tool('`strict: true`', { type: 'function', function: { ...FUNCTION, strict: true } }),
      tool('a free-form (`custom`) tool', { type: 'custom', custom: { name: 'exec', description: 'Runs.' } }),
      tool('a schema whose top level is a union', {
        type: 'function',
        function: { name: 'either', parameters: { anyOf: [SCHEMA, SCHEMA] } },
      }),
      said('functions', [FUNCTION], '`functions`, the old form'),
      setting({ ...LEAST, functions: [FUNCTION] }, 'function_call', 'auto'),
      search({}),
      search({ search_context_size: 'high' }),
      chosen('auto'),
      chosen('required'),
      chosen('none'),
      chosen({ type: 'function', function: { name: 'get_weather' } }, '`tool_choice`, one function'),
      chosen(
        { type: 'allowed_tools', allowed_tools: { mode: 'auto', tools: [TOOL] } },
        '`tool_choice`, `allowed_tools`',
      ),
      setting(WITH_TOOLS, 'parallel_tool_calls', false),
    ],
  },
  {
    heading: 'Messages',
    samples: [
      said('messages', [{ role: 'system', content: 'Be kind.' }, HI], '`system` in front'),
      said('messages', [{ role: 'developer', content: 'Be kind.' }, HI], '`developer` in front'),
      said('messages', [HI, { role: 'system', content: 'Now in French.' }], '`system` in mid-conversation'),
      said('messages', [{ ...HI, name: 'ann' }], '`name`'),
      part('an image as data URI', { type: 'image_url', image_url: { url: PNG_URI } }),
      part('an image by URL', { type: 'image_url', image_url: { url: WEB_IMAGE } }),
      part('`detail: "high"` of an image', { type: 'image_url', image_url: { url: PNG_URI, detail: 'high' } }),
      part('a PDF file', { type: 'file', file: { filename: 'a.pdf', file_data: PDF_URI } }),
      part('a text file', { type: 'file', file: { filename: 'a.txt', file_data: TEXT_URI } }),
      part('a file id', { type: 'file', file: { file_id: 'file-1' } }),
      part('`input_audio`', { type: 'input_audio', input_audio: { data: 'AAAA', format: 'wav' } }),
      part('`cache_control` on a part', { type: 'text', text: 'More.', cache_control: { type: 'ephemeral' } }),
      setting(WITH_TOOLS, 'messages', [HI, CALLING, answered('sunny')], '`tool_calls` and `tool`'),
      setting(
        { ...WITH_TOOLS, messages: [HI, CALLING, answered([{ type: 'text', text: 'sunny' }])] },
        'messages',
        [
          HI,
          CALLING,
          answered([
            { type: 'text', text: 'sunny' },
            { type: 'image_url', image_url: { url: PNG_URI } },
          ]),
        ],
        'an image in a `tool` message',
      ),
      setting(WITH_TOOLS, 'messages', [HI, CALLING, GO_ON], 'a call without a result'),
      earlier('`refusal` of an earlier answer', { refusal: 'No.' }),
      earlier('a `refusal` part', { content: [{ type: 'refusal', refusal: 'No.' }] }),
      earlier('`reasoning_details` of this upstream', {
        reasoning_content: 'Hm.',
        reasoning_details: [{ type: 'reasoning.encrypted', data: OWN_STATE, index: 0 }],
      }),
      earlier('`reasoning_content` alone', { reasoning_content: 'Hm.' }),
      earlier('`audio` of an earlier answer', { audio: { id: 'audio_1' } }),
    ],
  },
];
