import type { Probe, ProbeRequest, Step, Verdict } from '../probe.ts';
import { failed, ok, reasonOf, whenAnswered } from '../verdict.ts';
import { askFor } from './ask-for.ts';

/** What the coding agents of today send with every request (`clients.md` §2). */
const BETAS = [
  'interleaved-thinking-2025-05-14',
  'context-management-2025-06-27',
  'advanced-tool-use-2025-11-20',
  'effort-2025-11-24',
] as const;

const HEADER = 'anthropic-beta';

/** The betas of coding agents: all at once and, where that is refused, one by one to learn which. */
export const BETA_HEADER: Probe = {
  name: 'betas',
  supported: ({ dialect, provider }) => dialect.id === 'anthropic-messages' && provider.forwardHeaders.includes(HEADER),
  request: () => requestWith(BETAS),
  judge: (answer) => {
    const isRefused = answer.kind === 'refusal' && answer.error.kind === 'invalid_request';
    return isRefused ? tryNext(BETAS, []) : whenAnswered(answer, () => ok());
  },
};

function requestWith(betas: readonly string[]): ProbeRequest {
  return { form: 'whole', message: askFor('Say hello.', { max_tokens: 16 }), betas };
}

function tryNext([beta, ...others]: readonly string[], refusals: readonly string[]): Verdict | Step {
  if (beta === undefined) return failed(refusals.join('; ') || 'refused together, but none alone');
  return {
    request: requestWith([beta]),
    judge: (answer) => {
      const refusal = answer.kind === 'refusal' ? [`${beta}: ${reasonOf(answer.error)}`] : [];
      return tryNext(others, [...refusals, ...refusal]);
    },
  };
}
