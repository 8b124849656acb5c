import type { Answering } from '../../core/dialect.ts';
import type { Message } from '../../core/message.ts';
import { answerEvents } from '../shared/write-answer/answer-events.ts';
import { AnswerOutput } from './answer-output.ts';

export { formatCount } from '../shared/write-answer/format-count.ts';

/** An answer as the body that a Responses client gets: what the last event of its stream would hold. */
export function formatResponse(message: Message, answering: Answering): Uint8Array {
  const answer = new AnswerOutput(answering, () => {});
  for (const event of answerEvents(message)) answer.take(event);
  return Buffer.from(JSON.stringify(answer.finish()));
}
