import type { Principal } from '../access/principal.ts';
import type { BudgetRefusal } from '../core/budget.ts';
import type { DialectId } from '../core/dialect.ts';
import { GatewayError } from '../core/error.ts';
import type { AttemptOpening, ExchangeOpening } from '../core/exchange.ts';
import { RecentMap } from '../core/recent-map.ts';
import { toBudgetError } from '../metering/budget-error.ts';
import { type BudgetLine, createBudgetLine } from '../metering/budget-line.ts';
import type { LeasedNeed, Ledger } from '../metering/ledger.ts';
import type { Price } from '../metering/price.ts';
import { needOf, policyFor, type UnpricedPolicy } from '../metering/reservation.ts';
import type { Target } from '../routing/resolve.ts';
import type { ClientCall } from './call.ts';
import { type BoundsFor, boundsOf } from './request-bounds.ts';
import { endpointFor } from './target-endpoint.ts';

/** How much longer than its calls may take a hold outlives its process, in ms. */
const LEASE_MARGIN = 60_000;

/** Keys that budgets are known for; of others one is asked first whether there is any. */
const KNOWN_KEYS = 10_000;

/** What the desk works with. */
export type BudgetDeskParts = {
  ledger: Ledger;
  /** What a target costs a project; undefined without a price. */
  priceOf(target: Target, principal: Pick<Principal, 'markup'>): Price | undefined;
  unpriced(): UnpricedPolicy;
  /** Told of every refusal, with the model that was asked for. */
  onRefused(refusal: BudgetRefusal, model: string): void;
};

/** Where exchanges get what they may cost held of their budgets before they go upstream (law Intent). */
export type BudgetDesk = {
  /** The bounds of one exchange, and who waits for it. */
  visit(call: ClientCall): BudgetVisit;
  /** An exchange has been settled: others may have room now. */
  released: BudgetLine['released'];
};

/** One exchange at the desk. @throws GatewayError `billing` where a budget has no room. */
export type BudgetVisit = {
  /** The intent of the exchange: holds what its dearest target could cost. Waits a little for what running ones give back. */
  open(exchange: ExchangeOpening, attempt: AttemptOpening, targets: readonly Target[]): Promise<void>;
  /**
   * The intent of a further attempt: what the earlier ones have cost and this one could. One beside others that run needs
   * room for all that each of them could cost; without it is left out, and nobody is told of a refusal.
   * @param running numbers of the attempts beside which it is made.
   */
  openAttempt(attempt: AttemptOpening, target: Target, running: readonly number[]): Promise<void>;
};

/** Makes the desk of a server. */
export function createBudgetDesk({ ledger, priceOf, unpriced, onRefused }: BudgetDeskParts): BudgetDesk {
  const line = createBudgetLine();
  const budgeted = new RecentMap<string, true>(KNOWN_KEYS);

  const refuse = (refusal: BudgetRefusal | undefined, model: string): void => {
    if (!refusal) return;
    onRefused(refusal, model);
    throw toBudgetError(refusal, model);
  };

  const visit = (call: ClientCall): BudgetVisit => {
    const { keyId } = call.principal;
    let bounds: BoundsFor | undefined;
    let isHeld = false;
    const needAt = (target: Target): LeasedNeed => {
      bounds ??= boundsOf(call);
      const price = priceOf(target, call.principal);
      return {
        ...needOf(boundsAt(bounds, target, call.dialect.id), price, policyFor(call.principal.unpriced, unpriced())),
        lease: target.channel.timeouts.total + LEASE_MARGIN,
      };
    };
    return {
      async open(exchange, attempt, targets) {
        if (!budgeted.has(keyId)) {
          const found = await ledger.open(exchange, attempt, 'unstated');
          if (!found) return;
          budgeted.set(keyId, true);
        }
        isHeld = true;
        const need = dearest(targets.map(needAt));
        const refusal = await line.ask(() => ledger.open(exchange, attempt, need), call.responder.gone);
        if (call.responder.gone.aborted && refusal) throw new GatewayError('aborted', 'The client has gone');
        refuse(refusal, exchange.model);
      },
      async openAttempt(attempt, target, running) {
        const refusal = await ledger.openAttempt(attempt, isHeld ? needAt(target) : undefined, running);
        if (refusal && running.length > 0) throw new GatewayError('hedged_out', 'No budget has room for two at once');
        refuse(refusal, target.model);
      },
    };
  };
  return { visit, released: line.released };
}

function boundsAt(bounds: BoundsFor, target: Target, inbound: DialectId): ReturnType<BoundsFor> {
  const { facts, dialect } = endpointFor(target, inbound);
  return bounds({ facts, dialect: dialect.id });
}

/** The first target decides whether a hard budget can hold anything at all; later ones are asked for when they come. */
function dearest(needs: readonly LeasedNeed[]): LeasedNeed | undefined {
  const [first] = needs;
  return (
    first && {
      nanoUsd: Math.max(...needs.map(({ nanoUsd }) => nanoUsd)),
      blocked: first.blocked,
      lease: Math.max(...needs.map(({ lease }) => lease)),
    }
  );
}
