import { GatewayError } from '../core/error.ts';
import { LoadLimit, type LoadSample } from './load-limit.ts';
import { ReleasePace } from './release-pace.ts';
import { WaitingLine } from './waiting-line.ts';

/** What bounds the requests that a server takes on. */
export type AdmissionLimits = {
  /** Requests in flight. */
  maxRequests: number;
  /** Requests that wait for one of them to end. */
  maxQueued: number;
  /** How long one may wait, in ms. */
  maxQueueWait: number;
};

/** Why a request was refused: nobody more may wait, it waited too long, or a key with fewer waiting took its place. */
export type OverloadReason = 'queue_full' | 'queue_timeout' | 'displaced';

/** What an admission works with. */
export type AdmissionParts = {
  /** Asked each time, so that a new config counts at once. */
  limits(): AdmissionLimits;
  /** Monotonic, in ms. */
  clock(): number;
  /** Calls `action` once, in so many ms, unless the answer is called before. */
  after(ms: number, action: () => void): () => void;
  /** Told of every request that is let in, with the ms that it waited. */
  onAdmitted(waited: number): void;
  onRefused(reason: OverloadReason): void;
};

/** Seconds that a refused client is told to stay away. */
const SHORTEST_ABSENCE = 1;
const LONGEST_ABSENCE = 30;

type Waiter = { enteredAt: number; admit(): void; refuse(error: GatewayError): void };

/** Bounded admission of requests, fair between keys (`reliability.md` S16, G10). */
export class Admission {
  private taken = 0;
  private readonly parts: AdmissionParts;
  private readonly line = new WaitingLine<Waiter>();
  private readonly loadLimit = new LoadLimit();
  private readonly pace: ReleasePace;

  constructor(parts: AdmissionParts) {
    this.parts = parts;
    this.pace = new ReleasePace(parts.clock);
  }

  /** Requests that hold a place. */
  get inFlight(): number {
    return this.taken;
  }

  get waiting(): number {
    return this.line.length;
  }

  /** Places as things are now. */
  get limit(): number {
    return Math.min(this.parts.limits().maxRequests, this.loadLimit.most);
  }

  /** Whether the next one gets a place at once. */
  get hasRoom(): boolean {
    return this.line.length === 0 && this.taken < this.limit;
  }

  /**
   * Refuses what `enter` would refuse now: cheap, for the time before a key is proven and a body read.
   * @throws GatewayError `overloaded`.
   */
  check(keyId: string): void {
    if (this.hasRoom || this.mayWait(keyId)) return;
    throw this.refusal('queue_full');
  }

  /**
   * Takes a place, at once or when one comes free; call the answer once the request has ended (more calls do nothing).
   * @throws GatewayError `overloaded`, `aborted` when the client goes while it waits, and what `refuseAll` says.
   */
  async enter(keyId: string, gone: AbortSignal): Promise<() => void> {
    this.check(keyId);
    if (this.hasRoom) {
      this.parts.onAdmitted(0);
      return this.takePlace();
    }
    if (gone.aborted) throw clientGone();
    if (this.line.length >= this.maxQueued) this.displace();
    await this.waitInLine(keyId, gone);
    return this.takenPlace();
  }

  /** How hard the process has to work: decides, from now on, how much of the limits may be used. */
  observe(sample: LoadSample): void {
    this.loadLimit.observe(sample, this.taken);
    this.letIn();
  }

  /** Ends all waiting with a reason. */
  refuseAll(reason: GatewayError): void {
    for (let waiter = this.line.next(); waiter; waiter = this.line.next()) waiter.refuse(reason);
  }

  /** The line shrinks with the limit: a long wait for few places helps nobody. */
  private get maxQueued(): number {
    const { maxRequests, maxQueued } = this.parts.limits();
    return Math.floor(maxQueued * (this.limit / maxRequests));
  }

  /** A key that has fewer waiting than another finds room in a full line, at the other's cost. */
  private mayWait(keyId: string): boolean {
    const { line, maxQueued } = this;
    if (line.length < maxQueued) return true;
    return maxQueued > 0 && line.lengthOf(keyId) + 1 < (line.longest()?.length ?? 0);
  }

  private displace(): void {
    const longest = this.line.longest();
    if (!longest) return;
    this.line.remove(longest.key, longest.newest);
    longest.newest.refuse(this.refusal('displaced'));
  }

  /** Resolves once a place is held for this request. */
  private waitInLine(keyId: string, gone: AbortSignal): Promise<void> {
    const { parts, line } = this;
    return new Promise((resolve, reject) => {
      const settle = () => {
        cancel();
        gone.removeEventListener('abort', leave);
      };
      const waiter: Waiter = {
        enteredAt: parts.clock(),
        admit: () => {
          settle();
          resolve();
        },
        refuse: (error) => {
          settle();
          reject(error);
        },
      };
      const quit = (error: GatewayError) => {
        line.remove(keyId, waiter);
        waiter.refuse(error);
      };
      const leave = () => quit(clientGone());
      const cancel = parts.after(parts.limits().maxQueueWait, () => quit(this.refusal('queue_timeout')));
      gone.addEventListener('abort', leave, { once: true });
      line.add(keyId, waiter);
    });
  }

  private takePlace(): () => void {
    this.taken++;
    if (this.taken >= this.limit) this.pace.full();
    return this.takenPlace();
  }

  /** The way to give back a place that is counted already. */
  private takenPlace(): () => void {
    let isHeld = true;
    return () => {
      if (!isHeld) return;
      isHeld = false;
      this.taken--;
      this.letIn();
      this.pace.released(this.taken >= this.limit);
    };
  }

  /** Whoever's turn it is holds the place from here on, though its code runs only later. */
  private letIn(): void {
    while (this.taken < this.limit) {
      const waiter = this.line.next();
      if (!waiter) return;
      this.taken++;
      this.parts.onAdmitted(this.parts.clock() - waiter.enteredAt);
      waiter.admit();
    }
  }

  private refusal(reason: OverloadReason): GatewayError {
    this.parts.onRefused(reason);
    const seconds = Math.ceil(this.pace.timeFor(this.line.length + 1) / 1_000);
    const retryAfter = Math.min(LONGEST_ABSENCE, Math.max(SHORTEST_ABSENCE, seconds));
    return new GatewayError('overloaded', 'The gateway is at its limit of requests. Try again later.', { retryAfter });
  }
}

function clientGone(): GatewayError {
  return new GatewayError('aborted', 'The client closed the request');
}
