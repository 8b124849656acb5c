import type { Frame } from '../../../core/dialect.ts';
import { isJsonObject, type Json, type JsonObject, numberAt, objectAt, stringAt } from '../../../core/json.ts';
import { Faults, type Grammar, readPayload, type WireReading } from './reading.ts';

const LAST_WORD = '[DONE]';

/** Fields of a delta that say something: none of them may stand behind the finish reason. */
const SPEECH = ['content', 'reasoning_content', 'reasoning', 'tool_calls', 'refusal'] as const;

/** The order of chunks in a Chat Completions stream (`translation.md` §10.2). */
export class ChatGrammar implements Grammar {
  private readonly faults = new Faults();
  private readonly calls = new Map<number, string>();
  private readonly wantsUsage: boolean;
  private hasFinished = false;
  private hasUsage = false;
  private hasEnded = false;

  /** @param wantsUsage whether the upstream was asked for a chunk with the usage. */
  constructor(wantsUsage: boolean) {
    this.wantsUsage = wantsUsage;
  }

  take(frame: Frame): void {
    const { faults } = this;
    faults.expect(!this.hasEnded, `a chunk behind ${LAST_WORD}`);
    if (frame.data === LAST_WORD) {
      this.hasEnded = true;
      return;
    }
    const chunk = readPayload(frame, faults);
    if (!chunk) return;
    const error = objectAt(chunk, 'error');
    faults.expect(error === undefined, `an error: ${stringAt(error ?? {}, 'message') ?? ''}`);
    for (const choice of objectsIn(chunk['choices'])) this.readChoice(choice);
    if (this.hasFinished && numberAt(objectAt(chunk, 'usage') ?? {}, 'completion_tokens') !== undefined) {
      this.hasUsage = true;
    }
  }

  end(): WireReading {
    const { faults } = this;
    faults.expect(this.hasEnded, `no ${LAST_WORD} at the end`);
    faults.expect(this.hasFinished, 'no finish_reason');
    faults.expect(this.hasUsage || !this.wantsUsage, 'no usage with or behind the finish_reason');
    return { faults: faults.all, argumentTexts: [...this.calls.values()] };
  }

  private readChoice(choice: JsonObject): void {
    const delta = objectAt(choice, 'delta') ?? {};
    const speaks = SPEECH.some((field) => !isNothing(delta[field]));
    this.faults.expect(!this.hasFinished || !speaks, 'content behind the finish_reason');
    for (const call of objectsIn(delta['tool_calls'])) this.readCall(call);
    this.hasFinished ||= typeof choice['finish_reason'] === 'string';
  }

  private readCall(call: JsonObject): void {
    const { calls, faults } = this;
    const piece = objectAt(call, 'function') ?? {};
    const index = numberAt(call, 'index');
    faults.expect(index !== undefined, 'a piece of a tool call without an index');
    const known = calls.get(index ?? 0);
    if (known === undefined) {
      faults.expect(!isNothing(call['id']), 'a tool call that begins without an id');
      faults.expect(!isNothing(piece['name']), 'a tool call that begins without a name');
    }
    calls.set(index ?? 0, (known ?? '') + (stringAt(piece, 'arguments') ?? ''));
  }
}

function isNothing(value: Json | undefined): boolean {
  return value === undefined || value === null || value === '' || (Array.isArray(value) && value.length === 0);
}

function objectsIn(value: Json | undefined): JsonObject[] {
  return Array.isArray(value) ? value.filter(isJsonObject) : [];
}
