import type { CodecTools, Reading } from '../../core/dialect.ts';
import { GatewayError, toGatewayError } from '../../core/error.ts';
import { fold, type StreamEvent } from '../../core/event.ts';
import type { Usage } from '../../core/usage.ts';
import { parseFrame, SseFrameSplitter } from '../../framing/sse-frames.ts';
import type { Target } from '../../routing/resolve.ts';
import type { Transport, UpstreamAnswer } from '../../upstream/send.ts';
import { CallTimers } from '../../upstream/timers.ts';
import { readWholeBody } from '../read-body.ts';
import { readRefusal } from '../run-attempt.ts';
import type { TargetEndpoint } from '../target-endpoint.ts';
import { buildUpstreamCall } from '../upstream-call.ts';
import { createGrammar } from './grammar/index.ts';
import { parseObject } from './grammar/reading.ts';
import type { ProbeAnswer, ProbeRequest } from './probe.ts';

/** What calls have cost, as the upstream says. */
export type Tally = { calls: number; inputTokens: number; outputTokens: number };

/** What an asker works with. */
export type AskerParts = { transport: Transport; target: Target; endpoint: TargetEndpoint; tools: CodecTools };

/** Asks one endpoint with one credential, past the ledger and every policy. */
export class Asker {
  readonly tally: Tally = { calls: 0, inputTokens: 0, outputTokens: 0 };
  readonly parts: AskerParts;

  constructor(parts: AskerParts) {
    this.parts = parts;
  }

  /** Makes the call; whatever goes wrong is an answer too. */
  async ask(request: ProbeRequest): Promise<ProbeAnswer> {
    const { timeouts } = this.parts.target.channel;
    // A whole answer comes when it is finished: only the total time says that it is late (U3).
    const limits = request.form === 'stream' ? timeouts : { ...timeouts, firstEvent: timeouts.total };
    const timers = new CallTimers(limits, new AbortController().signal);
    try {
      return await this.send(request, timers);
    } catch (thrown) {
      return { kind: 'refusal', error: toGatewayError(thrown), wire: undefined };
    } finally {
      timers.close();
    }
  }

  private count({ input = 0, cache_read = 0, cache_write_5m = 0, cache_write_1h = 0, output = 0 }: Usage): void {
    this.tally.inputTokens += input + cache_read + cache_write_5m + cache_write_1h;
    this.tally.outputTokens += output;
  }

  private async send(request: ProbeRequest, timers: CallTimers): Promise<ProbeAnswer> {
    const { transport, target, endpoint } = this.parts;
    const startedAt = performance.now();
    const operation = request.form === 'count' ? 'count_tokens' : 'generate';
    const { body, reading } = this.format(request, operation);
    const passage = { upstream: endpoint.dialect, body, isRelay: false };
    const call = buildUpstreamCall({ headers: {}, operation, target, endpoint, passage, signal: timers.signal });
    const betas = (request.form === 'whole' && request.betas) || [];
    if (betas.length > 0) call.headers['anthropic-beta'] = betas.join(',');
    this.tally.calls++;
    const answer = await transport.send(call);
    if (answer.status < 200 || answer.status >= 300) throw await readRefusal(passage, answer, Date.now());
    if (request.form === 'stream') return this.readStream(answer, reading, timers, startedAt);
    const whole = await readWholeBody(answer.body);
    const { client } = endpoint.dialect;
    if (request.form === 'count') return { kind: 'count', tokens: client.parseCount(whole) };
    const totalMs = performance.now() - startedAt;
    const parsed = client.parseResponse(whole, reading);
    this.count(parsed.usage);
    return { kind: 'message', ...parsed, wire: undefined, firstEventMs: totalMs, totalMs };
  }

  private format(request: ProbeRequest, operation: 'generate' | 'count_tokens') {
    const { target, endpoint, tools } = this.parts;
    const formatted = endpoint.dialect.client.formatRequest(request.message, {
      model: target.upstreamModel,
      provider: endpoint.provider.id,
      facts: endpoint.facts,
      quirks: endpoint.quirks,
      operation,
      tools,
      report: () => {},
    });
    return request.form === 'spoiled' ? { ...formatted, body: spoiled(formatted.body) } : formatted;
  }

  private async readStream(
    answer: UpstreamAnswer,
    reading: Reading,
    timers: CallTimers,
    startedAt: number,
  ): Promise<ProbeAnswer> {
    const { dialect, quirks } = this.parts.endpoint;
    const grammar = createGrammar(dialect.id, quirks);
    const splitter = new SseFrameSplitter();
    const decoder = dialect.client.streamDecoder(reading);
    const events: StreamEvent[] = [];
    let firstEventMs = 0;
    const take = (raw: Uint8Array) => {
      const frame = parseFrame(raw);
      if (!frame) return;
      grammar.take(frame);
      events.push(...decoder.push(frame));
    };
    for await (const chunk of answer.body) {
      firstEventMs ||= performance.now() - startedAt;
      timers.touch();
      for (const raw of splitter.push(chunk)) take(raw);
    }
    take(splitter.end());
    events.push(...decoder.end());
    const wire = grammar.end();
    this.count(decoder.usage);
    const end = events.find((event) => event.type === 'error');
    if (end) return { kind: 'refusal', error: new GatewayError('bad_upstream', end.error.message), wire };
    const totalMs = performance.now() - startedAt;
    return { kind: 'message', message: fold(events), usage: decoder.usage, wire, firstEventMs, totalMs };
  }
}

/** Where the dialects have their conversation. */
const CONVERSATIONS = ['messages', 'input'] as const;

/** The body with a number in the place of its conversation. */
function spoiled(body: Uint8Array): Uint8Array {
  const fields = parseObject(new TextDecoder().decode(body)) ?? {};
  for (const name of CONVERSATIONS) if (name in fields) fields[name] = 0;
  return new TextEncoder().encode(JSON.stringify(fields));
}
