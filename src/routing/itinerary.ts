import type { GatewayError } from '../core/error.ts';
import { classifyFailure, FAILURE_CLASSES } from './failure-class.ts';
import type { Target } from './resolve.ts';
import { type NextStep, nextStep, type RetryLimits, type Where } from './retry-law.ts';

/** How the attempt at the current target failed, and under which circumstances. */
export type Failure = {
  error: GatewayError;
  /** See `FailedAttempt`. */
  connectionLost: boolean;
  /** Ms since the request came. */
  elapsed: number;
  /** See `FailedAttempt`. */
  isBudgetExhausted: boolean;
  /** See `FailedAttempt`. */
  canLeaveOut: boolean;
};

/** A request is negotiated with one target this often at most: an upstream that names one refusal at a time comes to an end. */
const MOST_NEGOTIATIONS = 8;

/** A target to try, and after which wait. */
export type NextTry = NextStep & { target: Target };

/** The way of one request through its targets: in their order, as the law of retries allows. */
export class Itinerary {
  private left: readonly Target[];
  private readonly limits: RetryLimits;
  private readonly random: () => number;
  private current: Target;
  private attempts = 1;
  private triesOfTarget = 1;
  private negotiations = 0;

  /** The first attempt goes to `first`. */
  constructor([first, ...others]: readonly [Target, ...Target[]], limits: RetryLimits, random: () => number) {
    this.current = first;
    this.left = others;
    this.limits = limits;
    this.random = random;
  }

  /** Where the attempt after this failure goes: `where` is `nowhere`, and no target is given, when it was the last. */
  after({
    error,
    connectionLost,
    elapsed,
    isBudgetExhausted,
    ...failure
  }: Failure): NextTry | (NextStep & { target: undefined }) {
    const { attempts, triesOfTarget, current } = this;
    this.dropBlamed(error, connectionLost);
    const left = new Set(this.left.map((target) => wayTo(target, current)));
    const canLeaveOut = failure.canLeaveOut && this.negotiations < MOST_NEGOTIATIONS;
    const failed = { error, connectionLost, triesOfTarget, attempts, elapsed, left, isBudgetExhausted, canLeaveOut };
    const step = nextStep(failed, this.limits, this.random);
    if (step.why === 'negotiation') {
      this.negotiations++;
      return { ...step, target: current };
    }
    const target = this.take(step.where);
    return target ? { ...step, target } : { ...step, target };
  }

  /**
   * A target for a second attempt beside that at the current one: another one of the same model, the first that is fit;
   * undefined when there is none, or no attempt is left.
   */
  beside(isFit: (target: Target) => boolean): Target | undefined {
    const { current } = this;
    if (this.attempts >= this.limits.maxAttempts) return undefined;
    return this.left.find((each) => each.model === current.model && isFit(each));
  }

  /** The attempt beside the current one is made. */
  takeBeside(target: Target): void {
    this.attempts++;
    this.left = this.left.filter((each) => each !== target);
  }

  /** The attempt beside the current one was never made: its target may be asked later. */
  giveBack(target: Target): void {
    this.attempts--;
    this.left = [target, ...this.left];
  }

  /** The attempt at the current target failed while the one beside it went on: what comes after follows from that one. */
  goOnWith(beside: Target, { error, connectionLost }: Pick<Failure, 'error' | 'connectionLost'>): void {
    this.dropBlamed(error, connectionLost);
    this.current = beside;
    this.triesOfTarget = 1;
  }

  /** Nobody is asked again under a credential that has just been refused. */
  private dropBlamed(error: GatewayError, connectionLost: boolean): void {
    const { blames } = FAILURE_CLASSES[classifyFailure(error, connectionLost)];
    if (blames === 'credential')
      this.left = this.left.filter(({ credential }) => credential.id !== this.current.credential.id);
  }

  private take(where: Where): Target | undefined {
    const { current } = this;
    const target = where === 'same-target' ? current : this.left.find((each) => wayTo(each, current) === where);
    if (!target) return undefined;
    this.attempts++;
    if (target !== current) this.negotiations = 0;
    this.triesOfTarget = target === current ? this.triesOfTarget + 1 : 1;
    // A model that is left is left for good.
    const isLeftBehind = (each: Target) => where === 'next-model' && each.model === current.model;
    this.left = this.left.filter((each) => each !== target && !isLeftBehind(each));
    this.current = target;
    return target;
  }
}

/** What going from one target to another is called in the law. */
function wayTo(target: Target, current: Target): Where {
  if (target.model !== current.model) return 'next-model';
  const isSameUpstream = target.channel.name === current.channel.name && target.upstreamModel === current.upstreamModel;
  return isSameUpstream ? 'other-credential' : 'next-target';
}
