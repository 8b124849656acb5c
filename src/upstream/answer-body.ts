import type { Dispatcher } from 'undici';

/** Status and headers of an answer as they came, and its body as it comes. */
export type ReceivedAnswer = {
  status: number;
  headers: Readonly<Record<string, string | string[] | undefined>>;
  body: AnswerBody;
};

/** What asks for an answer is told of it once, one way or the other. */
export type AnswerReceipt = { resolve(answer: ReceivedAnswer): void; reject(error: Error): void };

type Step = IteratorResult<Uint8Array, undefined>;

const END: Step = { done: true, value: undefined };

/**
 * One answer on its way from undici to whoever reads it, without a stream in between: of those each costs as much as the rest of a
 * short call. It is read once, in order; who stops reading early ends the call and its connection.
 */
export class AnswerBody implements Dispatcher.DispatchHandler, AsyncIterableIterator<Uint8Array, undefined> {
  /** Until it has been told: what asked for the answer need not live as long as it. */
  private receipt: AnswerReceipt | undefined;
  private readonly readAhead: number;
  private controller: Dispatcher.DispatchController | undefined;
  private readonly chunks: Uint8Array[] = [];
  /** Bytes of the chunks that nobody has taken yet. */
  private waitingBytes = 0;
  private isComplete = false;
  private failure: Error | undefined;
  private reader: { resolve(step: Step): void; reject(error: Error): void } | undefined;
  private explain = (cause: Error): Error => cause;

  /**
   * @param readAhead bytes that are taken from the connection before somebody wants them.
   * @param signal ends the call at any point until its last byte has been read; the reader gets its reason.
   */
  constructor(receipt: AnswerReceipt, readAhead: number, signal: AbortSignal) {
    this.receipt = receipt;
    this.readAhead = readAhead;
    if (signal.aborted) this.fail(reasonOf(signal));
    else signal.addEventListener('abort', () => this.abandon(reasonOf(signal)), { once: true });
  }

  /** @param explain makes of what broke the answer off the error that its reader gets. */
  explaining(explain: (cause: Error) => Error): this {
    this.explain = explain;
    return this;
  }

  /** Nobody wants the rest: the connection goes with it. */
  abandon(reason: Error): void {
    if (this.isComplete && this.chunks.length === 0) return;
    this.fail(reason);
    if (!this.isComplete) this.controller?.abort(reason);
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.controller = controller;
    if (this.failure) controller.abort(this.failure);
  }

  onResponseStart(controller: Dispatcher.DispatchController, status: number, headers: ReceivedAnswer['headers']): void {
    // They would keep all that was read with them in memory as long as the answer lasts.
    controller.rawHeaders = null;
    if (status < 200) return;
    this.receipt?.resolve({ status, headers, body: this });
    this.receipt = undefined;
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Uint8Array): void {
    const { reader } = this;
    if (reader) {
      this.reader = undefined;
      reader.resolve({ done: false, value: chunk });
      return;
    }
    this.chunks.push(chunk);
    this.waitingBytes += chunk.length;
    if (this.waitingBytes >= this.readAhead) controller.pause();
  }

  onResponseEnd(): void {
    this.isComplete = true;
    this.reader?.resolve(END);
    this.reader = undefined;
  }

  onResponseError(_: unknown, error: Error): void {
    this.fail(error);
  }

  next(): Promise<Step> {
    if (this.failure) return Promise.reject(this.explain(this.failure));
    const value = this.chunks.shift();
    if (value !== undefined) {
      this.waitingBytes -= value.length;
      if (this.waitingBytes < this.readAhead) this.controller?.resume();
      return Promise.resolve({ done: false, value });
    }
    if (this.isComplete) return Promise.resolve(END);
    return new Promise((resolve, reject) => {
      this.reader = { resolve, reject };
    });
  }

  return(): Promise<Step> {
    this.abandon(new Error('the rest of the answer is not wanted'));
    return Promise.resolve(END);
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  /** The first failure counts: what follows from it is none of its own. */
  private fail(error: Error): void {
    if (this.failure) return;
    this.failure = error;
    this.chunks.length = 0;
    this.receipt?.reject(error);
    this.receipt = undefined;
    this.reader?.reject(this.explain(error));
    this.reader = undefined;
  }
}

function reasonOf({ reason }: AbortSignal): Error {
  return reason instanceof Error ? reason : new Error('the call was ended', { cause: reason });
}
