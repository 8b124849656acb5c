/** A piece of a body as it came or went: an event of a stream, or the whole of it. */
export type PayloadPiece = {
  /** ms after the exchange began. */
  at: number;
  text: string;
};

/** A request or an answer. */
export type PayloadBody = {
  /** How long it was, in bytes, whatever is kept of it. */
  bytes: number;
  /** Whether its end was left out, as the exchange had more than may be kept. */
  truncated: boolean;
  pieces: PayloadPiece[];
};

/** What is kept of one exchange. Headers are not: they hold credentials. */
export type PayloadDocument = {
  version: 1;
  /** As the client sent it. */
  request: PayloadBody;
  attempts: {
    attempt: number;
    channel: string;
    /** As the upstream was sent it; `request` where that is the same bytes. */
    sent: PayloadBody | 'request';
    /** Null when there was no answer. */
    status: number | null;
    answer: PayloadBody | null;
  }[];
  /** As the client was answered; `last_attempt` where those are the same bytes, null where it got nothing but an error. */
  answered: PayloadBody | 'last_attempt' | null;
  status: number | null;
  /** What was wrong, in the words that the client got. */
  error: string | null;
};

/** A body as it was caught: the bytes that are kept, in pieces. */
export type CaughtBody = {
  bytes: number;
  truncated: boolean;
  /** Whether it is a stream of events. */
  isStream: boolean;
  chunks: { at: number; bytes: Uint8Array }[];
};

/** What was caught of one exchange. */
export type CaughtPayload = {
  request: CaughtBody;
  attempts: {
    attempt: number;
    channel: string;
    sent: CaughtBody;
    status: number | null;
    answer: CaughtBody | null;
  }[];
  answered: CaughtBody | null;
  status: number | null;
  error: string | null;
};
