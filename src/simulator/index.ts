import type { ModelFacts } from '../core/model.ts';
import { encodeEvent } from '../dialects/anthropic-messages/event-frames.ts';
import { compose } from './answer/compose.ts';
import { toMessage } from './answer/message.ts';
import type { SimulatorRequest, SimulatorResponse } from './call.ts';
import type { Performance } from './faults.ts';
import { performStream, performWhole, refuseByFault } from './faults.ts';
import { requestSeed } from './ids.ts';
import { OpenAiFront } from './openai-front.ts';
import { play } from './play.ts';
import { PromptCache } from './prompt-cache.ts';
import { betasOf, operationOf, parseBody, versionOf } from './receive.ts';
import { RequestRefused } from './refusal.ts';
import type { SignatureKey } from './signature.ts';
import { toStream } from './stream.ts';
import type { CheckedRequest } from './validate/index.ts';
import { validate } from './validate/index.ts';
import { errorBody } from './wire.ts';

export type { SimulatorRequest } from './call.ts';

/** What a simulator needs from outside. */
export type SimulatorOptions = {
  /** The models it serves; a model's `fault` is what its name stands for. */
  models: readonly ModelFacts[];
  /** Unix ms; decides when cached prompts expire. */
  now: () => number;
  /** A new id with this prefix: the one thing in an answer that differs from call to call (`clients.md` §6). */
  newId: (prefix: string) => string;
  /** Ms between two events of a stream; 0 sends them as fast as they are read. */
  pacing: number;
  /** Signs thinking blocks; simulators with the same secret accept each other's. */
  secret?: Uint8Array;
};

/** An upstream in this process that behaves as the Messages API does, and answers in OpenAI's formats too. */
export type Simulator = {
  /**
   * Answers one call; refusals are answers too. The body throws the signal's reason once the signal is aborted, and an
   * Error with code `ECONNRESET` where the model stands for a dropped connection.
   */
  handle(request: SimulatorRequest, signal: AbortSignal): Promise<SimulatorResponse>;
};

const JSON_TYPE = { 'content-type': 'application/json' };
const STREAM_TYPE = { 'content-type': 'text/event-stream; charset=utf-8', 'cache-control': 'no-cache' };
const DEFAULT_SECRET = Buffer.from('ezmodel-simulator');

/** Makes a simulator; its memory is the prompt cache alone (`anthropic-surface.md` §1, §4-§10). */
export function createSimulator(options: SimulatorOptions): Simulator {
  const desk = new Desk(options);
  const front = new OpenAiFront({
    models: desk.models,
    now: options.now,
    newId: options.newId,
    answer: (request, signal) => desk.answer(request, signal),
  });
  return {
    handle: async (request, signal) => {
      signal.throwIfAborted();
      return (await front.serve(request, signal)) ?? desk.answer(request, signal);
    },
  };
}

type Answer = { headers: Record<string, string>; performance: Performance };

class Desk {
  private readonly options: SimulatorOptions;
  readonly models: ReadonlyMap<string, ModelFacts>;
  private readonly cache: PromptCache;
  private readonly key: SignatureKey;

  constructor(options: SimulatorOptions) {
    this.options = options;
    this.models = new Map(options.models.flatMap((model) => [model.id, ...model.aliases].map((name) => [name, model])));
    this.cache = new PromptCache(options.now);
    this.key = options.secret ?? DEFAULT_SECRET;
  }

  answer(request: SimulatorRequest, signal: AbortSignal): SimulatorResponse {
    const requestId = this.options.newId('req_sim');
    const common = { 'request-id': requestId, 'anthropic-organization-id': 'simulator' };
    try {
      const { headers, performance } = this.serve(request);
      return { status: 200, headers: { ...headers, ...common }, body: play(performance, signal) };
    } catch (error) {
      if (!(error instanceof RequestRefused)) throw error;
      const retryAfter = error.retryAfter === undefined ? {} : { 'retry-after': String(error.retryAfter) };
      const body = play(performWhole(errorBody(error, requestId), undefined), signal);
      return { status: error.status, headers: { ...JSON_TYPE, ...retryAfter, ...common }, body };
    }
  }

  private serve(request: SimulatorRequest): Answer {
    const operation = operationOf(request);
    const checked = validate(parseBody(request.body), {
      operation,
      version: versionOf(request.headers),
      betas: betasOf(request.headers),
      models: this.models,
      key: this.key,
    });
    const { fault } = checked.model;
    const streamed = operation === 'generate' && checked.request.stream === true;
    refuseByFault(fault, streamed);
    if (operation === 'count_tokens') {
      const body = Buffer.from(JSON.stringify({ input_tokens: checked.promptTokens }));
      return { headers: JSON_TYPE, performance: performWhole(body, fault) };
    }
    return this.generate(checked, streamed);
  }

  private generate(checked: CheckedRequest, streamed: boolean): Answer {
    const { fault } = checked.model;
    const draft = compose(checked, requestSeed(checked.request), this.key);
    const charge = this.cache.charge(checked.model, checked.segments);
    const message = toMessage(this.options.newId('msg_sim'), checked, draft, charge);
    if (!streamed) {
      return { headers: JSON_TYPE, performance: performWhole(Buffer.from(JSON.stringify(message)), fault) };
    }
    const frames = toStream(message).map(encodeEvent);
    return { headers: STREAM_TYPE, performance: performStream(frames, this.options.pacing, fault) };
  }
}
