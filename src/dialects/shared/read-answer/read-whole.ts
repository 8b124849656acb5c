import type { StreamDecoder } from '../../../core/dialect.ts';
import type { GatewayError } from '../../../core/error.ts';
import { type JsonObject, numberAt } from '../../../core/json.ts';
import type { Message } from '../../../core/message.ts';
import type { Usage } from '../../../core/usage.ts';
import { notAnAnswer, parseWhole } from '../whole-answer.ts';
import { foldAnswer } from './fold-answer.ts';

/** A decoder that can say why an answer failed. */
export type AnswerDecoder = StreamDecoder & { readonly failure: GatewayError | undefined };

/**
 * Reads a whole answer as the stream that it could have been, so that the two cannot differ.
 * @param toData the `data` of that stream's frames.
 * @throws GatewayError `bad_upstream` when the body is not an answer; what an error under a 200 stands for.
 */
export function readWholeAnswer(
  body: Uint8Array,
  decoder: AnswerDecoder,
  toData: (answer: JsonObject) => string[],
): { message: Message; usage: Usage } {
  const frames = toData(parseWhole(body)).map((data) => ({ event: '', data }));
  const events = [...frames.flatMap((frame) => decoder.push(frame)), ...decoder.end()];
  if (decoder.failure) throw decoder.failure;
  return { message: foldAnswer(events), usage: decoder.usage };
}

/** Tokens of an answer to a count. @throws GatewayError `bad_upstream`. */
export function parseCount(body: Uint8Array): number {
  const count = numberAt(parseWhole(body), 'input_tokens');
  if (count === undefined || !Number.isSafeInteger(count) || count < 0) throw notAnAnswer();
  return count;
}
