import type { JsonObject } from '../../core/json.ts';

/** Tells the client an event of the response stream; whoever sends it adds the sequence number. */
export type Tell = (type: string, fields: JsonObject) => void;

/** Where an item stands in the output, and how its events go out. */
export type ItemPlace = { id: string; outputIndex: number; tell: Tell };

/** How far an item has come. */
export type ItemStatus = 'in_progress' | 'completed' | 'incomplete' | 'failed';

/** One item of a response's output in the making: it tells its own events, all with its id and its index. */
export abstract class ItemWriter {
  protected status: ItemStatus = 'in_progress';
  protected readonly id: string;
  private readonly place: ItemPlace;

  constructor(place: ItemPlace) {
    this.id = place.id;
    this.place = place;
  }

  /** The item as it stands. */
  abstract form(): JsonObject;

  /** Tells what only the end of the item brings. */
  protected abstract settle(): void;

  /** Tells that the item has begun. */
  open(): void {
    const { tell, outputIndex } = this.place;
    tell('response.output_item.added', { output_index: outputIndex, item: this.form() });
  }

  /** Tells the rest of the item, and that it is done: some clients read nothing else (`clients.md` §6). */
  close(status: 'completed' | 'incomplete'): void {
    this.settle();
    this.finish(status);
  }

  /** The item as a failed response shows it. */
  cut(): JsonObject {
    if (this.status === 'in_progress') this.status = 'incomplete';
    return this.form();
  }

  protected finish(status: ItemStatus): void {
    this.status = status;
    const { tell, outputIndex } = this.place;
    tell('response.output_item.done', { output_index: outputIndex, item: this.form() });
  }

  /** Tells an event of this item. */
  protected tell(type: string, fields: JsonObject = {}): void {
    const { tell, outputIndex } = this.place;
    tell(type, { item_id: this.id, output_index: outputIndex, ...fields });
  }
}
