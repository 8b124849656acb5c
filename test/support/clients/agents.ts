import {
  Agent,
  type ModelSettings,
  OpenAIChatCompletionsModel,
  OpenAIResponsesModel,
  run,
  setTracingDisabled,
  tool,
} from '@openai/agents';
import OpenAI, { APIError } from 'openai';
import { type Client, type Driver, REPORT, readFailure, WEATHER, WEATHER_PARAMETERS, weatherOf } from './client.ts';

setTracingDisabled(true);

const TOOL = tool({
  name: WEATHER.name,
  description: WEATHER.description,
  parameters: WEATHER_PARAMETERS,
  execute: (input) => weatherOf(input),
});

type Model = OpenAIChatCompletionsModel | OpenAIResponsesModel;

/** OpenAI's agents library on both of its APIs. */
export const AGENTS: readonly Driver[] = [
  driverOf('Agents Chat', 'openai-chat', (client, model) => new OpenAIChatCompletionsModel(client, model), {
    reasoning: { effort: 'medium' },
  }),
  driverOf('Agents Responses', 'openai-responses', (client, model) => new OpenAIResponsesModel(client, model), {
    store: false,
    reasoning: { effort: 'medium', summary: 'auto' },
    providerData: { include: ['reasoning.encrypted_content'] },
  }),
];

function driverOf(
  name: string,
  dialect: Driver['dialect'],
  modelOf: (client: OpenAI, model: string) => Model,
  modelSettings: ModelSettings,
): Driver {
  return {
    name,
    dialect,
    connect: ({ origin, key, model }) =>
      connected(modelOf(new OpenAI({ apiKey: key, baseURL: `${origin}/v1`, maxRetries: 0 }), model), modelSettings),
    failureOf: (thrown) => {
      if (!(thrown instanceof APIError)) throw thrown;
      return readFailure(thrown, thrown.constructor.name);
    },
    failures: { invalid: 'BadRequestError', rateLimited: 'RateLimitError', overloaded: 'InternalServerError' },
  };
}

function connected(model: Model, modelSettings: ModelSettings): Client {
  const plain = new Agent({ name: 'Plain', model, modelSettings });
  const equipped = new Agent({ name: 'Equipped', model, modelSettings, tools: [TOOL] });
  const reporter = new Agent({ name: 'Reporter', model, modelSettings, outputType: REPORT });
  const answer = async (agent: typeof plain, prompt: string, stream: boolean) => {
    if (!stream) return run(agent, prompt);
    const streamed = await run(agent, prompt, { stream: true });
    await streamed.completed;
    return streamed;
  };
  return {
    say: async (prompt, { stream }) => {
      const { finalOutput, newItems, rawResponses } = await answer(plain, prompt, stream);
      const usage = rawResponses[0]?.usage;
      return {
        text: finalOutput ?? '',
        reasoning: newItems.map(reasoningOf).join(''),
        usage: {
          input: usage?.inputTokens ?? Number.NaN,
          cached: usage?.inputTokensDetails[0]?.['cached_tokens'] ?? 0,
          output: usage?.outputTokens ?? Number.NaN,
        },
      };
    },
    useTools: async (prompt, { stream }) => (await answer(equipped, prompt, stream)).finalOutput ?? '',
    see: async (prompt, images) => {
      const parts = images.map((image) => ({ type: 'input_image' as const, image }));
      const content = [...parts, { type: 'input_text' as const, text: prompt }];
      return (await run(plain, [{ role: 'user', content }])).finalOutput ?? '';
    },
    structured: async (prompt) => (await run(reporter, prompt)).finalOutput,
    abort: async (prompt) => {
      const controller = new AbortController();
      const streamed = await run(plain, prompt, { stream: true, signal: controller.signal });
      for await (const _text of streamed.toTextStream()) controller.abort();
    },
  };
}

type NewItem = Awaited<ReturnType<typeof run>>['newItems'][number];

function reasoningOf({ rawItem }: NewItem): string {
  if (rawItem?.type !== 'reasoning') return '';
  return [...rawItem.content, ...(rawItem.rawContent ?? [])].map(({ text }) => text).join('');
}
