import { GatewayError } from '../core/error.ts';
import type { AttemptCheckpoint } from '../core/exchange.ts';
import type { Loss } from '../core/loss.ts';
import type { Attempt } from './attempt.ts';
import type { Runner } from './runner.ts';

/**
 * The attempts of one exchange, finished ones included. Of those that are out at once the first to have content gets the client
 * (law Commit): whoever comes later is turned away.
 */
export class Runners {
  private readonly all: Runner[] = [];
  private winner: Runner | undefined;
  private stopped: GatewayError | undefined;
  private decided: AbortController | undefined;

  /** One that comes when all is over is stopped at once, and belongs to the exchange all the same. */
  add(runner: Runner): void {
    this.all.push(runner);
    const reason = this.winner ? outrun() : this.stopped;
    if (reason) runner.stop(reason);
  }

  /** Aborts once one of them answers the client. Made when it is first asked for: few exchanges have two out at once. */
  get committed(): AbortSignal {
    this.decided ??= new AbortController();
    if (this.winner) this.decided.abort(outrun());
    return this.decided.signal;
  }

  get attempts(): readonly Attempt[] {
    return this.all.map(({ attempt }) => attempt);
  }

  /** Numbers of those that have not ended. */
  get running(): number[] {
    return this.attempts.flatMap(({ hasEnded, opening }) => (hasEnded ? [] : [opening.attempt]));
  }

  get isCommitted(): boolean {
    return this.winner !== undefined;
  }

  /** The one that answers the client; before there is one, the last. */
  get current(): Runner | undefined {
    return this.winner ?? this.all.at(-1);
  }

  /** What conversion cost the answer of that one. */
  get losses(): readonly Loss[] {
    return this.current?.losses ?? [];
  }

  /**
   * The client's answer is to come from this one; all others are stopped at once.
   * @param now Unix ms.
   * @throws GatewayError `hedged_out` when it comes from another one already.
   */
  claim(runner: Runner, now: number): void {
    if (this.winner === runner) return;
    if (this.winner) throw outrun();
    this.winner = runner;
    this.decided?.abort(outrun());
    for (const other of this.all) {
      if (other === runner || other.attempt.hasEnded) continue;
      const reason = outrun();
      other.attempt.fail(reason, now);
      other.stop(reason);
    }
  }

  stop(reason: GatewayError): void {
    this.stopped ??= reason;
    for (const runner of this.all) runner.stop(reason);
  }

  /** What each has used so far; none while nothing has been sent. */
  checkpoints(): AttemptCheckpoint[] {
    return this.attempts.flatMap((attempt) => {
      if (attempt.sentAt === undefined) return [];
      const { exchangeId, attempt: number } = attempt.opening;
      return [{ exchangeId, attempt: number, usage: attempt.usageSoFar }];
    });
  }
}

function outrun(): GatewayError {
  return new GatewayError('hedged_out', 'Another attempt had its first content sooner');
}
