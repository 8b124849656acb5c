import { ChatAnthropic } from '@langchain/anthropic';
import {
  type AIMessage,
  type AIMessageChunk,
  type BaseMessage,
  HumanMessage,
  ToolMessage,
  type UsageMetadata,
} from '@langchain/core/messages';
import { tool } from '@langchain/core/tools';
import { ChatOpenAI } from '@langchain/openai';
import {
  type Client,
  type Connection,
  type Driver,
  type Figures,
  MAX_TOKENS,
  MOST_ROUNDS,
  REPORT,
  readFailure,
  WEATHER,
  WEATHER_PARAMETERS,
  weatherOf,
} from './client.ts';

type Model = ChatAnthropic | ChatOpenAI;

const TOOL = tool(weatherOf, {
  name: WEATHER.name,
  description: WEATHER.description,
  schema: WEATHER_PARAMETERS,
});

/** LangChain's chat models of the three dialects. */
export const LANGCHAIN: readonly Driver[] = [
  driverOf('LangChain ChatAnthropic', 'anthropic-messages', anthropicModel),
  driverOf('LangChain ChatOpenAI Chat', 'openai-chat', (connection) => openAiModel(connection, false)),
  driverOf('LangChain ChatOpenAI Responses', 'openai-responses', (connection) => openAiModel(connection, true)),
];

function anthropicModel({ origin, key, model }: Connection): ChatAnthropic {
  return new ChatAnthropic({
    model,
    apiKey: key,
    anthropicApiUrl: origin,
    maxRetries: 0,
    maxTokens: MAX_TOKENS,
    thinking: { type: 'adaptive' },
  });
}

function openAiModel({ origin, key, model }: Connection, useResponsesApi: boolean): ChatOpenAI {
  return new ChatOpenAI({
    model,
    apiKey: key,
    configuration: { baseURL: `${origin}/v1` },
    maxRetries: 0,
    useResponsesApi,
    ...(useResponsesApi && { zdrEnabled: true, modelKwargs: { include: ['reasoning.encrypted_content'] } }),
    reasoning: { effort: 'medium', ...(useResponsesApi && { summary: 'auto' as const }) },
  });
}

function driverOf(name: string, dialect: Driver['dialect'], modelOf: (connection: Connection) => Model): Driver {
  return {
    name,
    dialect,
    connect: (connection) => connected(modelOf(connection)),
    failureOf: (thrown) => {
      if (!(thrown instanceof Error)) throw thrown;
      return readFailure(thrown, thrown.constructor.name);
    },
    failures: { invalid: 'BadRequestError', rateLimited: 'RateLimitError', overloaded: 'InternalServerError' },
  };
}

function connected(model: Model): Client {
  const withTools = model.bindTools([TOOL]);
  return {
    say: async (prompt, { stream }) => {
      const message = stream ? await joined(await model.stream(prompt)) : await model.invoke(prompt);
      return {
        text: message.text,
        reasoning: reasoningOf(message),
        usage: figuresOf(message),
      };
    },
    useTools: async (prompt, { stream }) => {
      const history: BaseMessage[] = [new HumanMessage(prompt)];
      for (let round = 0; round < MOST_ROUNDS; round++) {
        const message = stream ? await joined(await withTools.stream(history)) : await withTools.invoke(history);
        const calls = message.tool_calls ?? [];
        if (calls.length === 0) return message.text;
        const results = calls.map(
          ({ id, args }) => new ToolMessage({ tool_call_id: id ?? '', content: weatherOf(args) }),
        );
        history.push(message, ...results);
      }
      throw new Error('the tool rounds do not end');
    },
    see: async (prompt, images) => {
      const parts = images.map((url) => ({ type: 'image_url', image_url: { url } }));
      const question = new HumanMessage({ content: [...parts, { type: 'text', text: prompt }] });
      return (await model.invoke([question])).text;
    },
    structured: (prompt) => model.withStructuredOutput(REPORT, { name: 'report', method: 'jsonSchema' }).invoke(prompt),
    abort: async (prompt) => {
      const controller = new AbortController();
      const stream = await model.stream(prompt, { signal: controller.signal });
      try {
        for await (const chunk of stream) if (chunk.text !== '') controller.abort();
      } catch {
        // It ends with an error of its own for what the program has aborted.
      }
    },
  };
}

async function joined(stream: AsyncIterable<AIMessageChunk>): Promise<AIMessageChunk> {
  let whole: AIMessageChunk | undefined;
  for await (const chunk of stream) whole = whole === undefined ? chunk : whole.concat(chunk);
  if (whole === undefined) throw new Error('an empty stream');
  return whole;
}

function reasoningOf(message: AIMessage): string {
  return message.contentBlocks.map((block) => (block.type === 'reasoning' ? block.reasoning : '')).join('');
}

function figuresOf({ usage_metadata: usage }: { usage_metadata?: UsageMetadata | undefined }): Figures {
  return {
    input: usage?.input_tokens ?? Number.NaN,
    cached: usage?.input_token_details?.cache_read ?? 0,
    output: usage?.output_tokens ?? Number.NaN,
  };
}
