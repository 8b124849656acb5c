import type { ChannelConfig } from '../config/config.ts';
import { type GatewayError, toGatewayError } from '../core/error.ts';
import { fold } from '../core/event.ts';
import type { Message } from '../core/message.ts';
import { DIALECTS } from '../dialects/index.ts';
import { parseFrame, SseFrameSplitter } from '../framing/sse-frames.ts';
import type { Transport } from '../upstream/send.ts';
import { CallTimers } from '../upstream/timers.ts';
import { readErrorBody } from './read-body.ts';
import { buildUpstreamCall } from './upstream-call.ts';

/** What a channel said when it was tried; times are ms. */
export type ChannelTestResult =
  | { ok: true; firstEventMs: number; totalMs: number; message: Message }
  | { ok: false; error: GatewayError };

/** Asks a channel for a few streamed tokens, past the ledger: a test of address, credential and model at once. */
export async function testChannel(
  transport: Transport,
  channel: ChannelConfig,
  upstreamModel: string,
): Promise<ChannelTestResult> {
  const timers = new CallTimers(channel.timeouts, new AbortController().signal);
  try {
    return await askForGreeting(transport, channel, upstreamModel, timers);
  } catch (thrown) {
    return { ok: false, error: toGatewayError(thrown) };
  } finally {
    timers.close();
  }
}

async function askForGreeting(
  transport: Transport,
  channel: ChannelConfig,
  model: string,
  timers: CallTimers,
): Promise<ChannelTestResult> {
  const startedAt = performance.now();
  const dialect = DIALECTS['anthropic-messages'];
  const { body } = dialect.client.formatRequest({
    model,
    max_tokens: 16,
    stream: true,
    messages: [{ role: 'user', content: 'Say hello.' }],
  });
  const headers = { 'anthropic-version': '2023-06-01' };
  const source = { dialect, operation: 'generate' as const, headers, body };
  const answer = await transport.send(
    buildUpstreamCall(source, { channel, upstreamModel: model }, model, timers.signal),
  );
  if (answer.status !== 200) {
    const refusal = await readErrorBody(answer.body);
    return { ok: false, error: dialect.client.parseError(answer.status, answer.headers, refusal, Date.now()) };
  }
  const splitter = new SseFrameSplitter();
  const decoder = dialect.client.streamDecoder();
  const events = [];
  let firstEventMs = 0;
  for await (const chunk of answer.body) {
    firstEventMs ||= performance.now() - startedAt;
    timers.touch();
    for (const raw of splitter.push(chunk)) {
      const frame = parseFrame(raw);
      if (frame) events.push(...decoder.push(frame));
    }
  }
  const message = fold([...events, ...decoder.end()]);
  return { ok: true, firstEventMs, totalMs: performance.now() - startedAt, message };
}
