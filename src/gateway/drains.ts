import { GatewayError } from '../core/error.ts';

/** So many calls are read on at once that nobody waits for; further ones are cancelled. */
const MOST = 32;

/** None is read on for longer, in ms. */
const LONGEST = 120_000;

/** One call whose client may go. */
export type Drain = {
  /** Ends the call: when its client goes, or after that when it has been read on for long enough. */
  readonly signal: AbortSignal;
  /** Whether the client has gone and the call is read on, to learn what is billed for it. */
  hasBegun(): boolean;
  /** The call is over. */
  close(): void;
};

/** Calls that are read on after their clients have gone, because their upstreams bill them to the end (`reliability.md` §2.4). */
export class Drains {
  private readonly running = new Set<() => void>();
  private isClosed = false;

  follow(gone: AbortSignal): Drain {
    const controller = new AbortController();
    let timer: NodeJS.Timeout | undefined;
    const cancel = () => controller.abort(new GatewayError('aborted', 'The client closed the request'));
    const onGone = () => {
      if (this.isClosed || this.running.size >= MOST) return cancel();
      this.running.add(cancel);
      timer = setTimeout(cancel, LONGEST);
    };
    if (gone.aborted) cancel();
    else gone.addEventListener('abort', onGone, { once: true });
    return {
      signal: controller.signal,
      hasBegun: () => timer !== undefined,
      close: () => {
        gone.removeEventListener('abort', onGone);
        clearTimeout(timer);
        this.running.delete(cancel);
      },
    };
  }

  /** The server stops: all are cancelled, and none begins any more. */
  close(): void {
    this.isClosed = true;
    for (const cancel of this.running) cancel();
  }
}
