import type { Used } from '../access/limits/limiter.ts';
import type { GatewayError } from '../core/error.ts';
import type { Outcome } from '../core/exchange.ts';
import type { Target } from '../routing/resolve.ts';
import type { Attempt } from './attempt.ts';
import { toBookingFailure } from './booking-failure.ts';
import type { BudgetVisit } from './budget-desk.ts';
import { cachePrefixOf } from './cache-prefix.ts';
import type { ClientCall } from './call.ts';
import type { Gateway } from './gateway.ts';
import { usedBy } from './limit-request.ts';
import { lossCodes } from './losses-header.ts';
import type { Runners } from './runners.ts';

/** What the books say of an exchange beside what its call says. */
type Entry = { model: string; stream: boolean; tags: readonly string[] };

/** What is written of one exchange: each attempt before it goes out (law Intent), and once, whatever happened, the end. */
export class ExchangeBooks {
  private readonly gateway: Gateway;
  private readonly call: ClientCall;
  private readonly runners: Runners;
  private readonly entry: Entry;
  private readonly budgets: BudgetVisit;
  private readonly startedAt = performance.now();

  constructor(gateway: Gateway, call: ClientCall, runners: Runners, entry: Entry) {
    this.gateway = gateway;
    this.call = call;
    this.runners = runners;
    this.entry = entry;
    this.budgets = gateway.budgets.visit(call);
  }

  /**
   * Commits the intent of an attempt before its first byte goes upstream, each attempt on its own.
   * @param targets all that the exchange may go to: the dearest of them is held of its budgets.
   * @throws GatewayError when it could not be written, or a budget has no room.
   */
  async open(attempt: Attempt, target: Target, targets: readonly Target[]): Promise<void> {
    try {
      await this.write(attempt, target, targets);
    } catch (thrown) {
      const failure = toBookingFailure(thrown);
      const { gateway, call } = this;
      if (failure !== thrown)
        gateway.log.error({ request_id: call.requestId, err: thrown }, 'an intent could not be written');
      throw failure;
    }
  }

  private write(attempt: Attempt, target: Target, targets: readonly Target[]): Promise<void> {
    const { gateway, call, budgets } = this;
    const { model, tags, stream } = this.entry;
    if (this.runners.current) {
      gateway.ledger.checkpoint(this.runners.checkpoints());
      return budgets.openAttempt(attempt.opening, target, this.runners.running);
    }
    const exchange = {
      id: call.requestId,
      keyId: call.principal.keyId,
      projectId: call.principal.projectId,
      markup: call.principal.markup,
      unpriced: call.principal.unpriced,
      tags,
      model,
      dialect: call.dialect.id,
      stream,
      startedAt: call.receivedAt,
    };
    return budgets.open(exchange, attempt.opening, targets);
  }

  /**
   * The row, the figures, the log line (`design.md` §5.15).
   * @param failure why the client got no whole answer.
   * @param settleLimits books what was used in place of what was reserved.
   */
  async close(failure: GatewayError | undefined, settleLimits: (used: Used) => void): Promise<void> {
    const { gateway, call } = this;
    const { attempts, isCommitted } = this.runners;
    const endedAt = call.now();
    const outcome: Outcome = !failure ? 'ok' : failure.kind === 'aborted' ? 'aborted' : 'error';
    const httpStatus = failure && !(isCommitted && outcome === 'error') ? failure.status : 200;
    const settlements = attempts.map((attempt) => attempt.settle(endedAt, call));
    settleLimits(usedBy(settlements));
    // A failure that is thrown is counted where it is answered.
    if (call.responder.hasBegun()) this.countRequest(httpStatus, failure);
    if (attempts.length === 0) return;
    const losses = lossCodes(this.runners.losses);
    const end = { id: call.requestId, outcome, httpStatus, errorKind: failure?.kind, endedAt, losses };
    try {
      const { costNanoUsd, outrunNanoUsd } = await gateway.ledger.settle(end, settlements);
      const prefix = cachePrefixOf(call, this.entry.model);
      if (prefix) gateway.ledger.keepPrefix(prefix);
      gateway.budgets.released();
      for (const { usage } of settlements) gateway.metrics.countUsage(usage);
      if (costNanoUsd !== null) gateway.metrics.countCost(costNanoUsd);
      if (outrunNanoUsd > 0) gateway.metrics.countOutrun(outrunNanoUsd);
      this.logLine(httpStatus, failure, costNanoUsd);
    } catch (error) {
      // The open intent stays behind and is settled by recovery at the next start.
      gateway.metrics.countLedgerFailure();
      gateway.log.error({ request_id: call.requestId, err: error }, 'settlement failed');
    }
  }

  private countRequest(status: number, failure: GatewayError | undefined): void {
    const [first] = this.runners.attempts;
    const last = this.runners.current?.attempt;
    const { receivedAt, operation } = this.call;
    this.gateway.metrics.countRequest({
      operation,
      status,
      errorKind: failure?.kind,
      addedMs: first?.sentAtMonotonic === undefined ? undefined : first.sentAtMonotonic - this.startedAt,
      firstEventMs: last?.firstEventAt === undefined ? undefined : last.firstEventAt - receivedAt,
      totalMs: performance.now() - this.startedAt,
    });
  }

  private logLine(status: number, failure: GatewayError | undefined, cost: number | null): void {
    const last = this.runners.current?.attempt;
    this.gateway.log.info(
      {
        request_id: this.call.requestId,
        key_id: this.call.principal.keyId,
        model: this.entry.model,
        channel: last?.opening.channel,
        attempts: this.runners.attempts.length,
        status,
        error: failure?.kind,
        cost_nano_usd: cost,
        losses: lossCodes(this.runners.losses),
        ms: Math.round(performance.now() - this.startedAt),
      },
      'exchange',
    );
  }
}
