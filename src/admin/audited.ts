import { actorOf, type Identity } from '../access/sign-in/identify.ts';
import { changeWithAudit } from '../store/people/audit.ts';
import type { Statement } from '../store/query.ts';
import type { AdminParts } from './endpoint.ts';

/** A change as the audit log tells it; `before` and `after` must hold no secrets. */
export type Change = {
  /** Such as `keys.create`. */
  action: string;
  /** Such as `key:<id>`. */
  subject: string;
  before: object | null;
  after: object | null;
};

/** Makes a change and writes down who made it, both or neither. @throws StoreError when the store cannot. */
export function makeChange(
  { store, now }: AdminParts,
  { identity, address }: { identity: Identity | undefined; address: string },
  statements: readonly Statement[],
  { action, subject, before, after }: Change,
): Promise<void> {
  return changeWithAudit(store, statements, {
    at: now(),
    actor: actorOf(identity),
    address,
    action,
    subject,
    before: before && JSON.stringify(before),
    after: after && JSON.stringify(after),
  });
}
