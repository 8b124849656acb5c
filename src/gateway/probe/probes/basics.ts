import type { MessageAnswer, Probe, Verdict } from '../probe.ts';
import { failed, ok, refused, skipped, whenAnswered } from '../verdict.ts';
import { askFor, textOf } from './ask-for.ts';

/** Least output limit that every API takes. */
const FEW_TOKENS = 16;

/** Whether the credential is let in, whatever is then answered. */
export const AUTH: Probe = {
  name: 'auth',
  supported: () => true,
  request: () => ({ form: 'whole', message: askFor('Say hello.', { max_tokens: FEW_TOKENS }) }),
  judge: (answer) => {
    const isLetIn = answer.kind !== 'refusal' || (answer.error.kind === 'bad_upstream' && !answer.error.upstream);
    return isLetIn ? ok() : refusedAtTheDoor(refused(answer.error));
  },
};

/** Where even the first call fails there is nothing to go on with, however busy the upstream is. */
function refusedAtTheDoor({ note = '' }: Verdict): Verdict {
  return failed(note);
}

/** A whole answer: text, why it ended, and its usage. */
export const ANSWER: Probe = {
  name: 'answer',
  supported: () => true,
  request: () => ({ form: 'whole', message: askFor('Say hello.') }),
  judge: (answer) => whenAnswered(answer, judgeText),
};

/** A streamed answer: its format event by event, and the same. */
export const STREAM: Probe = {
  name: 'stream',
  supported: () => true,
  request: () => ({ form: 'stream', message: askFor('Say hello.', { stream: true }) }),
  judge: (answer) => {
    const { faults = [] } = (answer.kind !== 'count' && answer.wire) || {};
    return faults.length > 0 ? failed(faults.join('; ')) : whenAnswered(answer, judgeText);
  },
};

function judgeText({ message, usage }: MessageAnswer): Verdict {
  if (message.stop_reason === null) return failed('no stop reason');
  if ((usage.input ?? 0) + (usage.cache_read ?? 0) === 0) return failed('no usage of input tokens');
  if ((usage.output ?? 0) === 0) return failed('no usage of output tokens');
  if (textOf(message) !== '') return ok();
  return message.stop_reason === 'max_tokens' ? skipped('the limit was reached before any text') : failed('no text');
}

/** The size of a prompt. */
export const COUNT_TOKENS: Probe = {
  name: 'count_tokens',
  supported: ({ endpoint }) => endpoint.countTokensPath !== undefined,
  request: () => ({ form: 'count', message: askFor('How many tokens are this?') }),
  judge: (answer) => {
    if (answer.kind !== 'count') return whenAnswered(answer, () => failed('a message came instead of a count'));
    return answer.tokens > 0 ? ok(`${answer.tokens} tokens`) : failed('a prompt of 0 tokens');
  },
};

/** A request that no API takes: it must be refused as the caller's fault, in the dialect's own shape. */
export const ERROR_SHAPE: Probe = {
  name: 'error shape',
  supported: () => true,
  request: () => ({ form: 'spoiled', message: askFor('Say hello.') }),
  judge: (answer) => {
    if (answer.kind !== 'refusal') return failed('a request without a conversation was answered');
    const { kind, upstream } = answer.error;
    const status = upstream?.status ?? 0;
    if (status < 400 || status >= 500 || kind !== 'invalid_request') return refused(answer.error);
    return upstream?.body ? ok(`HTTP ${status}`) : failed(`HTTP ${status} without an error in the shape of this API`);
  },
};
