import { type TrueUsage, textStream } from './anthropic-stream.ts';
import type { LiveAnswer } from './call.ts';
import type { FakeUpstream, UpstreamReply } from './fake-upstream.ts';

/** Words of a whole answer, a token each. */
export const WORDS = 400;

/** What a prompt has to say for an answer that ends, or that stops after so many words and says nothing more. */
export const orderOf = (order: 'finish' | 'stop', words = WORDS): string => `${order} ${words}`;

/** Streams a word a token: so many of them as the prompt says, each billed as it goes out; then the end, or nothing more. */
export async function answerAsTold(reply: UpstreamReply): Promise<void> {
  const [, order, words] = /"content":"(\w+) (\d+)"/.exec(reply.call.body.toString()) ?? [];
  const usage = { input: 1_000 + reply.call.number, output: WORDS };
  const parts = { id: `msg_of_call_${reply.call.number}_`, model: 'claude-opus-5', usage };
  const events = textStream(
    parts,
    Array.from({ length: WORDS }, () => 'word '),
  );
  await reply.streamHead();
  for (const [at, event] of events.entries()) {
    reply.bill({ ...usage, output: Math.min(WORDS, Math.max(0, at - 1)) });
    await reply.chunk(event);
    if (order === 'stop' && at > Number(words)) return;
  }
  await reply.endChunks();
}

/** What the upstream billed for the call behind this answer, once the client has seen its first event. */
export function billedFor(upstream: FakeUpstream, answer: LiveAnswer): TrueUsage | undefined {
  const number = /msg_of_call_(\d+)_/.exec(answer.received.toString('latin1', 0, 2_000))?.[1];
  return upstream.calls[Number(number) - 1]?.billed;
}
