import type { Used } from '../access/limits/limiter.ts';
import { type GatewayError, toGatewayError } from '../core/error.ts';
import type { Outcome } from '../core/exchange.ts';
import type { Loss } from '../core/loss.ts';
import type { Target } from '../routing/resolve.ts';
import { admit } from './admit.ts';
import { Attempt } from './attempt.ts';
import { toBookingFailure } from './booking-failure.ts';
import type { BudgetVisit } from './budget-desk.ts';
import { cachePrefixOf } from './cache-prefix.ts';
import type { ClientCall } from './call.ts';
import { chooseTargets } from './choose-targets.ts';
import type { Gateway, Snapshot } from './gateway.ts';
import { hedgePlan } from './hedge-plan.ts';
import { KeepAlive } from './keep-alive.ts';
import { usedBy } from './limit-request.ts';
import type { LiveExchange } from './live-exchanges.ts';
import { lossCodes, lossesHeader } from './losses-header.ts';
import { Negotiation } from './negotiation.ts';
import { Passages } from './passages.ts';
import { catchPayload, type PayloadCatcher } from './payloads/payload-catcher.ts';
import { RelayedFailure } from './relay-stream.ts';
import { tagsOf } from './request-tags.ts';
import { hedgeReason, passedOver, reasonOf, routeHeader } from './route-header.ts';
import { runAttempt } from './run-attempt.ts';
import { Runner } from './runner.ts';
import { Runners } from './runners.ts';
import { endpointFor } from './target-endpoint.ts';
import type { TryStep } from './tries.ts';
import { tryTargets } from './try-targets.ts';
import { unlessAborted } from './unless-aborted.ts';

/**
 * Serves one `generate` request from its checks to its settled row: `design.md` §5, stops 3 to 15.
 * @throws GatewayError when nothing has been sent to the client yet; afterwards failures are told in the stream.
 */
export async function generate(gateway: Gateway, call: ClientCall): Promise<void> {
  const snapshot = gateway.snapshot();
  const tags = tagsOf(call.principal, call.headers);
  const { request, waited, release, settleLimits } = await admit(gateway, snapshot, call);
  const catcher = catchPayload(gateway, call);
  const exchange = new Exchange(gateway, snapshot, catcher?.call ?? call, { ...request, waited, tags, catcher });
  gateway.live.add(exchange);
  try {
    await exchange.run(release, settleLimits);
  } finally {
    gateway.live.remove(exchange);
    catcher?.finish(exchange.failure);
  }
}

/** What an attempt failed with, told to the client already or not. */
function failureOf(thrown: unknown): GatewayError {
  return thrown instanceof RelayedFailure ? thrown.error : toGatewayError(thrown);
}

function once(action: () => void): () => void {
  let isDone = false;
  return () => {
    if (!isDone) action();
    isDone = true;
  };
}

/** What is asked for, and what catches its payload where that is kept. */
type Wanted = {
  model: string;
  stream: boolean;
  /** Ms that it was in line for a place. */
  waited: number;
  tags: readonly string[];
  catcher: PayloadCatcher | undefined;
};

class Exchange implements LiveExchange {
  readonly id: string;
  /** Why the client got no whole answer. */
  failure: GatewayError | undefined;
  private readonly catcher: PayloadCatcher | undefined;
  private readonly waited: number;
  private readonly gateway: Gateway;
  private readonly snapshot: Snapshot;
  private readonly call: ClientCall;
  private readonly model: string;
  private readonly tags: readonly string[];
  private readonly budgets: BudgetVisit;
  private readonly keepAlive: KeepAlive | undefined;
  private readonly runners = new Runners();
  private readonly startedAt = performance.now();
  private readonly passages: Passages;
  private readonly negotiation: Negotiation;
  /** Whether two attempts may be out at once. */
  private isHedged = false;

