import type { Frame, RelayNames } from '../../core/dialect.ts';
import { isJsonObject, type JsonObject, numberAt, objectAt, stringAt } from '../../core/json.ts';
import type { Usage } from '../../core/usage.ts';
import { encodeFrame } from '../../framing/sse-frames.ts';
import { cutStream, notAnAnswer, parseWhole, withPublicModel } from '../shared/whole-answer.ts';
import { streamErrorOf } from './error.ts';
import { ChunkJoiner } from './join-chunks.ts';
import { overlayChatUsage } from './usage.ts';

/**
 * A whole answer on its way through: its usage, and its bytes with the model name the client used.
 * @throws GatewayError `bad_upstream` when the body is not a completion; what an error under a 200 stands for (U9).
 */
export function takeResponse(body: Uint8Array, names: RelayNames): { usage: Usage; bytes: Uint8Array } {
  const answer = parseCompletion(body);
  return { usage: overlayChatUsage({}, answer, names.quirks), bytes: withPublicModel(body, answer, names) };
}

/**
 * The whole answer that a stream spells (U17).
 * @throws GatewayError `bad_upstream` when the stream is cut or is no answer; what an error in it stands for.
 */
export function joinStream(frames: readonly Frame[]): Uint8Array {
  const joiner = new ChunkJoiner();
  for (const frame of frames) joiner.take(frame);
  if (!joiner.isComplete) throw cutStream();
  return Buffer.from(JSON.stringify(joiner.completion()));
}

/**
 * The frames that a whole answer would have come in (U17): what each choice says in one chunk, why it ended, the usage.
 * @throws GatewayError `bad_upstream` when the body is not a completion; what an error under a 200 stands for.
 */
export function splitWhole(body: Uint8Array): Uint8Array[] {
  const { choices, usage, ...common } = parseCompletion(body);
  const shared: JsonObject = { ...common, object: 'chat.completion.chunk' };
  const said: JsonObject[] = [];
  const ended: JsonObject[] = [];
  for (const choice of Array.isArray(choices) ? choices.filter(isJsonObject) : []) {
    const { message: _message, finish_reason: reason, ...rest } = choice;
    const index = numberAt(choice, 'index') ?? 0;
    said.push({ ...rest, index, delta: deltaOf(objectAt(choice, 'message') ?? {}), finish_reason: null });
    ended.push({ index, delta: {}, finish_reason: reason ?? 'stop' });
  }
  const chunks = [
    { ...shared, choices: said },
    { ...shared, choices: ended },
    ...(isJsonObject(usage) ? [{ ...shared, choices: [], usage }] : []),
  ];
  return [...chunks.map((chunk) => JSON.stringify(chunk)), '[DONE]'].map((data) => encodeFrame({ event: '', data }));
}

function parseCompletion(body: Uint8Array): JsonObject {
  const answer = parseWhole(body);
  if ((answer['error'] ?? null) !== null || answer['object'] === 'error') throw streamErrorOf(answer);
  if (!Array.isArray(answer['choices'])) throw notAnAnswer();
  return answer;
}

/** A message as one delta: its tool calls have their places (`clients.md` §6). */
function deltaOf(message: JsonObject): JsonObject {
  const { tool_calls: calls, ...rest } = message;
  const role = stringAt(message, 'role') ?? 'assistant';
  if (!Array.isArray(calls) || calls.length === 0) return { ...rest, role };
  const placed = calls.filter(isJsonObject).map((call, index) => ({ index, ...call }));
  return { ...rest, role, tool_calls: placed };
}
