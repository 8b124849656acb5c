import type { Answering, Dialect, Frame, Reading } from '../../src/core/dialect.ts';
import { fold, type StreamEvent, unfold } from '../../src/core/event.ts';
import type { Loss } from '../../src/core/loss.ts';
import type { Message, MessagesRequest } from '../../src/core/message.ts';
import { OPENAI_QUIRKS } from '../../src/core/quirks.ts';
import type { Usage } from '../../src/core/usage.ts';
import { parseFrame, SseFrameSplitter } from '../../src/framing/sse-frames.ts';
import { testTools } from './codec-tools.ts';

/** What a client of a dialect reads an answer with: the client half of the same dialect, as a provider of its own. */
export function clientReading(provider = 'reader'): Reading {
  return {
    model: 'public-model',
    provider,
    quirks: OPENAI_QUIRKS,
    tools: testTools(),
    toolNames: new Map(),
    emulatedStops: [],
    estimatedInput: 0,
    report: () => {},
  };
}

/** What an answer is formed with for a client that asked for all there is; `losses` gathers what it costs. */
export function fullAnswering(request: MessagesRequest, losses: Loss[] = []): Answering {
  return {
    request,
    body: { stream: true, stream_options: { include_usage: true }, include: ['reasoning.encrypted_content'] },
    model: 'public-model',
    tools: testTools(),
    report: (loss) => losses.push(loss),
  };
}

/** An answer as a client reads it. */
export type ReadAnswer = { message: Message; usage: Usage };

/** A canonical answer, told to a client of a dialect in a stream. */
export function streamOf(message: Message, client: Dialect, answering: Answering): Buffer {
  const encoder = client.server.streamEncoder(answering);
  return Buffer.concat([...unfold(message).map((event) => encoder.push(event)), encoder.end()]);
}

/** A canonical answer, told to a client of a dialect in a stream, and read back from it. */
export function throughStream(message: Message, client: Dialect, answering: Answering): ReadAnswer {
  return readStreamBack(streamOf(message, client, answering), client);
}

/** A canonical answer, told to a client of a dialect in one piece, and read back from it. */
export function throughWhole(message: Message, client: Dialect, answering: Answering): ReadAnswer {
  return client.client.parseResponse(client.server.formatResponse(message, answering), clientReading());
}

/** What a client makes of the bytes of a stream. @throws Error when they spell no finished answer. */
export function readStreamBack(bytes: Uint8Array, client: Dialect): ReadAnswer {
  const decoder = client.client.streamDecoder(clientReading());
  const events: StreamEvent[] = framesOf(bytes).flatMap((frame) => decoder.push(frame));
  return { message: fold([...events, ...decoder.end()]), usage: decoder.usage };
}

/** The events of a stream as its readers take them. */
export function framesOf(bytes: Uint8Array): Frame[] {
  const splitter = new SseFrameSplitter();
  return [...splitter.push(bytes), splitter.end()].flatMap((raw) => parseFrame(raw) ?? []);
}
