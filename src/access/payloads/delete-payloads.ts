import type { Store } from '../../store/open.ts';
import { deleteSomePayloads, type PayloadSelection } from '../../store/payloads.ts';

/** Payloads of one transaction: freeing their pages must not keep intents waiting. */
const BATCH = 20;

/** Deletes all payloads of a selection, a few at a time, and answers how many. */
export async function deletePayloads(store: Store, which: PayloadSelection): Promise<number> {
  for (let deleted = 0; ; ) {
    const some = await deleteSomePayloads(store, which, BATCH);
    deleted += some;
    if (some < BATCH) return deleted;
  }
}
