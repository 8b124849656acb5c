import type { TargetContext } from '../../../core/dialect.ts';
import type { Loss } from '../../../core/loss.ts';
import type { MessagesRequest } from '../../../core/message.ts';
import type { PlainRequest, PlainTurn } from '../../../core/plain-request.ts';
import { refuse } from '../fields.ts';
import { LossList } from '../loss-list.ts';
import { ToolIds } from '../tool-ids.ts';
import { ToolNames } from '../tool-names.ts';
import { plainEffort } from './plain-effort.ts';
import { plainExtra } from './plain-extra.ts';
import { plainOutput } from './plain-output.ts';
import { plainMaxTokens, plainSampling, plainServiceTier, plainStops, plainUserId } from './plain-settings.ts';
import { plainSystem } from './plain-system.ts';
import { plainToolChoice } from './plain-tool-choice.ts';
import { plainTools } from './plain-tools.ts';
import { plainTurns } from './plain-turns.ts';
import type { Reduction } from './reduction.ts';
import { reportRequestLosses } from './request-losses.ts';
import { offeredTools } from './tool-loading.ts';

/** A request in what every model API can say, what it has lost on the way, and the caller's names of renamed tools. */
export type Reduced = {
  plain: PlainRequest;
  losses: Loss[];
  /** From each name that went upstream to the caller's own, where they differ. */
  toolNames: ReadonlyMap<string, string>;
};

/**
 * Reduces a canonical request to what the target can be told, by its quirks (`translation.md` §1-§6, Claude Code's traffic
 * by `clients.md` §7). The same request always gives the same result (P36), and the request stays as it is; what is passed
 * on whole (schemas, sealed state) is shared with it, so nobody may change the result in depth.
 * @throws GatewayError `invalid_request` naming the field that the target cannot be told.
 */
export function toPlainRequest(request: MessagesRequest, target: TargetContext): Reduced {
  const losses = new LossList();
  const { hash } = target.tools;
  const names = new ToolNames(hash, losses);
  const ids = new ToolIds(target.quirks.toolIds, hash, losses);
  const reduction: Reduction = { target, losses, names, ids };
  reportRequestLosses(request, reduction);
  const system = plainSystem(request, reduction);
  // Tools come before turns: they have the first claim to their names.
  const tools = plainTools(offeredTools(request, losses), reduction);
  const turns = plainTurns(request.messages, reduction);
  refusePrefill(turns, target);
  const plain: PlainRequest = {
    model: target.model,
    stream: request.stream === true,
    maxTokens: plainMaxTokens(request, reduction),
    system,
    turns,
    tools,
    ...plainToolChoice(request, tools, reduction),
    stopSequences: plainStops(request, reduction),
    ...plainSampling(request, reduction),
    effort: plainEffort(request, reduction),
    output: plainOutput(request, reduction),
    userId: plainUserId(request, reduction),
    serviceTier: plainServiceTier(request, reduction),
    extra: plainExtra(request, reduction),
  };
  return { plain, losses: losses.all, toolNames: names.changed() };
}

/** A model that is known not to go on with the caller's last words would answer something else. */
function refusePrefill(turns: PlainTurn[], { facts }: TargetContext): void {
  if (turns.at(-1)?.role !== 'assistant' || facts?.rules.prefill !== false) return;
  refuse(
    'messages',
    'This model does not support assistant message prefill. The conversation must end with a user message.',
  );
}
