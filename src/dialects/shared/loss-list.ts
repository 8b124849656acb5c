import type { LossSink } from '../../core/dialect.ts';
import type { Loss, LossCode } from '../../core/loss.ts';

/** The losses of one conversion, in the order in which they were met, each once. */
export class LossList {
  readonly all: Loss[] = [];
  private readonly seen = new Set<string>();

  /** @param field path in the caller's body. */
  add(code: LossCode, field: string): void {
    const key = `${code} ${field}`;
    if (this.seen.has(key)) return;
    this.seen.add(key);
    this.all.push({ code, field });
  }

  readonly report: LossSink = ({ code, field }) => this.add(code, field);
}
