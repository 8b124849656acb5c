import type { Redaction } from '../../config/config.ts';
import type { CaughtPayload } from './document.ts';

/** What the payload thread is started with. */
export type PayloadWorkerInput = { dataDir: string };

/** A payload to be made ready. */
export type PayloadJob = { exchangeId: string; caught: CaughtPayload; redact: readonly Redaction[] };

/** The sealed payload, or why there is none. */
export type PayloadReply = { exchangeId: string; sealed: Uint8Array } | { exchangeId: string; failure: string };
