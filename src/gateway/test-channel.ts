import type { ChannelConfig } from '../config/config.ts';
import { type GatewayError, toGatewayError } from '../core/error.ts';
import { fold, type StreamEvent } from '../core/event.ts';
import type { Message, MessagesRequest } from '../core/message.ts';
import { parseFrame, SseFrameSplitter } from '../framing/sse-frames.ts';
import type { Transport } from '../upstream/send.ts';
import { CallTimers } from '../upstream/timers.ts';
import { readRefusal } from './run-attempt.ts';
import { endpointFor } from './target-endpoint.ts';
import { buildUpstreamCall } from './upstream-call.ts';
import { createCodecTools } from './wiring.ts';

/** What a channel said when it was tried; times are ms. */
export type ChannelTestResult =
  | { ok: true; firstEventMs: number; totalMs: number; message: Message }
  | { ok: false; error: GatewayError };

const GREETING: MessagesRequest = {
  model: '',
  max_tokens: 16,
  stream: true,
  messages: [{ role: 'user', content: 'Say hello.' }],
};

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
  const target = { channel, upstreamModel: model };
  const endpoint = endpointFor(target, 'anthropic-messages');
  const { client } = endpoint.dialect;
  const { body, reading } = client.formatRequest(GREETING, {
    model,
    provider: endpoint.provider.id,
    facts: endpoint.facts,
    quirks: endpoint.quirks,
    operation: 'generate',
    // Nothing that is sealed here is ever given back: any secret will do.
    tools: createCodecTools(Date.now, new Uint8Array(0)),
    report: () => {},
  });
  const passage = { upstream: endpoint.dialect, body, isRelay: false };
  const answer = await transport.send(
    buildUpstreamCall({ headers: {}, operation: 'generate', target, endpoint, passage, signal: timers.signal }),
  );
  if (answer.status !== 200) return { ok: false, error: await readRefusal(passage, answer, Date.now()) };
  const splitter = new SseFrameSplitter();
  const decoder = client.streamDecoder(reading);
  const events: StreamEvent[] = [];
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
