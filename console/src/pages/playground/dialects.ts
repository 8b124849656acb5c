/** The three formats of the gateway. */
export const DIALECTS = ['messages', 'chat', 'responses'] as const;

/** One of the formats. */
export type Dialect = (typeof DIALECTS)[number];

/** An image, as base64 of its bytes. */
export type Attached = { name: string; type: string; base64: string };

/** One turn of the conversation. */
export type Turn = { id: number; role: 'user' | 'assistant'; text: string; images: readonly Attached[] };

/** A tool, in the words of the Messages API. */
export type Tool = { name: string; description?: string; input_schema: unknown };

/** What is asked, in no format yet. */
export type Ask = {
  model: string;
  system: string;
  turns: readonly Turn[];
  tools: readonly Tool[];
  thinking: boolean;
  stream: boolean;
  maxTokens: number;
};

/** How a format is spoken: where it goes, how a request is written, what an event adds to the answer. */
type Speech = {
  path: string;
  write(ask: Ask): Record<string, unknown>;
};

/** Each format. */
export const SPEECH: Record<Dialect, Speech> = {
  messages: {
    path: '/v1/messages',
    write: ({ model, system, turns, tools, thinking, stream, maxTokens }) => ({
      model,
      max_tokens: maxTokens,
      ...(system !== '' && { system }),
      messages: turns.map(({ role, text, images }) => ({
        role,
        content:
          images.length === 0
            ? text
            : [
                ...images.map(({ type, base64 }) => ({
                  type: 'image',
                  source: { type: 'base64', media_type: type, data: base64 },
                })),
                { type: 'text', text },
              ],
      })),
      ...(tools.length > 0 && { tools }),
      ...(thinking && { thinking: { type: 'adaptive', display: 'summarized' } }),
      ...(stream && { stream }),
    }),
  },
  chat: {
    path: '/v1/chat/completions',
    write: ({ model, system, turns, tools, thinking, stream, maxTokens }) => ({
      model,
      max_completion_tokens: maxTokens,
      messages: [
        ...(system === '' ? [] : [{ role: 'system', content: system }]),
        ...turns.map(({ role, text, images }) => ({
          role,
          content:
            images.length === 0
              ? text
              : [
                  ...images.map((image) => ({ type: 'image_url', image_url: { url: dataUrl(image) } })),
                  { type: 'text', text },
                ],
        })),
      ],
      ...(tools.length > 0 && {
        tools: tools.map(({ name, description, input_schema: parameters }) => ({
          type: 'function',
          function: { name, description, parameters },
        })),
      }),
      ...(thinking && { reasoning_effort: 'medium' }),
      ...(stream && { stream, stream_options: { include_usage: true } }),
    }),
  },
  responses: {
    path: '/v1/responses',
    write: ({ model, system, turns, tools, thinking, stream, maxTokens }) => ({
      model,
      max_output_tokens: maxTokens,
      ...(system !== '' && { instructions: system }),
      input: turns.map(({ role, text, images }) => ({
        role,
        content:
          images.length === 0
            ? text
            : [
                ...images.map((image) => ({ type: 'input_image', image_url: dataUrl(image) })),
                { type: 'input_text', text },
              ],
      })),
      ...(tools.length > 0 && {
        tools: tools.map(({ name, description, input_schema: parameters }) => ({
          type: 'function',
          name,
          description,
          parameters,
          strict: false,
        })),
      }),
      ...(thinking && { reasoning: { effort: 'medium', summary: 'auto' } }),
      store: false,
      ...(stream && { stream }),
    }),
  },
};

function dataUrl({ type, base64 }: Attached): string {
  return `data:${type};base64,${base64}`;
}
