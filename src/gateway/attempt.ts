import type { GatewayError } from '../core/error.ts';
import type { AttemptOpening, AttemptSettlement } from '../core/exchange.ts';
import type { Usage } from '../core/usage.ts';
import type { Target } from '../routing/resolve.ts';

/** Bytes of a request body that make one token of input, roughly; used only where the upstream never says. */
const BYTES_PER_TOKEN = 4;

/** What an attempt has used as its answer is read, whichever way that happens. */
export type UsageSource = {
  readonly usage: Usage;
  /** See `RelayTap.estimatedOutput`. */
  estimatedOutput(): number;
};

/** One try at one target: what will be settled of it is gathered here as it happens. */
export class Attempt {
  readonly opening: AttemptOpening;
  httpStatus: number | undefined;
  upstreamRequestId: string | undefined;
  firstEventAt: number | undefined;
  /** Monotonic ms at which the call went out; undefined before. */
  sentAt: number | undefined;
  private source: UsageSource | undefined;
  private isAccepted = false;
  private isComplete = false;
  private error: GatewayError | undefined;

  constructor(exchangeId: string, attempt: number, target: Target, startedAt: number, bodyBytes: number) {
    this.opening = {
      exchangeId,
      attempt,
      channel: target.channel.name,
      provider: target.channel.provider,
      upstreamModel: target.upstreamModel,
      startedAt,
      estimatedInput: Math.ceil(bodyBytes / BYTES_PER_TOKEN),
    };
  }

  /** The upstream has answered 200: what it says or does from here on is billed. */
  accept(source: UsageSource): void {
    this.isAccepted = true;
    this.source = source;
  }

  /** The answer has come to its proper end. */
  complete(): void {
    this.isComplete = true;
  }

  fail(error: GatewayError): void {
    this.error = error;
  }

  /** Usage for a checkpoint; a failed attempt says what it will be settled with. */
  get usageSoFar(): Usage {
    if (!this.isAccepted && this.error === undefined) return {};
    const { usage } = this.settledUsage();
    return usage;
  }

  settle(endedAt: number): AttemptSettlement {
    const { exchangeId, attempt } = this.opening;
    const { usage, estimated } = this.settledUsage();
    return {
      exchangeId,
      attempt,
      outcome: this.isComplete ? 'ok' : this.error?.kind === 'aborted' ? 'aborted' : 'error',
      httpStatus: this.httpStatus,
      errorKind: this.error?.kind,
      upstreamRequestId: this.upstreamRequestId,
      firstEventAt: this.firstEventAt,
      endedAt,
      usage,
      partial: !this.isComplete && this.mayHaveBeenBilled(),
      estimated,
    };
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
      if (!hasOutput) usage.output = this.source?.estimatedOutput() ?? 0;
      return { usage, estimated: !hasInput || !hasOutput };
    }
    usage.output = this.source?.estimatedOutput() ?? 0;
    return { usage, estimated: true };
  }

  private mayHaveBeenBilled(): boolean {
    if (this.isAccepted || this.isComplete) return true;
    const endedByUs =
      this.error?.kind === 'aborted' || this.error?.kind === 'timeout' || this.error?.kind === 'shutting_down';
    return endedByUs && this.sentAt !== undefined && this.httpStatus === undefined;
  }
}