  constructor(
    gateway: Gateway,
    snapshot: Snapshot,
    call: ClientCall,
    { model, stream, waited, tags, catcher }: Wanted,
  ) {
    this.id = call.requestId;
    this.waited = waited;
    this.catcher = catcher;
    this.gateway = gateway;
    this.snapshot = snapshot;
    this.call = call;
    this.model = model;
    this.tags = tags;
    this.budgets = gateway.budgets.visit(call);
    const { keepAlive } = call.dialect.server;
    const { server } = snapshot.config;
    this.keepAlive = stream
      ? new KeepAlive(call.responder, keepAlive, {
          interval: server.keepAlive,
          answerHeaders: this.answerHeaders,
          onSend: () => gateway.live.progressed(this),
        })
      : undefined;
    this.passages = new Passages(call, {
      tools: gateway.tools,
      fetchMedia: (url) => gateway.media.fetch(url, server.media, call.responder.gone),
    });
    this.negotiation = new Negotiation(call, gateway, snapshot.config.routing);
  }

  private get isStream(): boolean {
    return this.keepAlive !== undefined;
  }

  private get losses(): readonly Loss[] {
    return this.runners.current?.losses ?? [];
  }

  /**
   * @param release gives the key's place back: once the client has its answer, not when the books are closed.
   * @param settleLimits books what was used in place of what was reserved.
   */
  async run(release: () => void, settleLimits: (used: Used) => void): Promise<void> {
    let failure: GatewayError | undefined;
    let isTold = false;
    const { gone } = this.call.responder;
    // The place is the client's: a call that is read on after it has gone holds none.
    const leave = once(release);
    gone.addEventListener('abort', leave, { once: true });
    try {
      await this.tryTargets();
    } catch (thrown) {
      isTold = thrown instanceof RelayedFailure;
      failure = failureOf(thrown);
    }
    this.keepAlive?.close();
    gone.removeEventListener('abort', leave);
    leave();
    this.failure = failure;
    const mustThrow = failure !== undefined && !this.call.responder.hasBegun();
    if (mustThrow) this.call.responder.announce(routeHeader(this.runners.attempts));
    if (failure && !mustThrow) this.endWithError(failure, isTold);
    const settled = this.settle(failure, settleLimits);
    if (mustThrow) throw failure;
    await settled;
  }

  checkpoints(): ReturnType<LiveExchange['checkpoints']> {
    return this.runners.checkpoints();
  }

  outputSoFar(): number {
    return this.runners.current?.attempt.outputSoFar ?? 0;
  }

  stop(reason: GatewayError): void {
    this.runners.stop(reason);
  }

  private async tryTargets(): Promise<void> {
    const { gateway, snapshot, call, model } = this;
    const { targets, reasons, remember, explain } = await chooseTargets(gateway, snapshot, call, model);
    const hedging = hedgePlan({ gateway, snapshot, model, isStream: this.isStream, hasChoice: targets.length > 1 });
    this.isHedged = hedging !== undefined;
    await tryTargets({
      targets,
      limits: snapshot.config.routing,
      routing: gateway.routing,
      gone: call.responder.gone,
      hedging,
      tryTarget: (target, step) => {
        const own = reasons.find((reason) => reason.target === target)?.why ?? '';
        const why = this.runners.attempts.length === 0 ? own + passedOver(reasons) : own;
        // Where a session is, is where its answer comes from.
        if (!step.slow) remember(target);
        return this.tryTarget(target, targets, this.reasonFor(step, why), {
          ...step,
          answered: () => {
            if (step.slow) remember(target);
            step.answered();
          },
        });
      },
      errorOf: failureOf,
      learn: (target, error) => this.negotiation.learn(target, error),
      mayGoOn: () => !this.runners.isCommitted && !call.responder.gone.aborted,
    }).catch((thrown) => {
      throw explain(thrown);
    });
  }

  private reasonFor({ slow }: TryStep, why: string): string {
    return slow ? hedgeReason(slow, why) : reasonOf(why, this.runners.attempts.at(-1));
  }

