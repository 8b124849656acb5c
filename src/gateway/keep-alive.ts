import type { ServerCodec } from '../core/dialect.ts';
import type { Responder } from './call.ts';

/** How many keep-alive intervals pass before headers go out ahead of any content (15 s at the default 10 s). */
const FIRST_WAIT = 1.5;

/** Headers of every streamed answer: no cache, no transformation, no buffering on the way (`translation.md` §10.5). */
export const STREAM_HEADERS = {
  'content-type': 'text/event-stream; charset=utf-8',
  'cache-control': 'no-cache, no-transform',
  'x-accel-buffering': 'no',
} as const;

/** How a stream is kept alive. */
export type KeepAliveOptions = {
  /** Silence after which something is sent, in ms. */
  interval: number;
  /** Headers that the answer carries beside those of every stream. */
  answerHeaders(): Record<string, string>;
  /** Called whenever events are about to be sent. */
  onSend(): void;
};

/**
 * Keeps a stream alive while the upstream is silent. Before the first event it sends headers and comments, so that
 * another target may still be tried; after it, the dialect's own ping (`reliability.md` U10, `clients.md` §4).
 */
export class KeepAlive {
  private readonly responder: Responder;
  private readonly bytes: ServerCodec['keepAlive'];
  private readonly options: KeepAliveOptions;
  private timer: NodeJS.Timeout;
  private hasContent = false;
  private isBlocked = false;

  constructor(responder: Responder, bytes: ServerCodec['keepAlive'], options: KeepAliveOptions) {
    this.responder = responder;
    this.bytes = bytes;
    this.options = options;
    this.timer = setTimeout(() => this.fire(), options.interval * FIRST_WAIT);
  }

  /** Events are about to be sent; from now on silence is measured from each. */
  sent(): void {
    this.options.onSend();
    if (this.hasContent) {
      this.timer.refresh();
      return;
    }
    this.hasContent = true;
    this.schedule();
  }

  /** Whether the client's side is what is being waited for. */
  setBlocked(isBlocked: boolean): void {
    this.isBlocked = isBlocked;
  }

  close(): void {
    clearTimeout(this.timer);
  }

  private schedule(): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.fire(), this.options.interval);
  }

  private fire(): void {
    if (!this.responder.hasBegun()) this.responder.begin(200, { ...STREAM_HEADERS, ...this.options.answerHeaders() });
    if (!this.isBlocked)
      void this.responder.write(this.hasContent ? this.bytes.afterFirstEvent : this.bytes.beforeFirstEvent);
    this.schedule();
  }
}
