import type { StreamEvent } from '../../src/core/event.ts';
import type { Json, JsonObject } from '../../src/core/json.ts';
import { ANTHROPIC_MODELS } from '../../src/providers/anthropic-models.ts';
import { SIMULATOR_MODELS } from '../../src/providers/simulator-models.ts';
import { createSimulator, type Simulator, type SimulatorOptions } from '../../src/simulator/index.ts';

/** An answer read to its end. */
export type ReadAnswer = { status: number; headers: Record<string, string>; text: string; json: JsonObject };

/** A simulator with every model, a clock that tests move, and counting ids. */
export function makeSimulator(options: Partial<SimulatorOptions> = {}): Simulator {
  let count = 0;
  return createSimulator({
    models: [...ANTHROPIC_MODELS, ...SIMULATOR_MODELS],
    now: () => 0,
    newId: (prefix) => `${prefix}${++count}`,
    pacing: 0,
    ...options,
  });
}

/** How a test call differs from a plain POST of version 2023-06-01 to `/v1/messages`. */
export type CallOptions = { version?: string; betas?: string; path?: string; method?: string; signal?: AbortSignal };

/** Sends a body and hands back the answer unread. */
export function open(simulator: Simulator, body: Json, options: CallOptions = {}): ReturnType<Simulator['handle']> {
  const headers: Record<string, string> = { 'anthropic-version': options.version ?? '2023-06-01' };
  if (options.betas !== undefined) headers['anthropic-beta'] = options.betas;
  return simulator.handle(
    {
      method: options.method ?? 'POST',
      path: options.path ?? '/v1/messages',
      headers,
      body: Buffer.from(typeof body === 'string' ? body : JSON.stringify(body)),
    },
    options.signal ?? new AbortController().signal,
  );
}

/** Sends a body and reads the answer. */
export async function call(simulator: Simulator, body: Json, options: CallOptions = {}): Promise<ReadAnswer> {
  const { status, headers, body: chunks } = await open(simulator, body, options);
  const text = Buffer.concat(await collect(chunks)).toString();
  const isJson = headers['content-type'] === 'application/json';
  return { status, headers, text, json: isJson ? JSON.parse(text) : {} };
}

/** Everything that an iterable gives. */
export async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const collected: T[] = [];
  for await (const item of items) collected.push(item);
  return collected;
}

/** The events of a stream's text, each checked to be named as its data says. */
export function eventsOf(text: string): StreamEvent[] {
  return text
    .split('\n\n')
    .filter((frame) => frame !== '')
    .map((frame) => {
      const [, name, data] = /^event: (\S+)\ndata: (.*)$/.exec(frame) ?? [];
      const event: StreamEvent = JSON.parse(data ?? '');
      if (event.type !== name) throw new Error(`event ${name} holds ${event.type}`);
      if (event.type !== 'message_delta') return event;
      const { type, delta, usage, ...extra } = event;
      return { type, delta, usage, extra };
    });
}

/** The message of a refusal, with its status. */
export async function refusal(simulator: Simulator, body: Json, options: CallOptions = {}): Promise<string> {
  const { status, json } = await call(simulator, body, options);
  const error = json['error'];
  const message = typeof error === 'object' && error !== null && !Array.isArray(error) ? error['message'] : undefined;
  return `${status} ${message}`;
}

/** A plain request to a model, with more fields. */
export function ask(model: string, more: JsonObject = {}): JsonObject {
  return { model, max_tokens: 1024, messages: [{ role: 'user', content: 'Hello, Claude!' }], ...more };
}

/** A PNG of this size: its header is real, its pixels are missing. */
export function pngBase64(width: number, height: number): string {
  const bytes = Buffer.alloc(33);
  bytes.write('\x89PNG\r\n\x1a\n', 0, 'latin1');
  bytes.write('\0\0\0\rIHDR', 8, 'latin1');
  bytes.writeUInt32BE(width, 16);
  bytes.writeUInt32BE(height, 20);
  return bytes.toString('base64');
}
