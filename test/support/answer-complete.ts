import type { DialectId } from '../../src/core/dialect.ts';
import { isJsonObject, type JsonObject, stringAt } from '../../src/core/json.ts';
import { frameData } from '../../src/dialects/shared/frame-data.ts';
import { parseFrame } from '../../src/framing/sse-frames.ts';

/** Whether an upstream has said all that makes an answer complete: from there on its stream may end as it likes (P111, P117). */
export function isComplete(dialect: DialectId, frames: readonly Uint8Array[]): boolean {
  return frames.some((raw) => {
    const frame = parseFrame(raw);
    const data = frame && frameData(frame);
    const type = data?.['type'];
    switch (dialect) {
      case 'anthropic-messages':
        return type === 'message_stop';
      case 'openai-responses':
        return type === 'response.completed' || type === 'response.incomplete';
      case 'openai-chat':
        return frame?.data === '[DONE]' || listAt(data, 'choices').some(isFinished);
      default:
        return dialect satisfies never;
    }
  });
}

function isFinished(choice: JsonObject): boolean {
  return (choice['index'] ?? 0) === 0 && (stringAt(choice, 'finish_reason') ?? '') !== '';
}

function listAt(object: JsonObject | undefined, key: string): JsonObject[] {
  const list = object?.[key];
  return Array.isArray(list) ? list.filter(isJsonObject) : [];
}
