import type { InputOf } from '../../api/client.ts';
import type { Language } from '../../lib/preferences.ts';

type Quirks = NonNullable<NonNullable<InputOf<'PATCH /channels/{name}'>['body']>['quirks']>;

/** The name of a quirk, as the API and the configuration file write it. */
export type QuirkName = keyof Quirks;

/** What a quirk is set to: yes or no, one of some words, a number, or a list of words. */
type Kind = 'flag' | 'number' | 'words' | readonly string[];

type Quirk = { kind: Kind } & Record<Language, string>;

/** What an upstream may take or not take beside what its provider says. */
// biome-ignore format: one line a quirk
export const QUIRKS: { readonly [name in QuirkName]-?: Quirk } = {
  developer_role: { kind: 'flag', en: 'System text goes as role developer', 'zh-CN': '系统文本以 developer 角色发送' },
  system_mid_conversation: { kind: 'flag', en: 'A system message may stand behind other turns', 'zh-CN': '系统消息可位于其他轮次之后' },
  content_parts: { kind: 'flag', en: 'Content may be a list of parts', 'zh-CN': '内容可以是分段列表' },
  max_tokens_field: { kind: ['max_completion_tokens', 'max_tokens'], en: 'Name of the output limit', 'zh-CN': '输出上限的字段名' },
  max_output_tokens: { kind: 'number', en: 'Largest output limit that it takes', 'zh-CN': '可接受的最大输出上限' },
  stream_options: { kind: 'flag', en: 'Takes stream_options.include_usage', 'zh-CN': '接受 stream_options.include_usage' },
  sampling: { kind: 'flag', en: 'Takes temperature and top_p', 'zh-CN': '接受 temperature 与 top_p' },
  top_k: { kind: 'flag', en: 'Takes top_k', 'zh-CN': '接受 top_k' },
  seed_and_penalties: { kind: 'flag', en: 'Takes seed and the two penalties', 'zh-CN': '接受 seed 与两种惩罚参数' },
  stop_sequences: { kind: 'number', en: 'Most stop sequences; 0: none', 'zh-CN': '停止序列的最大数量；0 为不支持' },
  tools: { kind: 'flag', en: 'Tools of the caller', 'zh-CN': '调用方自带的工具' },
  forced_tools: { kind: 'flag', en: 'A tool can be forced', 'zh-CN': '可强制使用工具' },
  parallel_tool_calls: { kind: 'flag', en: 'Takes parallel_tool_calls', 'zh-CN': '接受 parallel_tool_calls' },
  strict_tools: { kind: 'flag', en: 'Takes strict on tools', 'zh-CN': '工具接受 strict' },
  custom_tools: { kind: 'flag', en: 'Free-form (custom) tools', 'zh-CN': '自由格式（custom）工具' },
  tool_ids: { kind: ['up_to_40', 'up_to_64', 'nine_alphanumerics'], en: 'What ids of tool calls look like', 'zh-CN': '工具调用 ID 的格式' },
  images: { kind: 'flag', en: 'Images in user messages', 'zh-CN': '用户消息可含图片' },
  image_urls: { kind: 'flag', en: 'Images and files by URL', 'zh-CN': '图片与文件可用 URL 给出' },
  files: { kind: 'flag', en: 'Files (PDF)', 'zh-CN': '文件（PDF）' },
  json_schema: { kind: 'flag', en: 'Answers by a JSON schema', 'zh-CN': '按 JSON Schema 作答' },
  json_object: { kind: 'flag', en: 'Answers as a JSON object', 'zh-CN': '以 JSON 对象作答' },
  effort_knob: { kind: ['effort', 'reasoning_object', 'enable_thinking', 'thinking_object', 'thinking_or_effort', 'chat_template', 'none'], en: 'How it is told how hard to think', 'zh-CN': '思考强度的指定方式' },
  efforts: { kind: 'words', en: 'Effort words that it knows, weakest first', 'zh-CN': '可用的强度词，由弱到强' },
  reasoning_field: { kind: ['reasoning_content', 'reasoning', 'reasoning_details', 'thinking_parts'], en: 'Where reasoning goes back', 'zh-CN': '推理内容回传的字段' },
  reasoning_replay: { kind: ['never', 'tool_calls', 'always'], en: 'Which earlier messages need their reasoning', 'zh-CN': '哪些历史消息须带推理内容' },
  think_tags: { kind: 'flag', en: 'Reasoning comes between <think> tags', 'zh-CN': '推理内容位于 <think> 标签中' },
  reasoning_outside_output: { kind: 'flag', en: 'Output tokens leave reasoning out', 'zh-CN': '输出 Token 不含推理' },
  cache_control: { kind: 'flag', en: 'Takes cache_control', 'zh-CN': '接受 cache_control' },
  prompt_cache_key: { kind: 'flag', en: 'Takes prompt_cache_key', 'zh-CN': '接受 prompt_cache_key' },
  user_field: { kind: ['safety_identifier', 'user'], en: 'Where the end user is named', 'zh-CN': '标识最终用户的字段' },
  service_tier: { kind: 'flag', en: 'Takes service_tier', 'zh-CN': '接受 service_tier' },
  store_and_metadata: { kind: 'flag', en: 'Takes store and metadata', 'zh-CN': '接受 store 与 metadata' },
  verbosity: { kind: 'flag', en: 'Takes verbosity', 'zh-CN': '接受 verbosity' },
  open_ai_extras: { kind: 'flag', en: 'Takes logprobs, logit_bias, n, prediction', 'zh-CN': '接受 logprobs、logit_bias、n、prediction' },
  encrypted_reasoning: { kind: 'flag', en: 'Gives encrypted reasoning (Responses)', 'zh-CN': '提供加密推理内容（Responses）' },
  abort: { kind: ['cancel', 'drain'], en: 'A call whose client has gone', 'zh-CN': '客户端离开后的调用' },
};

/** The names of all quirks, in the order of the table. */
export const QUIRK_NAMES: readonly QuirkName[] = keysOf(QUIRKS);

/** What a quirk's field says, for the API; one that this console does not know stays as it is. */
export function readQuirk(name: string, text: string): unknown {
  const kind = QUIRK_NAMES.filter((each) => each === name).map((each) => QUIRKS[each].kind)[0];
  if (kind === 'flag') return text === 'true';
  if (kind === 'number') return Number(text);
  if (kind === 'words') {
    return text.split(/[\s,，]+/).filter((word) => word !== '');
  }
  return text;
}

/** What a field of a quirk begins with. */
export function firstValue(name: QuirkName): string {
  const { kind } = QUIRKS[name];
  if (kind === 'flag') return 'true';
  return typeof kind === 'string' ? '' : (kind[0] ?? '');
}

function keysOf<Key extends string>(table: Record<Key, unknown>): Key[] {
  const keys: Key[] = [];
  for (const key in table) keys.push(key);
  return keys;
}
