import type { StreamEvent } from '../../../core/event.ts';
import type { JsonObject } from '../../../core/json.ts';
import type { ContentBlock } from '../../../core/message.ts';

/** What makes an open block grow. */
export type BlockDelta = { type: string } & JsonObject;

/** `growing`: more is expected; `yielding`: it ends as soon as another block waits; `finished`: nothing more comes. */
export type BlockState = 'growing' | 'yielding' | 'finished';

/** One block of an answer in the making: it gathers what comes for it until it is its turn. */
export type AnswerBlock = {
  readonly state: BlockState;
  /** How it opens; undefined as long as there is nothing to show. */
  readonly opening: ContentBlock | undefined;
  /** What has come since the last call. */
  takeDeltas(): BlockDelta[];
  /** Nothing more comes: what was held back is released. */
  settle(): void;
  /** What stands between the last delta and the end of the block. */
  closingDeltas(): BlockDelta[];
};

/**
 * Blocks in the order in which they began. Upstreams let them overlap; canonical blocks never do, and are counted from 0
 * without gaps (P29, P30, P79): only the first is open, and what comes for the others waits.
 */
export class BlockSequence {
  private readonly waiting: AnswerBlock[] = [];
  private openIndex: number | undefined;
  private nextIndex = 0;

  add(block: AnswerBlock): void {
    this.waiting.push(block);
  }

  /** Adds the events that have become due. */
  drain(events: StreamEvent[]): void {
    for (let first = this.waiting[0]; first; first = this.waiting[0]) {
      const mayClose = first.state === 'finished' || (first.state === 'yielding' && this.waiting.length > 1);
      if (!mayClose) {
        this.grow(first, events);
        return;
      }
      this.close(first, events);
    }
  }

  /** Adds the events of all that still waits: the answer is over. */
  end(events: StreamEvent[]): void {
    for (let first = this.waiting[0]; first; first = this.waiting[0]) this.close(first, events);
  }

  private grow(block: AnswerBlock, events: StreamEvent[]): void {
    if (this.openIndex === undefined) {
      const { opening } = block;
      if (!opening) return;
      this.openIndex = this.nextIndex++;
      events.push({ type: 'content_block_start', index: this.openIndex, content_block: opening });
    }
    const index = this.openIndex;
    for (const delta of block.takeDeltas()) events.push({ type: 'content_block_delta', index, delta });
  }

  private close(block: AnswerBlock, events: StreamEvent[]): void {
    block.settle();
    this.waiting.shift();
    this.grow(block, events);
    const index = this.openIndex;
    if (index === undefined) return;
    this.openIndex = undefined;
    for (const delta of block.closingDeltas()) events.push({ type: 'content_block_delta', index, delta });
    events.push({ type: 'content_block_stop', index });
  }
}
