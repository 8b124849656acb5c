import type { Edit, RelayTarget } from '../../core/dialect.ts';
import { type Json, type JsonObject, stringAt } from '../../core/json.ts';
import { holdsSealed, openedState } from '../shared/read-answer/sealed-reasoning.ts';

/**
 * What must change in a body that is passed on: sealed reasoning becomes the upstream's own again, or its item goes, since
 * another upstream knows neither its state nor its id (P7).
 */
export function relayEdits(body: JsonObject, target: RelayTarget): Edit[] {
  const { input } = body;
  if (!target.mayHoldSealed || !Array.isArray(input)) return [];
  const opened = input.map((item) => (holdsSealed(item, 'encrypted_content') ? openedItem(item, target) : item));
  const isShorter = opened.some((item) => item === undefined);
  if (isShorter)
    return [{ path: ['input'], value: opened.flatMap((item): Json[] => (item === undefined ? [] : [item])) }];
  return opened.flatMap((item, index): Edit[] =>
    item === undefined || item === input[index] ? [] : [{ path: ['input', String(index)], value: item }],
  );
}

/** An item of reasoning as the upstream gave it, or of another kind with its state opened; undefined when it must go. */
function openedItem(item: JsonObject, target: RelayTarget): JsonObject | undefined {
  const state = openedState(stringAt(item, 'encrypted_content') ?? '', target);
  const encrypted = state && stringAt(state, 'encrypted_content');
  if (!state || encrypted === undefined) return undefined;
  const id = stringAt(state, 'id');
  return { ...item, ...(id !== undefined && { id }), encrypted_content: encrypted };
}
