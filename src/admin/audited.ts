import { actorOf, type Identity } from '../access/sign-in/identify.ts';
import { changeWithAudit } from '../store/people/audit.ts';
import type { Statement } from '../store/query.ts';
import type { AdminParts, RawCall } from './endpoint.ts';

/** A change as the audit log tells it; `before` and `after` must hold no secrets. */
export type Change = {
  /** Such as `keys.create`. */
  action: string;
  /** Such as `key:<id>`. */
  subject: string;
  before: object | null;
  after: object | null;
};

/**
 * Makes a change and writes down who made it, both or neither. Checked on top of the row of the audit log that it follows, so that
 * no other change slips in between.
 * @throws StoreError when the store cannot, AdminError `precondition_failed` when the caller has not seen what is there.
 */
export function makeChange(
  { store, now }: AdminParts,
  { identity, address, check }: Pick<RawCall, 'address' | 'check'> & { identity: Identity | undefined },
  statements: readonly Statement[],
  { action, subject, before, after }: Change,
): Promise<void> {
  const entry = {
    at: now(),
    actor: actorOf(identity),
    address,
    action,
    subject,
    before: before && JSON.stringify(before),
    after: after && JSON.stringify(after),
  };
  return changeWithAudit(store, statements, entry, check);
}
