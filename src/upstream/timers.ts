import type { ChannelTimeouts } from '../config/config.ts';
import { GatewayError } from '../core/error.ts';

/**
 * The clocks of one upstream call: first event, silence between events, and total (`reliability.md` U3-U5, U16).
 * When one runs out, or the client goes, `signal` aborts with the error that says so.
 */
export class CallTimers {
  readonly signal: AbortSignal;
  private readonly controller = new AbortController();
  private readonly timeouts: ChannelTimeouts;
  private readonly total: NodeJS.Timeout;
  private silence: NodeJS.Timeout;
  private isBetweenEvents = false;
  private readonly client: AbortSignal;
  private readonly onClientGone = () => this.stop(new GatewayError('aborted', 'The client closed the request'));

  constructor(timeouts: ChannelTimeouts, client: AbortSignal) {
    this.signal = this.controller.signal;
    this.timeouts = timeouts;
    this.client = client;
    this.total = setTimeout(() => this.expire('total', timeouts.total), timeouts.total);
    this.silence = setTimeout(() => this.expire('first event', timeouts.firstEvent), timeouts.firstEvent);
    if (client.aborted) this.onClientGone();
    else client.addEventListener('abort', this.onClientGone, { once: true });
  }

  /** An event has come: from the first on, silence is measured between events. */
  touch(): void {
    if (this.isBetweenEvents) {
      this.silence.refresh();
      return;
    }
    this.isBetweenEvents = true;
    clearTimeout(this.silence);
    this.silence = setTimeout(() => this.expire('idle', this.timeouts.idle), this.timeouts.idle);
  }

  /** The client does not read: the upstream is not to blame for silence until `touch` is called again. */
  pause(): void {
    clearTimeout(this.silence);
    this.isBetweenEvents = false;
  }

  /** Ends the clocks; the call is over. */
  close(): void {
    clearTimeout(this.total);
    clearTimeout(this.silence);
    this.client.removeEventListener('abort', this.onClientGone);
  }

  /** Ends the call with a reason. */
  stop(reason: GatewayError): void {
    this.controller.abort(reason);
  }

  private expire(which: string, limit: number): void {
    this.stop(new GatewayError('timeout', `The upstream exceeded the ${which} timeout of ${limit} ms`));
  }
}
