import { objectAt, stringAt } from '../../core/json.ts';
import type { MessagesRequest } from '../../core/message.ts';
import type { ModelFacts, ThinkingType } from '../../core/model.ts';
import { EFFORT_LEVELS } from '../../core/model.ts';
import type { Turn } from '../conversation.ts';
import { lastTurn } from '../conversation.ts';
import { invalid } from '../refusal.ts';
import type { SignatureKey } from '../signature.ts';
import { inspectSignature } from '../signature.ts';
import { effortRank, forcesTool, isPrefilled, thinkingBudget } from './model-rules.ts';

/** Thinking: what the model takes, what goes with it, and the blocks that come back (`anthropic-surface.md` §4.1, §4.3). */

/** Beta flags that begin so lift the limit of the budget when there are tools. */
const INTERLEAVED = 'interleaved-thinking';

/**
 * @param betas values of `anthropic-beta`.
 * @throws RequestRefused 400.
 */
export function checkThinking(
  request: MessagesRequest,
  model: ModelFacts,
  turns: readonly Turn[],
  betas: readonly string[],
): void {
  checkMode(request, model);
  const type = request.thinking?.['type'];
  if (type !== 'enabled' && type !== 'adaptive') return;
  if (forcesTool(request)) throw invalid('', 'Thinking may not be enabled when tool_choice forces tool use.');
  checkSampling(request);
  if (type !== 'enabled') return;
  const interleaved = betas.some((beta) => beta.startsWith(INTERLEAVED)) && (request.tools ?? []).length > 0;
  const budget = thinkingBudget(request) ?? 0;
  if (request.max_tokens !== undefined && budget >= request.max_tokens && !interleaved) {
    throw invalid('', '`max_tokens` must be greater than `thinking.budget_tokens`.');
  }
  checkLeadingThinking(turns);
}

function checkMode(request: MessagesRequest, model: ModelFacts): void {
  const type = request.thinking?.['type'];
  if (type === undefined) return;
  const accepted: readonly string[] = model.rules.thinking;
  if (!accepted.includes(String(type))) throw invalid('', unsupported(String(type), model.rules.thinking));
  const limit = model.rules.disabledThinkingUpTo;
  if (type !== 'disabled' || limit === undefined) return;
  if (effortRank(objectAt(request, 'output_config')) > EFFORT_LEVELS.indexOf(limit)) {
    throw invalid('', `"thinking.type.disabled" is not supported for this model with an effort above '${limit}'.`);
  }
}

function unsupported(type: string, accepted: readonly ThinkingType[]): string {
  if (type === 'adaptive') return 'adaptive thinking is not supported on this model';
  const advice = accepted.includes('adaptive')
    ? ' Use "thinking.type.adaptive" and "output_config.effort" to control thinking behavior.'
    : '';
  return `"thinking.type.${type}" is not supported for this model.${advice}`;
}

function checkSampling(request: MessagesRequest): void {
  const { temperature, top_p: topP, top_k: topK } = request;
  if (temperature !== undefined && temperature !== 1) {
    throw invalid('', '`temperature` may only be set to 1 when thinking is enabled.');
  }
  if (topP !== undefined && topP < 0.95) {
    throw invalid('', '`top_p` must be greater than or equal to 0.95 or unset when thinking is enabled.');
  }
  if (topK !== undefined) throw invalid('', '`top_k` must be unset when thinking is enabled.');
}

/** With a budget, the turn that is being gone on with (a tool loop, or a prefill) must begin with its thinking. */
function checkLeadingThinking(turns: readonly Turn[]): void {
  const answering = lastTurn(turns, 'user')?.blocks.some(({ block }) => block.type === 'tool_result') === true;
  const open = answering || isPrefilled(turns) ? lastTurn(turns, 'assistant') : undefined;
  const first = open?.blocks[0];
  if (!first || first.block.type === 'thinking' || first.block.type === 'redacted_thinking') return;
  const found = open.blocks.find(({ block }) => block.type === 'tool_use') ?? first;
  throw invalid(
    `${first.path}.type`,
    `Expected \`thinking\` or \`redacted_thinking\`, but found \`${found.block.type}\`. When \`thinking\` is enabled, a final \`assistant\` message must start with a thinking block (preceeding the lastmost set of \`tool_use\` and \`tool_result\` blocks).`,
  );
}

/**
 * Checks every thinking block that comes back against its signature.
 * @throws RequestRefused 400 naming the block.
 */
export function checkSignatures(turns: readonly Turn[], model: ModelFacts, key: SignatureKey): void {
  const latest = lastTurn(turns, 'assistant');
  for (const turn of turns) {
    for (const { block, path } of turn.blocks) {
      if (block.type !== 'thinking') continue;
      const verdict = inspectSignature(
        key,
        model,
        stringAt(block, 'signature') ?? '',
        stringAt(block, 'thinking') ?? '',
      );
      if (verdict === 'genuine') continue;
      if (verdict === 'text-changed' && turn === latest) {
        throw invalid(
          path,
          '`thinking` or `redacted_thinking` blocks in the latest assistant message cannot be modified. These blocks must remain as they were in the original response.',
        );
      }
      throw invalid(path, 'Invalid `signature` in `thinking` block');
    }
  }
}
