import type { DialectId } from '../core/dialect.ts';
import type { ErrorKind, GatewayError } from '../core/error.ts';
import type { AttemptOpening, AttemptSettlement, Outcome } from '../core/exchange.ts';
import type { Usage } from '../core/usage.ts';
import type { TextRates, WrittenText } from '../core/written-text.ts';
import type { ModelRates } from '../metering/token-rates.ts';
import type { Target } from '../routing/resolve.ts';
import type { ClientCall } from './call.ts';
import { maskEcho } from './mask-echo.ts';
import { safeAnswerHeaders, safeClientHeaders } from './safe-headers.ts';

/** Failures that are ours: the upstream may have billed what we did not wait for. */
const ENDED_BY_US: ReadonlySet<ErrorKind> = new Set(['aborted', 'hedged_out', 'timeout', 'shutting_down']);

/** Those of them in which nobody wants the answer any more. */
const GIVEN_UP: ReadonlySet<ErrorKind> = new Set(['aborted', 'hedged_out']);

/** What an attempt has used as its answer is read, whichever way that happens. */
export type UsageSource = {
  readonly usage: Usage;
  /** What was streamed; undefined for an answer that came whole. */
  readonly written: WrittenText | undefined;
  /** See `RelayTap.estimatedOutput`. */
  estimatedOutput(rates: TextRates): number;
};

/** What is known of an attempt before it is made. */
export type AttemptParts = {
  exchangeId: string;
  /** From 1. */
  attempt: number;
  target: Target;
  /** The dialect spoken with the upstream. */
  dialect: DialectId;
  /** Why this target, for people. */
  reason: string;
  /** Unix ms. */
  startedAt: number;
  /** Bytes of the client's body: what the input is estimated by. */
  clientBytes: number;
  requestBytes: number;
  /** Ms that it has waited for its turn. */
  waitedMs: number;
  /** What the tokens of this model are like. */
  rates: ModelRates;
};

/** One try at one target: what will be settled of it is gathered here as it happens. */
export class Attempt {
  readonly opening: AttemptOpening;
  /** Ms that its connection took; undefined where one was open already. */
  connectMs: number | undefined;
  httpStatus: number | undefined;
  upstreamRequestId: string | undefined;
  /** Of the upstream's answer; undefined when it never answered. */
  answerHeaders: Readonly<Record<string, string>> | undefined;
  /** Unix ms at which the call went out; undefined before. */
  sentAt: number | undefined;
  /** The same on the monotonic clock, in fractions of ms. */
  sentAtMonotonic: number | undefined;
  /** Unix ms at which status and headers were there. */
  headersAt: number | undefined;
  /** Unix ms of the first content event. */
  firstEventAt: number | undefined;
  /** Unix ms; that of the exchange when the attempt did not end before it. */
  endedAt: number | undefined;
  answerBytes = 0;
  private readonly waitedMs: number;
  private readonly rates: ModelRates;
  private readonly clientBytes: number;
  private source: UsageSource | undefined;
  private isAccepted = false;
  private isComplete = false;
  private error: GatewayError | undefined;

  constructor({
    exchangeId,
    attempt,
    target,
    dialect,
    reason,
    startedAt,
    clientBytes,
    requestBytes,
    waitedMs,
    rates,
  }: AttemptParts) {
    this.waitedMs = waitedMs;
    this.rates = rates;
    this.clientBytes = clientBytes;
    this.opening = {
      exchangeId,
      attempt,
      channel: target.channel.name,
      provider: target.channel.provider,
      upstreamModel: target.upstreamModel,
      dialect,
      reason,
      requestBytes,
      startedAt,
      estimatedInput: rates.inputTokensOf(clientBytes),
    };
  }

  /** What ended it, when that was no proper end. */
  get failure(): GatewayError | undefined {
    return this.error;
  }

  get hasEnded(): boolean {
    return this.isComplete || this.error !== undefined;
  }

  /** The call goes out now; `now` is Unix ms. */
  send(now: number): void {
    this.sentAt = now;
    this.sentAtMonotonic = performance.now();
  }

  /** The upstream has answered 200: what it says or does from here on is billed. */
  accept(source: UsageSource): void {
    this.isAccepted = true;
    this.source = source;
  }

