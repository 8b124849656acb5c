import type { GatewayError } from '../../core/error.ts';
import type { Message, MessagesRequest } from '../../core/message.ts';
import type { OpaqueEnvelope } from '../../core/opaque.ts';
import type { Usage } from '../../core/usage.ts';
import type { TargetEndpoint } from '../target-endpoint.ts';
import type { WireReading } from './grammar/reading.ts';

/** What a probe can come to; `unsupported`: its provider's row does not claim it, so it was not tried. */
export type ProbeState = 'ok' | 'failed' | 'unsupported' | 'skipped';

/** What a probe has come to; `note` says why, or what else there is to know. */
export type Verdict = { state: ProbeState; note: string | undefined };

/** What an upstream is asked, in canonical form: the endpoint's own codec spells it. */
export type ProbeRequest =
  | { form: 'whole'; message: MessagesRequest; betas?: readonly string[] }
  | { form: 'stream' | 'count'; message: MessagesRequest }
  /** The conversation is replaced by a number: no API takes that. */
  | { form: 'spoiled'; message: MessagesRequest };

/** A message, whole or streamed; times are ms from the call. */
export type MessageAnswer = {
  kind: 'message';
  message: Message;
  usage: Usage;
  /** Of a stream: how it kept to its format. */
  wire: WireReading | undefined;
  firstEventMs: number;
  totalMs: number;
};

/** No answer, or one that could not be read. */
export type Refusal = { kind: 'refusal'; error: GatewayError; wire: WireReading | undefined };

/** What came back. */
export type ProbeAnswer = MessageAnswer | { kind: 'count'; tokens: number } | Refusal;

/** What a judge may look at beside the answer. */
export type Setting = { endpoint: TargetEndpoint; envelope: OpaqueEnvelope };

/** One call and what is made of its answer: a verdict, or the next call of a longer conversation. */
export type Step = { request: ProbeRequest; judge(answer: ProbeAnswer, setting: Setting): Verdict | Step };

/** One row of the matrix; pure: the runner makes the calls. */
export type Probe = Pick<Step, 'judge'> & {
  name: string;
  /** Whether the provider's row claims it for this endpoint and model; else no token is spent on it. */
  supported(endpoint: TargetEndpoint): boolean;
  request(endpoint: TargetEndpoint): ProbeRequest;
};
