import type { GatewayError } from '../core/error.ts';
import type { AttemptCheckpoint } from '../core/exchange.ts';
import { OpenMap } from '../core/open-map.ts';
import type { Ledger } from '../metering/ledger.ts';

/** An exchange that is under way, as far as the server must reach into it. */
export type LiveExchange = {
  /** `req_…` */
  readonly id: string;
  /** What its attempts have used so far; none while there is nothing to tell. */
  checkpoints(): AttemptCheckpoint[];
  /** Output tokens of its current attempt so far; asked for with every event, so it must cost nothing. */
  outputSoFar(): number;
  /** Ends it with an error that the client is told of. */
  stop(reason: GatewayError): void;
};

/** The exchanges under way: counted, checkpointed, and ended when the server has to go. */
export type LiveExchanges = {
  add(exchange: LiveExchange): void;
  remove(exchange: LiveExchange): void;
  /** Events of an exchange are about to be sent: its tokens are kept when enough of them have come. */
  progressed(exchange: LiveExchange): void;
  size(): number;
  stopAll(reason: GatewayError): void;
  /** Resolves once none is left. */
  drained(): Promise<void>;
  close(): void;
};

/** How often the tokens of open streams are kept, in ms: what a crash can lose (`reliability.md` S1). */
const CHECKPOINT_INTERVAL = 1_000;

/** How many output tokens of an attempt are kept at once, if they come sooner than the interval. */
const CHECKPOINT_TOKENS = 256;

/** Makes the set of a server; open exchanges are checkpointed every second, and every 256 tokens. */
export function createLiveExchanges(ledger: Pick<Ledger, 'checkpoint'>): LiveExchanges {
  /** By their ids; `kept`: the output that was kept last for its tokens. */
  const open = new OpenMap<string, { exchange: LiveExchange; kept: number }>();
  const waiting: (() => void)[] = [];
  const timer = setInterval(() => {
    const checkpoints = [...open.values()].flatMap(({ exchange }) => exchange.checkpoints());
    if (checkpoints.length > 0) ledger.checkpoint(checkpoints);
  }, CHECKPOINT_INTERVAL).unref();

  return {
    add: (exchange) => {
      open.set(exchange.id, { exchange, kept: 0 });
    },
    remove: (exchange) => {
      open.delete(exchange.id);
      if (open.size === 0) for (const resolve of waiting.splice(0)) resolve();
    },
    progressed: (exchange) => {
      const entry = open.get(exchange.id);
      if (entry === undefined) return;
      const { kept } = entry;
      const output = exchange.outputSoFar();
      // Less than was kept: another attempt has begun.
      if (output - (output < kept ? 0 : kept) < CHECKPOINT_TOKENS) return;
      const checkpoints = exchange.checkpoints();
      if (checkpoints.length === 0) return;
      entry.kept = output;
      ledger.checkpoint(checkpoints);
    },
    size: () => open.size,
    stopAll: (reason) => {
      for (const { exchange } of open.values()) exchange.stop(reason);
    },
    drained: () => (open.size === 0 ? Promise.resolve() : new Promise((resolve) => waiting.push(resolve))),
    close: () => clearInterval(timer),
  };
}
