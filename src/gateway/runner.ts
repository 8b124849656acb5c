import type { RelayTap } from '../core/dialect.ts';
import type { GatewayError } from '../core/error.ts';
import type { Loss } from '../core/loss.ts';
import type { CallTimers } from '../upstream/timers.ts';
import type { Attempt } from './attempt.ts';
import type { Passage } from './passage.ts';

/** One attempt under way, as far as its exchange must reach into it. */
export class Runner {
  readonly attempt: Attempt;
  private readonly passage: Passage;
  private readonly leftOut: readonly Loss[];
  /** What formats an error that ends its stream; undefined before that begins. */
  stream: Pick<RelayTap, 'fail'> | undefined;
  private timers: CallTimers | undefined;
  private reason: GatewayError | undefined;

  /** @param leftOut what its request goes without because its target refuses it. */
  constructor(attempt: Attempt, passage: Passage, leftOut: readonly Loss[]) {
    this.attempt = attempt;
    this.passage = passage;
    this.leftOut = leftOut;
  }

  /** What its request and its answer have lost so far. */
  get losses(): readonly Loss[] {
    return [...this.leftOut, ...this.passage.losses];
  }

  /** The call is about to go out. @throws GatewayError when it has been stopped before. */
  start(timers: CallTimers): void {
    if (this.reason) throw this.reason;
    this.timers = timers;
  }

  stop(reason: GatewayError): void {
    this.reason ??= reason;
    this.timers?.stop(reason);
  }
}
