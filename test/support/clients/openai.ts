import OpenAI from 'openai';
import { zodResponseFormat, zodTextFormat } from 'openai/helpers/zod';
import type { ResponseInput, ResponseInputItem, ResponseOutputItem } from 'openai/resources/responses/responses';
import OpenAIBefore from 'openai-6';
import * as z from 'zod';
import { type Client, type Driver, MOST_ROUNDS, REPORT, readFailure, WEATHER, weatherOf } from './client.ts';

/** Both lines of OpenAI's SDK, on both of its APIs. */
export const OPENAI_SDKS: readonly Driver[] = [
  ['openai 7', OpenAI] as const,
  ['openai 6', asNewer(OpenAIBefore)] as const,
].flatMap(([name, Sdk]) => [
  driverOf(`${name} Chat`, 'openai-chat', Sdk, chatClient),
  driverOf(`${name} Responses`, 'openai-responses', Sdk, responsesClient),
]);

function driverOf(
  name: string,
  dialect: Driver['dialect'],
  Sdk: typeof OpenAI,
  connected: (client: OpenAI, model: string) => Client,
): Driver {
  return {
    name,
    dialect,
    connect: ({ origin, key, model }) =>
      connected(new Sdk({ apiKey: key, baseURL: `${origin}/v1`, maxRetries: 0 }), model),
    failureOf: (thrown) => {
      if (!(thrown instanceof Sdk.APIError)) throw thrown;
      return readFailure(thrown, thrown.constructor.name);
    },
    failures: { invalid: 'BadRequestError', rateLimited: 'RateLimitError', overloaded: 'InternalServerError' },
  };
}

function chatClient(client: OpenAI, model: string): Client {
  const asking = (content: string | OpenAI.ChatCompletionContentPart[]) => ({
    model,
    reasoning_effort: 'medium' as const,
    messages: [{ role: 'user' as const, content }],
  });
  const withUsage = { stream: true as const, stream_options: { include_usage: true } };
  const tool = {
    type: 'function' as const,
    function: { ...WEATHER, parse: parseArguments, function: weatherOf },
  };
  return {
    say: async (prompt, { stream }) => {
      let streamedReasoning = '';
      const completion = stream
        ? await client.chat.completions
            .stream({ ...asking(prompt), ...withUsage })
            .on('chunk', ({ choices }) => {
              streamedReasoning += reasoningIn(choices[0]?.delta);
            })
            .finalChatCompletion()
        : await client.chat.completions.create(asking(prompt));
      const message = completion.choices[0]?.message;
      return {
        text: message?.content ?? '',
        reasoning: stream ? streamedReasoning : reasoningIn(message),
        usage: {
          input: completion.usage?.prompt_tokens ?? Number.NaN,
          cached: completion.usage?.prompt_tokens_details?.cached_tokens ?? 0,
          output: completion.usage?.completion_tokens ?? Number.NaN,
        },
      };
    },
    useTools: async (prompt, { stream }) => {
      const asked = { ...asking(prompt), tools: [tool] };
      if (!stream) return keepEveryMessage(client, asked);
      return (await client.chat.completions.runTools({ ...asked, ...withUsage }).finalContent()) ?? '';
    },
    see: async (prompt, images) => {
      const parts = images.map((url) => ({ type: 'image_url' as const, image_url: { url } }));
      const completion = await client.chat.completions.create(asking([...parts, { type: 'text', text: prompt }]));
      return completion.choices[0]?.message.content ?? '';
    },
    structured: async (prompt) => {
      const response_format = zodResponseFormat(REPORT, 'report');
      const completion = await client.chat.completions.parse({ ...asking(prompt), response_format });
      return completion.choices[0]?.message.parsed;
    },
    abort: async (prompt) => {
      const stream = client.chat.completions.stream({ ...asking(prompt), ...withUsage });
      stream.on('content', () => stream.abort());
      await stream.done().catch(() => undefined);
    },
  };
}