  /** The answer has come to its proper end. */
  complete(): void {
    this.isComplete = true;
    this.learnRates();
  }

  /** The first failure counts: what follows from it is none of its own. @param endedAt Unix ms. */
  fail(error: GatewayError, endedAt: number): void {
    if (this.error) return;
    this.error = error;
    this.endedAt = endedAt;
  }

  /** Output tokens that the text so far suggests. */
  get outputSoFar(): number {
    return this.source?.estimatedOutput(this.rates) ?? 0;
  }

  /** Usage for a checkpoint; a failed attempt says what it will be settled with. */
  get usageSoFar(): Usage {
    if (!this.isAccepted && this.error === undefined) return {};
    const { usage } = this.settledUsage();
    return usage;
  }

  /** @param request the client's: its safe headers are kept, and what a failure repeats of its body is masked. */
  settle(endedAt: number, request: Pick<ClientCall, 'body' | 'headers'>): AttemptSettlement {
    const { exchangeId, attempt } = this.opening;
    const { usage, estimated } = this.settledUsage();
    return {
      exchangeId,
      attempt,
      outcome: this.outcome,
      httpStatus: this.httpStatus,
      errorKind: this.isDrained ? 'drained' : this.error?.kind,
      errorText: this.error && !GIVEN_UP.has(this.error.kind) ? maskEcho(this.error.message, request.body) : undefined,
      upstreamRequestId: this.upstreamRequestId,
      waitedMs: this.waitedMs,
      connectMs: this.connectMs,
      clientHeaders: attempt === 1 ? safeClientHeaders(request.headers) : undefined,
      answerHeaders: this.answerHeaders && safeAnswerHeaders(this.answerHeaders),
      sentAt: this.sentAt,
      headersAt: this.headersAt,
      answerBytes: this.answerBytes,
      firstEventAt: this.firstEventAt,
      endedAt: this.endedAt ?? endedAt,
      usage,
      partial: (!this.isComplete || this.isDrained) && this.mayHaveBeenBilled(),
      estimated,
    };
  }

  /** Its client went, and it was read to its end all the same: what was billed is known. */
  private get isDrained(): boolean {
    return this.isComplete && this.error?.kind === 'aborted';
  }

  private get outcome(): Outcome {
    if (this.error === undefined) return this.isComplete ? 'ok' : 'error';
    return GIVEN_UP.has(this.error.kind) ? 'aborted' : 'error';
  }

  /**
   * The upstream's figures where it gave them. A cut answer is charged the output that its text suggests; a call that was
   * out when we ended it is charged its estimated input (`reliability.md` §2.4, Abort billing).
   */
  private settledUsage(): { usage: Usage; estimated: boolean } {
    const reported = this.source?.usage ?? {};
    if (!this.mayHaveBeenBilled()) return { usage: { input: 0 }, estimated: false };
    const hasInput = reported.input !== undefined;
    const usage: Usage = hasInput ? { ...reported } : { ...reported, input: this.opening.estimatedInput };
    if (this.isComplete) {
      const hasOutput = reported.output !== undefined;
      if (!hasOutput) usage.output = this.outputSoFar;
      return { usage, estimated: !hasInput || !hasOutput };
    }
    usage.output = this.outputSoFar;
    return { usage, estimated: true };
  }

  /** What the upstream says of a whole answer teaches how to estimate those that will be cut. */
  private learnRates(): void {
    const { usage, written } = this.source ?? {};
    if (usage?.input !== undefined) {
      const { input, cache_read = 0, cache_write_5m = 0, cache_write_1h = 0 } = usage;
      this.rates.learnInput(this.clientBytes, input + cache_read + cache_write_5m + cache_write_1h);
    }
    // Of thinking a client often gets less than was billed.
    if (usage?.output === undefined || !written || written.hasThinking) return;
    this.rates.learnText(written, usage.output - (usage.reasoning ?? 0));
  }

  private mayHaveBeenBilled(): boolean {
    if (this.isAccepted || this.isComplete) return true;
    return (
      this.error !== undefined &&
      ENDED_BY_US.has(this.error.kind) &&
      this.sentAt !== undefined &&
      this.httpStatus === undefined
    );
  }
}
