import type { DialectId } from './dialect.ts';
import type { UnpricedSetting } from './unpriced.ts';
import type { Usage } from './usage.ts';

/** What is known of an exchange when its intent is written, before the first byte goes upstream (law Intent). Times are Unix ms. */
export type ExchangeOpening = {
  /** `req_…`: the `request-id` that the client sees. */
  id: string;
  keyId: string;
  projectId: string;
  /** What the project is charged for a price, in ten-thousandths. */
  markup: number;
  /** How budgets take models without a price in it; null: as everywhere. */
  unpriced: UnpricedSetting | null;
  /** What the caller and its key say the exchange is for; budgets and reports go by them. */
  tags: readonly string[];
  /** Public model name, as asked for. */
  model: string;
  dialect: DialectId;
  stream: boolean;
  startedAt: number;
};

/** One try at one target, as its own intent. */
export type AttemptOpening = {
  exchangeId: string;
  /** From 1. */
  attempt: number;
  channel: string;
  provider: string;
  upstreamModel: string;
  /** The dialect spoken with the upstream. */
  dialect: DialectId;
  /** Why this target and no other, for people. */
  reason: string;
  requestBytes: number;
  startedAt: number;
  /** Tokens of input to assume if the upstream never says (a crash, a cut before `message_start`). */
  estimatedInput: number;
};

/** What an attempt has used so far, kept so that a crash loses at most the tokens since (`reliability.md` S1). */
export type AttemptCheckpoint = { exchangeId: string; attempt: number; usage: Usage };

/** How an attempt or exchange ended. */
export type Outcome = 'ok' | 'error' | 'aborted' | 'crashed';

/** The end of an attempt. Each attempt is charged for what the upstream billed, failed ones included. */
export type AttemptSettlement = {
  exchangeId: string;
  attempt: number;
  outcome: Outcome;
  /** The upstream's HTTP status; undefined when it never answered. */
  httpStatus: number | undefined;
  errorKind: string | undefined;
  /** What went wrong, in words that its client may read; undefined where nobody has to know. */
  errorText?: string | undefined;
  upstreamRequestId: string | undefined;
  /** Ms that it waited before it was begun: in line for a place, or for its turn after a failure. */
  waitedMs?: number | undefined;
  /** Ms that its connection took, TLS included; undefined where one was open already or none came about. */
  connectMs?: number | undefined;
  /** The headers of the client and of the upstream's answer that may be kept, as JSON objects; the client's with the first attempt. */
  clientHeaders?: string | undefined;
  answerHeaders?: string | undefined;
  /** Unix ms at which the call went out. */
  sentAt: number | undefined;
  /** Unix ms at which status and headers were there. */
  headersAt: number | undefined;
  /** Bytes of the upstream's answer that were read. */
  answerBytes: number;
  /** Unix ms of the first content event. */
  firstEventAt: number | undefined;
  endedAt: number;
  usage: Usage;
  /** The answer was cut short: by the client, the upstream, or us. */
  partial: boolean;
  /** At least one counter was estimated by us. */
  estimated: boolean;
};

/** The end of an exchange: what the client got. */
export type ExchangeSettlement = {
  id: string;
  outcome: Outcome;
  /** The status that the client saw; 499 when it had gone. */
  httpStatus: number;
  errorKind: string | undefined;
  endedAt: number;
  /** Codes of what conversion changed or dropped (law Loss). */
  losses: readonly string[];
};
