import { createHash } from 'node:crypto';
import type {
  CodecTools,
  Dialect,
  DialectId,
  Operation,
  ParsedRequest,
  StreamDecoder,
  StreamEncoder,
} from '../core/dialect.ts';
import { GatewayError, toGatewayError } from '../core/error.ts';
import { isJsonObject, type JsonObject, stringAt } from '../core/json.ts';
import type { ModelFacts } from '../core/model.ts';
import { OPENAI_QUIRKS } from '../core/quirks.ts';
import { DIALECTS } from '../dialects/index.ts';
import { errorOfEvent } from '../dialects/shared/read-answer/error-event.ts';
import { parseFrame, SseFrameSplitter } from '../framing/sse-frames.ts';
import type { SimulatorRequest, SimulatorResponse } from './call.ts';

/** What a call to one of OpenAI's paths asks for. */
const PATHS: Readonly<Record<string, { dialect: DialectId; operation: Operation }>> = {
  '/v1/chat/completions': { dialect: 'openai-chat', operation: 'generate' },
  '/v1/responses': { dialect: 'openai-responses', operation: 'generate' },
  '/v1/responses/input_tokens': { dialect: 'openai-responses', operation: 'count_tokens' },
};

/** Where the answer comes from in the end: the simulated Messages API. */
const MESSAGES_PATHS = {
  generate: '/v1/messages',
  count_tokens: '/v1/messages/count_tokens',
} as const satisfies Record<Operation, string>;

const STREAM_TYPE = { 'content-type': 'text/event-stream; charset=utf-8', 'cache-control': 'no-cache' };
const JSON_TYPE = { 'content-type': 'application/json' };

/** What the front needs from outside. */
export type FrontParts = {
  models: ReadonlyMap<string, ModelFacts>;
  now: () => number;
  newId: (prefix: string) => string;
  /** Answers in the Messages API. */
  answer(request: SimulatorRequest, signal: AbortSignal): SimulatorResponse;
};

type Asked = { dialect: Dialect; operation: Operation; body: JsonObject; parsed: ParsedRequest };

/** OpenAI's two APIs as a second face of the simulated models, so that every inbound format works on first run. */
export class OpenAiFront {
  private readonly parts: FrontParts;
  private readonly tools: CodecTools;

  constructor(parts: FrontParts) {
    this.parts = parts;
    this.tools = {
      now: parts.now,
      newId: parts.newId,
      hash: (text) => createHash('sha256').update(text).digest('hex'),
      envelope: OWN_STATE,
    };
  }

  /** Undefined for a path that is not one of OpenAI's. */
  async serve(request: SimulatorRequest, signal: AbortSignal): Promise<SimulatorResponse | undefined> {
    const [path = ''] = request.path.split('?');
    const found = Object.hasOwn(PATHS, path) ? PATHS[path] : undefined;
    if (!found) return undefined;
    const dialect = DIALECTS[found.dialect];
    const requestId = this.parts.newId('req_sim');
    try {
      const asked = this.read(request, dialect, found.operation);
      return await this.converse(asked, requestId, signal);
    } catch (thrown) {
      if (signal.aborted) throw thrown;
      const { status, headers, body } = dialect.server.formatError(toGatewayError(thrown), requestId);
      return { status, headers: { ...headers, 'x-request-id': requestId }, body: once(body) };
    }
  }

  private read({ body: bytes }: SimulatorRequest, dialect: Dialect, operation: Operation): Asked {
    const body = readBody(bytes);
    dialect.server.checkRequest(body, operation);
    const parsed = dialect.server.parseRequest(body, operation, this.tools);
    const unknown = parsed.losses.find(({ code }) => code === 'unknown_field');
    if (unknown) {
      const { field } = unknown;
      throw new GatewayError('invalid_request', `Unknown parameter: '${field}'.`, { field, code: 'unknown_parameter' });
    }
    return { dialect, operation, body, parsed };
  }

  private async converse(asked: Asked, requestId: string, signal: AbortSignal): Promise<SimulatorResponse> {
    const { client } = DIALECTS['anthropic-messages'];
    const { dialect, operation, body, parsed } = asked;
    const { request } = parsed;
    const { body: sent, reading } = client.formatRequest(request, {
      model: request.model,
      provider: OWN_ORIGIN,
      facts: this.parts.models.get(request.model),
      quirks: OPENAI_QUIRKS,
      operation,
      tools: this.tools,
      report: () => {},
    });
    const inner = this.parts.answer(
      { method: 'POST', path: MESSAGES_PATHS[operation], headers: { ...client.headers }, body: sent },
      signal,
    );
    if (inner.status >= 400) {
      throw client.parseError(inner.status, inner.headers, await readAll(inner.body), this.parts.now());
    }
    const headers = { 'x-request-id': requestId };
    if (operation === 'count_tokens') {
      const count = client.parseCount(await readAll(inner.body));
      return { status: 200, headers: { ...JSON_TYPE, ...headers }, body: once(dialect.server.formatCount(count)) };
    }
    const answering = { request, body, model: stringAt(body, 'model') ?? '', tools: this.tools, report: () => {} };
    if (request.stream === true) {
      const decoder = client.streamDecoder(reading);
      const encoder = dialect.server.streamEncoder(answering);
      return {
        status: 200,
        headers: { ...STREAM_TYPE, ...headers },
        body: convertStream(inner.body, decoder, encoder, requestId),
      };
    }
    const { message } = client.parseResponse(await readAll(inner.body), reading);
    const whole = dialect.server.formatResponse(message, answering);
    return { status: 200, headers: { ...JSON_TYPE, ...headers }, body: once(whole) };
  }
}

/** Opaque state that never leaves this upstream but through its clients; nobody else takes it for theirs. */
const OWN_ORIGIN = 'simulator';
const OWN_TAG = 'sim.';
const OWN_STATE: CodecTools['envelope'] = {
  seal: ({ data }) => `${OWN_TAG}${Buffer.from(JSON.stringify(data)).toString('base64url')}`,
  open: (text) => {
    if (!text.startsWith(OWN_TAG)) return undefined;
    const data = parseObject(Buffer.from(text.slice(OWN_TAG.length), 'base64url').toString());
    return data && { origin: OWN_ORIGIN, data };
  },
};

async function* convertStream(
  body: AsyncIterable<Uint8Array>,
  decoder: StreamDecoder,
  encoder: StreamEncoder,
  requestId: string,
): AsyncGenerator<Uint8Array> {
  const splitter = new SseFrameSplitter();
  for await (const chunk of body) {
    const events = splitter.push(chunk).flatMap((raw) => {
      const frame = parseFrame(raw);
      return frame ? decoder.push(frame) : [];
    });
    for (const event of events) {
      if (event.type === 'error') {
        yield encoder.fail(errorOfEvent(event), requestId);
        return;
      }
      yield encoder.push(event);
    }
  }
  yield encoder.end();
}

function readBody(bytes: Uint8Array): JsonObject {
  const body = parseObject(Buffer.from(bytes).toString());
  if (!body) throw new GatewayError('invalid_request', 'We could not parse the JSON body of your request.');
  return body;
}

function parseObject(text: string): JsonObject | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isJsonObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

async function readAll(body: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of body) chunks.push(chunk);
  return Buffer.concat(chunks);
}

async function* once(body: Uint8Array): AsyncGenerator<Uint8Array> {
  yield body;
}
