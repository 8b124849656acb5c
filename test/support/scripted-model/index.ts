import type { DialectId } from '../../../src/core/dialect.ts';
import type { JsonObject } from '../../../src/core/json.ts';
import type { Script } from '../fake-upstream.ts';
import { type Asked, BILLED, decide, type ModelAnswer } from './answer.ts';
import { streamChat, understandChat, wholeChat } from './chat.ts';
import { streamMessages, understandMessages, wholeMessages } from './messages.ts';
import { streamResponses, understandResponses, wholeResponses } from './responses.ts';

type Voice = {
  understand(body: JsonObject): Asked;
  whole(model: string, answer: ModelAnswer): JsonObject;
  stream(model: string, answer: ModelAnswer): Buffer[];
};

const VOICES: Record<DialectId, Voice> = {
  'anthropic-messages': { understand: understandMessages, whole: wholeMessages, stream: streamMessages },
  'openai-chat': { understand: understandChat, whole: wholeChat, stream: streamChat },
  'openai-responses': { understand: understandResponses, whole: wholeResponses, stream: streamResponses },
};

/** Answers each call as a very small model would, in the dialect it is called in; what it misses is a 400 that says so. */
export function scriptedModel(dialect: DialectId): Script {
  return modelThat(dialect, decide);
}

/** As `scriptedModel`, with another mind: `answer` throws what the 400 says. */
export function modelThat(dialect: DialectId, answer: (asked: Asked) => ModelAnswer): Script {
  const { understand, whole, stream } = VOICES[dialect];
  return async (reply) => {
    const asked = understand(reply.call.json ?? {});
    let said: ModelAnswer;
    try {
      said = answer(asked);
    } catch (thrown) {
      const message = thrown instanceof Error ? thrown.message : 'refused';
      return reply.error(400, 'invalid_request_error', message);
    }
    reply.bill({ input: BILLED.input - BILLED.cached, cacheRead: BILLED.cached, output: BILLED.output });
    if (asked.stream) return reply.stream(stream(asked.model, said));
    return reply.json(200, whole(asked.model, said));
  };
}

/** The events of one scripted answer, for tests that cut or hold a stream. */
export function scriptedEvents(
  dialect: DialectId,
  asked: JsonObject,
  answer: (asked: Asked) => ModelAnswer = decide,
): Buffer[] {
  const { understand, stream } = VOICES[dialect];
  const understood = understand(asked);
  return stream(understood.model, answer(understood));
}
