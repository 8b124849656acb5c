import type { Used } from '../access/limits/limiter.ts';
import { type GatewayError, toGatewayError } from '../core/error.ts';
import type { Target } from '../routing/resolve.ts';
import { Attempt } from './attempt.ts';
import type { ClientCall } from './call.ts';
import { chooseTargets } from './choose-targets.ts';
import { ExchangeBooks } from './exchange-books.ts';
import type { Gateway, Snapshot } from './gateway.ts';
import { hedgePlan } from './hedge-plan.ts';
import { KeepAlive } from './keep-alive.ts';
import type { LiveExchange } from './live-exchanges.ts';
import { lossesHeader } from './losses-header.ts';
import { Negotiation } from './negotiation.ts';
import { Passages } from './passages.ts';
import type { PayloadCatcher } from './payloads/payload-catcher.ts';
import { RelayedFailure } from './relay-stream.ts';
import { hedgeReason, passedOver, reasonOf, routeHeader } from './route-header.ts';
import { runAttempt } from './run-attempt.ts';
import { Runner } from './runner.ts';
import { Runners } from './runners.ts';
import { endpointFor } from './target-endpoint.ts';
import type { TryStep } from './tries.ts';
import { tryTargets } from './try-targets.ts';
import { unlessAborted } from './unless-aborted.ts';

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

/** One `generate` request under way, from the choice of its targets to its settled row. */
export class Exchange implements LiveExchange {
  readonly id: string;
  /** Why the client got no whole answer. */
  failure: GatewayError | undefined;
  private readonly catcher: PayloadCatcher | undefined;
  private readonly waited: number;
  private readonly gateway: Gateway;
  private readonly snapshot: Snapshot;
  private readonly call: ClientCall;
  private readonly model: string;
  private readonly books: ExchangeBooks;
  private readonly keepAlive: KeepAlive | undefined;
  private readonly runners = new Runners();
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
    this.books = new ExchangeBooks(gateway, call, this.runners, { model, stream, tags });
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
    const settled = this.books.close(failure, settleLimits);
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
    await this.books.open(attempt, target, targets);
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
    ...lossesHeader(this.runners.losses),
    ...routeHeader(this.runners.attempts),
  });

  private endWithError(error: GatewayError, isTold: boolean): void {
    const { responder, dialect, requestId } = this.call;
    const stream = this.runners.isCommitted ? this.runners.current?.stream : undefined;
    if (isTold || !this.keepAlive) responder.end();
    else if (stream) responder.end(stream.fail(error, requestId));
    else responder.end(dialect.server.formatStreamError(error, requestId));
  }
}
