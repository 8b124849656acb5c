import * as z from 'zod';
import type { DialectId } from '../../../src/core/dialect.ts';

/** Where a client is pointed, and as whom. */
export type Connection = {
  /** Without `/v1`. */
  origin: string;
  key: string;
  model: string;
};

/** What a client's own usage fields say, whatever it calls them. */
export type Figures = {
  /** All tokens of the prompt, cached ones included. */
  input: number;
  cached: number;
  output: number;
};

/** One answer as a client gives it to its program. */
export type Spoken = { text: string; reasoning: string; usage: Figures };

/** A failure as a client tells its program of it. */
export type Failure = { kind: string; status: number | undefined; message: string; retryAfter: string | undefined };

/** Whether the answers are streamed. */
export type Delivery = { stream: boolean };

/** One client, connected: every way of using it that the tests drive. Nothing is retried; thinking is on. */
export type Client = {
  say(prompt: string, delivery: Delivery): Promise<Spoken>;
  /** The client's own loop with the tool `get_weather`, to its last text. */
  useTools(prompt: string, delivery: Delivery): Promise<string>;
  /** Shows pictures, by data URI or address. */
  see(prompt: string, images: readonly string[]): Promise<string>;
  /** An answer after `REPORT`, parsed by the client. */
  structured(prompt: string): Promise<unknown>;
  /** Streams and aborts after the first text; settles when the client has given up. */
  abort(prompt: string): Promise<void>;
};

/** One real client library. */
export type Driver = {
  name: string;
  dialect: DialectId;
  connect(connection: Connection): Client;
  failureOf(thrown: unknown): Failure;
  /** The classes that its program can tell failures apart by. */
  failures: { invalid: string; rateLimited: string; overloaded: string };
};

/** Most output tokens that a client asks for, where it asks. */
export const MAX_TOKENS = 4_000;

/** Rounds of tools after which something is wrong. */
export const MOST_ROUNDS = 6;

/** What every client offers the model. */
export const WEATHER = {
  name: 'get_weather',
  description: 'Weather of a city',
  parameters: {
    type: 'object' as const,
    properties: { city: { type: 'string' } },
    required: ['city'],
    additionalProperties: false,
  },
};

/** The same parameters for clients that want a schema object. */
export const WEATHER_PARAMETERS = z.object({ city: z.string() });

/** What structured answers must look like. */
export const REPORT = z.object({ city: z.string(), degrees: z.number() });

const DEGREES: Readonly<Record<string, number>> = { Oslo: 4, Bergen: 5, Rome: 6 };

/** What the tool answers. @throws Error for anything but `{city}` with a known city. */
export function weatherOf(input: unknown): string {
  const { city } = WEATHER_PARAMETERS.parse(input);
  const degrees = DEGREES[city];
  if (degrees === undefined) throw new Error(`no such city: ${city}`);
  return `${city} ${degrees}`;
}

/** The parts of an error that are where SDKs put them; `retryAfter` from whatever holds the headers. */
export function readFailure(thrown: unknown, kind: string): Failure {
  const { success, data } = ERROR.safeParse(thrown);
  if (!success) throw thrown;
  const headers = data.headers ?? data.responseHeaders;
  return {
    kind,
    status: data.status ?? data.statusCode,
    message: data.message,
    retryAfter: headers instanceof Headers ? (headers.get('retry-after') ?? undefined) : headers?.['retry-after'],
  };
}

const ERROR = z.object({
  message: z.string(),
  status: z.number().optional(),
  statusCode: z.number().optional(),
  headers: z.union([z.instanceof(Headers), z.record(z.string(), z.string())]).optional(),
  responseHeaders: z.record(z.string(), z.string()).optional(),
});
