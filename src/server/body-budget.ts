import { GatewayError } from '../core/error.ts';

/** Counts the body bytes that requests hold, so that many large ones cannot exhaust memory together (`reliability.md` C4). */
export class BodyBudget {
  private held = 0;
  private readonly onRefused: () => void;

  constructor(onRefused: () => void) {
    this.onRefused = onRefused;
  }

  /**
   * @param limit bytes that all requests may hold together.
   * @throws GatewayError `overloaded` when the budget is spent.
   */
  take(bytes: number, limit: number): void {
    if (this.held + bytes > limit) {
      this.onRefused();
      throw new GatewayError('overloaded', 'Too many large requests are in flight', { retryAfter: 1 });
    }
    this.held += bytes;
  }

  giveBack(bytes: number): void {
    this.held -= bytes;
  }
}
