import Anthropic from '@anthropic-ai/sdk';
import { zodOutputFormat } from '@anthropic-ai/sdk/helpers/zod';
import AnthropicBefore from 'anthropic-sdk-0';
import {
  type Client,
  type Connection,
  type Driver,
  MAX_TOKENS,
  MOST_ROUNDS,
  REPORT,
  readFailure,
  WEATHER,
  weatherOf,
} from './client.ts';

const THINKING = { type: 'adaptive' as const };
const TOOL = {
  name: WEATHER.name,
  description: WEATHER.description,
  input_schema: WEATHER.parameters,
  parse: (input: unknown) => input,
  run: (input: unknown) => weatherOf(input),
};

/** Both lines of Anthropic's SDK. */
export const ANTHROPIC_SDKS: readonly Driver[] = [
  driverOf('Anthropic SDK 1.x', Anthropic, 'OverloadedError'),
  driverOf('Anthropic SDK 0.x', asNewer(AnthropicBefore), 'InternalServerError'),
];

function driverOf(name: string, Sdk: typeof Anthropic, overloaded: string): Driver {
  return {
    name,
    dialect: 'anthropic-messages',
    connect: ({ origin, key, model }) => {
      const client = new Sdk({ apiKey: key, baseURL: origin, maxRetries: 0 });
      return connected(client, model);
    },
    failureOf: (thrown) => {
      if (!(thrown instanceof Sdk.APIError)) throw thrown;
      return readFailure(thrown, thrown.constructor.name);
    },
    failures: { invalid: 'BadRequestError', rateLimited: 'RateLimitError', overloaded },
  };
}

function connected(client: Anthropic, model: Connection['model']): Client {
  const asking = (content: string | Anthropic.ContentBlockParam[]) => ({
    model,
    max_tokens: MAX_TOKENS,
    thinking: THINKING,
    messages: [{ role: 'user' as const, content }],
  });
  return {
    say: async (prompt, { stream }) => {
      const message = stream
        ? await client.messages.stream(asking(prompt)).finalMessage()
        : await client.messages.create(asking(prompt));
      return { text: textOf(message), reasoning: thinkingOf(message), usage: figuresOf(message.usage) };
    },
    useTools: async (prompt, { stream }) => {
      const runner = client.beta.messages.toolRunner({
        ...asking(prompt),
        tools: [TOOL],
        stream,
        max_iterations: MOST_ROUNDS,
      });
      return textOf(await runner.runUntilDone());
    },
    see: async (prompt, images) => {
      const content = [...images.map(imageBlock), { type: 'text' as const, text: prompt }];
      return textOf(await client.messages.create(asking(content)));
    },
    structured: async (prompt) => {
      const output_config = { format: zodOutputFormat(REPORT) };
      return (await client.messages.parse({ ...asking(prompt), output_config })).parsed_output;
    },
    abort: async (prompt) => {
      const stream = client.messages.stream(asking(prompt));
      stream.on('text', () => stream.abort());
      await stream.done().catch(() => undefined);
    },
  };
}

function imageBlock(address: string): Anthropic.ImageBlockParam {
  const data = /^data:image\/png;base64,(.*)$/.exec(address)?.[1];
  if (data === undefined) return { type: 'image', source: { type: 'url', url: address } };
  return { type: 'image', source: { type: 'base64', media_type: 'image/png', data } };
}

function textOf({ content }: { content: readonly { type: string; text?: string }[] }): string {
  return content.map(({ type, text }) => (type === 'text' ? (text ?? '') : '')).join('');
}

function thinkingOf({ content }: Anthropic.Message): string {
  return content.map((block) => (block.type === 'thinking' ? block.thinking : '')).join('');
}

function figuresOf({
  input_tokens,
  cache_read_input_tokens,
  cache_creation_input_tokens,
  output_tokens,
}: Anthropic.Usage) {
  const cached = cache_read_input_tokens ?? 0;
  return { input: input_tokens + cached + (cache_creation_input_tokens ?? 0), cached, output: output_tokens };
}

/** Both lines are driven by the same calls, so the older is used through the newer's types. */
function asNewer(sdk: unknown): typeof Anthropic {
  if (isSdk(sdk)) return sdk;
  throw new Error('the older SDK does not export a client');
}

function isSdk(sdk: unknown): sdk is typeof Anthropic {
  return typeof sdk === 'function' && 'BadRequestError' in sdk;
}
