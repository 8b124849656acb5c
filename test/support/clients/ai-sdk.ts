import { createAnthropic } from '@ai-sdk/anthropic';
import { createOpenAI } from '@ai-sdk/openai';
import { createOpenAICompatible } from '@ai-sdk/openai-compatible';
import { APICallError, generateText, isStepCount, type LanguageModel, Output, streamText, tool } from 'ai';
import {
  type Client,
  type Connection,
  type Driver,
  MOST_ROUNDS,
  REPORT,
  readFailure,
  WEATHER,
  WEATHER_PARAMETERS,
  weatherOf,
} from './client.ts';

type Flavour = {
  name: string;
  dialect: Driver['dialect'];
  modelOf(connection: Connection): LanguageModel;
};

const FLAVOURS: readonly Flavour[] = [
  {
    name: 'AI SDK anthropic',
    dialect: 'anthropic-messages',
    modelOf: ({ origin, key, model }) => createAnthropic({ baseURL: `${origin}/v1`, apiKey: key })(model),
  },
  {
    name: 'AI SDK openai Chat',
    dialect: 'openai-chat',
    modelOf: ({ origin, key, model }) => createOpenAI({ baseURL: `${origin}/v1`, apiKey: key }).chat(model),
  },
  {
    name: 'AI SDK openai Responses',
    dialect: 'openai-responses',
    modelOf: ({ origin, key, model }) => createOpenAI({ baseURL: `${origin}/v1`, apiKey: key }).responses(model),
  },
  {
    name: 'AI SDK openai-compatible',
    dialect: 'openai-chat',
    modelOf: ({ origin, key, model }) =>
      createOpenAICompatible({
        name: 'gateway',
        baseURL: `${origin}/v1`,
        apiKey: key,
        includeUsage: true,
        supportsStructuredOutputs: true,
        supportedUrls: () => ({ 'image/*': [/^https:/] }),
      })(model),
  },
];

const PROVIDER_OPTIONS = {
  anthropic: { thinking: { type: 'adaptive' } },
  openai: {
    reasoningEffort: 'medium',
    reasoningSummary: 'auto',
    store: false,
    include: ['reasoning.encrypted_content'],
  },
  gateway: { reasoningEffort: 'medium' },
};

const TOOLS = {
  [WEATHER.name]: tool({
    description: WEATHER.description,
    inputSchema: WEATHER_PARAMETERS,
    execute: (input) => weatherOf(input),
  }),
};

/** Vercel's AI SDK with the providers of the three dialects. */
export const AI_SDK: readonly Driver[] = FLAVOURS.map(({ name, dialect, modelOf }) => ({
  name,
  dialect,
  connect: (connection) => connected(modelOf(connection)),
  failureOf: (thrown) => {
    if (!APICallError.isInstance(thrown)) throw thrown;
    return readFailure(thrown, thrown.name);
  },
  failures: { invalid: 'AI_APICallError', rateLimited: 'AI_APICallError', overloaded: 'AI_APICallError' },
}));

function connected(model: LanguageModel): Client {
  const asking = { model, maxRetries: 0, providerOptions: PROVIDER_OPTIONS };
  return {
    say: async (prompt, { stream }) => {
      const result = stream ? await streamed({ ...asking, prompt }) : await generateText({ ...asking, prompt });
      const usage = await result.usage;
      return {
        text: await result.text,
        reasoning: (await result.reasoningText) ?? '',
        usage: {
          input: usage.inputTokens ?? Number.NaN,
          cached: usage.inputTokenDetails.cacheReadTokens ?? 0,
          output: usage.outputTokens ?? Number.NaN,
        },
      };
    },
    useTools: async (prompt, { stream }) => {
      const asked = { ...asking, prompt, tools: TOOLS, stopWhen: isStepCount(MOST_ROUNDS) };
      return stream ? (await streamed(asked)).text : (await generateText(asked)).text;
    },
    see: async (prompt, images) => {
      const parts = images.map((address) => ({ type: 'image' as const, image: imageOf(address) }));
      const content = [...parts, { type: 'text' as const, text: prompt }];
      return (await generateText({ ...asking, messages: [{ role: 'user', content }] })).text;
    },
    structured: async (prompt) =>
      (await generateText({ ...asking, prompt, output: Output.object({ schema: REPORT }) })).output,
    abort: async (prompt) => {
      const controller = new AbortController();
      const { textStream } = streamText({
        ...asking,
        prompt,
        abortSignal: controller.signal,
        onError: () => undefined,
      });
      for await (const _piece of textStream) controller.abort();
    },
  };
}

/** A stream read to its end. @throws what the library only reports to `onError`. */
async function streamed(asked: Parameters<typeof streamText>[0]) {
  const failures: unknown[] = [];
  const result = streamText({ ...asked, onError: ({ error }) => void failures.push(error) });
  await result.consumeStream();
  if (failures.length > 0) throw failures[0];
  return result;
}

function imageOf(address: string): string | URL {
  return address.startsWith('data:') ? address : new URL(address);
}
