import type { Edit, RelayTarget } from '../../core/dialect.ts';
import { isJsonObject, type Json, type JsonObject, objectAt, stringAt } from '../../core/json.ts';
import { holdsSealed, openedState } from '../shared/read-answer/sealed-reasoning.ts';
import { demandsReasoning } from './format-assistant.ts';

/**
 * What must change in a body that is passed on: usage is asked for, since it is what is billed (P97: where the upstream
 * takes that), and sealed reasoning becomes the upstream's own again, or goes (P7).
 */
export function relayEdits(body: JsonObject, target: RelayTarget): Edit[] {
  return [...usageEdits(body, target), ...sealedEdits(body, target)];
}

function usageEdits(body: JsonObject, { quirks }: RelayTarget): Edit[] {
  if (body['stream'] !== true || !quirks.streamOptions) return [];
  const options = objectAt(body, 'stream_options');
  if (options?.['include_usage'] === true) return [];
  if (options) return [{ path: ['stream_options', 'include_usage'], value: true }];
  return [{ path: ['stream_options'], value: { include_usage: true } }];
}

/** Our encoder of Chat answers puts sealed states into `reasoning_details` (`translation.md` §6). */
function sealedEdits(body: JsonObject, target: RelayTarget): Edit[] {
  const { messages } = body;
  if (!target.mayHoldSealed || !Array.isArray(messages)) return [];
  return messages.flatMap((message, index): Edit[] => {
    const details = isJsonObject(message) ? message['reasoning_details'] : undefined;
    if (!isJsonObject(message) || !Array.isArray(details)) return [];
    if (!details.some((entry) => holdsSealed(entry, 'data'))) return [];
    return [{ path: ['messages', String(index)], value: openedMessage(message, details, target) }];
  });
}

/** Without entries the field itself goes: an upstream that does not know it would refuse the message. */
function openedMessage(message: JsonObject, details: readonly Json[], target: RelayTarget): JsonObject {
  const { reasoning_details: _sealed, ...rest } = message;
  const opened = details.map((entry) => openedEntries(entry, target));
  const entries = opened.flatMap((each) => each ?? []);
  const isForeign = opened.includes(undefined);
  return {
    ...(isForeign ? withoutReasoning(rest, target) : rest),
    ...(entries.length > 0 && { reasoning_details: entries }),
  };
}

/** The entries that one stands for; undefined for the state of another upstream. */
function openedEntries(entry: Json, target: RelayTarget): Json[] | undefined {
  if (!holdsSealed(entry, 'data')) return [entry];
  const state = openedState(stringAt(entry, 'data') ?? '', target);
  const own = state?.['reasoning_details'];
  return Array.isArray(own) ? own : state && [];
}

/** The text goes with its state: it is not this model's (P105). Where reasoning is demanded, an empty one does (P38). */
function withoutReasoning(message: JsonObject, { quirks }: RelayTarget): JsonObject {
  const { reasoning_content: _content, reasoning: _reasoning, reasoning_text: _text, ...rest } = message;
  const hasCalls = Array.isArray(message['tool_calls']) && message['tool_calls'].length > 0;
  const isDemanded =
    demandsReasoning(quirks.reasoningReplay, hasCalls) && quirks.reasoningField === 'reasoning_content';
  return { ...rest, ...(isDemanded && { reasoning_content: '' }) };
}