/** A program's own loop, in which every message goes back as it came: with the fields that the SDK does not know. */
async function keepEveryMessage(client: OpenAI, asked: OpenAI.ChatCompletionCreateParamsNonStreaming): Promise<string> {
  const messages = [...asked.messages];
  for (let round = 0; round < MOST_ROUNDS; round++) {
    const completion = await client.chat.completions.create({ ...asked, messages });
    const message = completion.choices[0]?.message;
    const calls = message?.tool_calls ?? [];
    if (!message || calls.length === 0) return message?.content ?? '';
    const results = calls.map((call) => ({
      role: 'tool' as const,
      tool_call_id: call.id,
      content: call.type === 'function' ? weatherOf(parseArguments(call.function.arguments)) : '',
    }));
    messages.push(message, ...results);
  }
  throw new Error('the tool rounds do not end');
}

/** The vendors' extension that carries reasoning in Chat; no type of the SDK knows it. */
function reasoningIn(holder: object | undefined): string {
  return z.object({ reasoning_content: z.string().default('') }).parse(holder ?? {}).reasoning_content;
}

const parseArguments = (text: string): object => z.looseObject({}).parse(JSON.parse(text));

function responsesClient(client: OpenAI, model: string): Client {
  const asking = (input: string | ResponseInput) => ({
    model,
    input,
    store: false,
    include: ['reasoning.encrypted_content' as const],
    reasoning: { effort: 'medium' as const, summary: 'auto' as const },
  });
  const tools = [{ type: 'function' as const, ...WEATHER, strict: true }];
  const answer = (input: string | ResponseInput, stream: boolean, more: { tools?: typeof tools } = {}) =>
    stream
      ? client.responses.stream({ ...asking(input), ...more }).finalResponse()
      : client.responses.create({ ...asking(input), ...more });
  return {
    say: async (prompt, { stream }) => {
      const { output_text, output, usage, error } = await answer(prompt, stream);
      if (error) throw new Error(error.message);
      return {
        text: output_text,
        reasoning: output.map(summaryOf).join(''),
        usage: {
          input: usage?.input_tokens ?? Number.NaN,
          cached: usage?.input_tokens_details.cached_tokens ?? 0,
          output: usage?.output_tokens ?? Number.NaN,
        },
      };
    },
    useTools: async (prompt, { stream }) => {
      const input: ResponseInput = [{ role: 'user', content: prompt }];
      for (let round = 0; round < MOST_ROUNDS; round++) {
        const { output, output_text } = await answer(input, stream, { tools });
        const outputs = output.flatMap(outputOf);
        if (outputs.length === 0) return output_text;
        input.push(...output.flatMap(asInput), ...outputs);
      }
      throw new Error('the tool rounds do not end');
    },
    see: async (prompt, images) => {
      const parts = images.map((image_url) => ({ type: 'input_image' as const, image_url, detail: 'auto' as const }));
      const content = [...parts, { type: 'input_text' as const, text: prompt }];
      return (await answer([{ role: 'user', content }], false)).output_text;
    },
    structured: async (prompt) => {
      const text = { format: zodTextFormat(REPORT, 'report') };
      return (await client.responses.parse({ ...asking(prompt), text })).output_parsed;
    },
    abort: async (prompt) => {
      const stream = client.responses.stream(asking(prompt));
      stream.on('response.output_text.delta', () => stream.abort());
      await stream.done().catch(() => undefined);
    },
  };
}

function summaryOf(item: ResponseOutputItem): string {
  return item.type === 'reasoning' ? item.summary.map(({ text }) => text).join('') : '';
}

function outputOf(item: ResponseOutputItem): ResponseInputItem[] {
  if (item.type !== 'function_call') return [];
  const output = weatherOf(JSON.parse(item.arguments));
  return [{ type: 'function_call_output', call_id: item.call_id, output }];
}

/** What comes back as it came. */
function asInput(item: ResponseOutputItem): ResponseInputItem[] {
  return item.type === 'reasoning' || item.type === 'message' || item.type === 'function_call' ? [item] : [];
}

/** Both lines are driven by the same calls, so the older is used through the newer's types. */
function asNewer(sdk: unknown): typeof OpenAI {
  if (isSdk(sdk)) return sdk;
  throw new Error('the older SDK does not export a client');
}

function isSdk(sdk: unknown): sdk is typeof OpenAI {
  return typeof sdk === 'function' && 'BadRequestError' in sdk;
}
