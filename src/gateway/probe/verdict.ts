import type { ErrorKind, GatewayError } from '../../core/error.ts';
import type { MessageAnswer, ProbeAnswer, Step, Verdict } from './probe.ts';

/** The upstream did as it should. */
export function ok(note?: string): Verdict {
  return { state: 'ok', note };
}

/** The upstream did not do what its provider's row claims. */
export function failed(note: string): Verdict {
  return { state: 'failed', note };
}

/** Nothing can be said. */
export function skipped(note: string): Verdict {
  return { state: 'skipped', note };
}

/** Kinds of refusal that say nothing of what an upstream can do. */
const BUSY: ReadonlySet<ErrorKind> = new Set(['rate_limited', 'overloaded']);

/** The verdict on a call that was refused or whose answer could not be read. */
export function refused(error: GatewayError): Verdict {
  return BUSY.has(error.kind) ? skipped(reasonOf(error)) : failed(reasonOf(error));
}

/** What the upstream, or we, said of a failure. */
export function reasonOf({ upstream, kind, message }: GatewayError): string {
  return upstream === undefined ? `${kind}: ${message}` : `HTTP ${upstream.status}: ${message}`;
}

/** Judges a message; anything else is a refusal. */
export function whenAnswered(answer: ProbeAnswer, judge: (answer: MessageAnswer) => Verdict | Step): Verdict | Step {
  switch (answer.kind) {
    case 'message':
      return judge(answer);
    case 'refusal':
      return refused(answer.error);
    case 'count':
      return failed('a count came instead of a message');
    default:
      return answer satisfies never;
  }
}

/** As `whenAnswered`, for the later calls of a conversation: `during` says which one was refused. */
export function whenAnsweredAgain(
  during: string,
  answer: ProbeAnswer,
  judge: (answer: MessageAnswer) => Verdict | Step,
): Verdict | Step {
  if (answer.kind !== 'refusal') return whenAnswered(answer, judge);
  const { state, note } = refused(answer.error);
  return { state, note: `${during}: ${note}` };
}
