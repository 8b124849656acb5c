import type { Answering } from '../../core/dialect.ts';
import type { JsonObject } from '../../core/json.ts';
import type { Message } from '../../core/message.ts';
import { toChatUsage } from '../shared/openai-usage.ts';
import { answerEvents } from '../shared/write-answer/answer-events.ts';
import { AnswerDeltas, type ChatDelta, type ToolCallDelta } from './answer-deltas.ts';

export { formatCount } from '../shared/write-answer/format-count.ts';

/** An answer as the body that a Chat Completions client gets. */
export function formatResponse(message: Message, answering: Answering): Uint8Array {
  const joined = new JoinedDeltas();
  const answer = new AnswerDeltas(answering, (delta) => joined.add(delta));
  for (const event of answerEvents(message)) answer.take(event);
  const { finish } = answer.finish();
  const { usage, serviceTier } = answer.ending;
  const completion = {
    ...completionHead('chat.completion', answering),
    ...(serviceTier !== undefined && { service_tier: serviceTier }),
    choices: [{ index: 0, message: joined.message(), logprobs: null, finish_reason: finish }],
    usage: toChatUsage(usage),
  };
  return Buffer.from(JSON.stringify(completion));
}

/** What a whole answer, or every chunk of a stream, begins with. Upstream ids never leak. */
export function completionHead(object: 'chat.completion' | 'chat.completion.chunk', answering: Answering): JsonObject {
  const { tools, model } = answering;
  return { id: tools.newId('chatcmpl'), object, created: Math.floor(tools.now() / 1000), model };
}

/** A message put together from its deltas; keys for what it does not hold are left out, as strict clients want (P83). */
class JoinedDeltas {
  private content = '';
  private refusal: string | null = null;
  private reasoning = '';
  private readonly details: JsonObject[] = [];
  private readonly annotations: JsonObject[] = [];
  private readonly calls: ToolCallDelta[] = [];

  add({ content, refusal, reasoning_content, reasoning_details, annotations, tool_calls }: ChatDelta): void {
    this.content += content ?? '';
    this.refusal = refusal ?? this.refusal;
    this.reasoning += reasoning_content ?? '';
    this.details.push(...(reasoning_details ?? []));
    this.annotations.push(...(annotations ?? []));
    for (const call of tool_calls ?? []) this.addCall(call);
  }

  message(): object {
    return {
      role: 'assistant',
      content: this.content === '' ? null : this.content,
      refusal: this.refusal,
      ...(this.reasoning !== '' && { reasoning_content: this.reasoning }),
      ...(this.details.length > 0 && { reasoning_details: this.details }),
      ...(this.annotations.length > 0 && { annotations: this.annotations }),
      ...(this.calls.length > 0 && { tool_calls: this.calls.map(({ index: _streamsOnly, ...call }) => call) }),
    };
  }

  private addCall({ index, ...piece }: ToolCallDelta): void {
    const call = this.calls[index];
    if (!call) this.calls.push({ index, ...piece });
    else if (call.function) call.function.arguments += piece.function?.arguments ?? '';
    else if (call.custom) call.custom.input += piece.custom?.input ?? '';
  }
}
