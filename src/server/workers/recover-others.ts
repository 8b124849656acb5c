import type { Ledger } from '../../metering/ledger.ts';
import type { IsGone } from '../../metering/recovery.ts';
import type { Store } from '../../store/open.ts';
import type { Predecessors } from '../predecessors.ts';
import { createPresence } from '../presence.ts';

/**
 * How a supervisor settles what dead processes left open: of its own and of its predecessors, all that do not live any more; on a
 * database that others use too, of theirs those that have been silent for the lease. Answers how many exchanges.
 * @param prefix what the names of its own processes begin with.
 * @param lease ms.
 */
export function recoverOthers(parts: {
  store: Store;
  ledger: Ledger;
  prefix: string;
  predecessors: Predecessors;
  lease: number;
}) {
  const { store, ledger, prefix, predecessors, lease } = parts;
  if (store.kind === 'sqlite') {
    return (liveNodes: readonly string[]) => ledger.recover((node) => node === null || !liveNodes.includes(node));
  }
  const clock = () => performance.now();
  const presence = createPresence({ store, node: undefined, lease: () => lease, clock, now: Date.now });
  return async (liveNodes: readonly string[]): Promise<number> => {
    await presence.beat();
    const isGone: IsGone = (node, heldFor) =>
      node?.startsWith(`${prefix}.`)
        ? !liveNodes.includes(node)
        : predecessors.has(node) || presence.isGone(node, heldFor);
    return ledger.recover(isGone, presence.beat);
  };
}