  private async tryTarget(target: Target, targets: readonly Target[], reason: string, step: TryStep): Promise<void> {
    const { gateway, call, runners } = this;
    const endpoint = endpointFor(target, call.dialect.id);
    // Formed before the intent is written: what cannot be converted was never tried.
    const { upstreamModel } = target;
    const { projectId } = call.principal;
    const onState = (text: string) => gateway.routing.holders.remember(projectId, text, target.credential.id);
    const forming = this.passages.passageTo({ endpoint, upstreamModel, publicModel: this.model, onState });
    const whole = await (this.isHedged ? unlessAborted(forming, runners.committed) : forming);
    const passage = this.negotiation.adapt(whole, { target, endpoint });
    const { losses: leftOut } = this.negotiation;
    const attempt = new Attempt({
      exchangeId: call.requestId,
      attempt: runners.attempts.length + 1,
      target,
      dialect: endpoint.dialect.id,
      reason: reason + this.negotiation.note,
      startedAt: call.now(),
      clientBytes: call.body.length,
      requestBytes: passage.body.length,
      waitedMs: runners.attempts.length === 0 ? this.waited : step.waited,
      rates: gateway.rates.of(target.channel.name, upstreamModel),
    });
    const runner = new Runner(attempt, passage, leftOut);
    await this.writeIntent(attempt, target, targets);
    runners.add(runner);
    try {
      const { attempt: number, channel } = attempt.opening;
      await runAttempt({
        gateway: this.catcher?.gatewayFor(number, channel) ?? gateway,
        call,
        target,
        endpoint,
        passage,
        attempt,
        keepAlive: this.keepAlive,
        onStart: (timers) => {
          runner.start(timers);
          if (step.slow) gateway.metrics.countHedge('started');
          step.sent();
        },
        onStream: (stream) => {
          runner.stream = stream;
        },
        onCommit: () => {
          runners.claim(runner, call.now());
          if (step.slow) gateway.metrics.countHedge('won');
          step.answered();
        },
        answerHeaders: this.answerHeaders,
      });
    } catch (thrown) {
      const error = failureOf(thrown);
      attempt.fail(error, call.now());
      if (error.kind === 'internal')
        gateway.log.error({ request_id: call.requestId, err: error.cause }, 'attempt failed');
      throw thrown;
    }
  }

  /** Law Loss: what conversion cost is said with the answer; and which way it went. */
  private readonly answerHeaders = (): Record<string, string> => ({
    ...lossesHeader(this.losses),
    ...routeHeader(this.runners.attempts),
  });

  /** Law Intent: committed before the first byte goes upstream, each attempt on its own. */
  private async writeIntent(attempt: Attempt, target: Target, targets: readonly Target[]): Promise<void> {
    try {
      await this.openInBooks(attempt, target, targets);
    } catch (thrown) {
      const failure = toBookingFailure(thrown);
      const { gateway, call } = this;
      if (failure !== thrown)
        gateway.log.error({ request_id: call.requestId, err: thrown }, 'an intent could not be written');
      throw failure;
    }
  }

  private openInBooks(attempt: Attempt, target: Target, targets: readonly Target[]): Promise<void> {
    const { gateway, call, model, tags, budgets } = this;
    if (this.runners.current) {
      gateway.ledger.checkpoint(this.checkpoints());
      return budgets.openAttempt(attempt.opening, target);
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
      stream: this.isStream,
      startedAt: call.receivedAt,
    };
    return budgets.open(exchange, attempt.opening, targets);
  }

  private endWithError(error: GatewayError, isTold: boolean): void {
    const { responder, dialect, requestId } = this.call;
    const stream = this.runners.isCommitted ? this.runners.current?.stream : undefined;
    if (isTold || !this.keepAlive) responder.end();
    else if (stream) responder.end(stream.fail(error, requestId));
    else responder.end(dialect.server.formatStreamError(error, requestId));
  }

  /** Once, whatever happened: the row, the figures, the log line (`design.md` §5.15). */
  private async settle(failure: GatewayError | undefined, settleLimits: (used: Used) => void): Promise<void> {
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
    const losses = lossCodes(this.losses);
    const end = { id: call.requestId, outcome, httpStatus, errorKind: failure?.kind, endedAt, losses };
    try {
      const { costNanoUsd, outrunNanoUsd } = await gateway.ledger.settle(end, settlements);
      const prefix = cachePrefixOf(call, this.model);
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
        model: this.model,
        channel: last?.opening.channel,
        attempts: this.runners.attempts.length,
        status,
        error: failure?.kind,
        cost_nano_usd: cost,
        losses: lossCodes(this.losses),
        ms: Math.round(performance.now() - this.startedAt),
      },
      'exchange',
    );
  }
}
