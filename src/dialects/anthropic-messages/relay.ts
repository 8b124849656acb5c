import type { Frame, RelayNames } from '../../core/dialect.ts';
import { GatewayError } from '../../core/error.ts';
import { fold, type StreamEvent, unfold } from '../../core/event.ts';
import { objectAt, stringAt } from '../../core/json.ts';
import type { ContentBlock, Message } from '../../core/message.ts';
import { statesOfBlocks } from '../../core/opaque-states.ts';
import type { Usage } from '../../core/usage.ts';
import { spliceJson } from '../json-splice.ts';
import { streamErrorOf } from './error.ts';
import { encodeEvent, readEvent } from './event-frames.ts';
import { inputText, parseAnswer, toMessage } from './parse-response.ts';
import { tellNames } from './relay-tap.ts';
import { toUsage, withContainer } from './usage.ts';
import { type InputTexts, writeAnswer } from './write-json.ts';

/**
 * A whole answer on its way through: its usage, and its bytes with the model name the client used.
 * @throws GatewayError `bad_upstream` when the body is not a JSON object; what an error under a 200 stands for (U9).
 */
export function takeResponse(body: Uint8Array, names: RelayNames): { usage: Usage; bytes: Uint8Array } {
  const answer = parseAnswer(body);
  const usage = withContainer(toUsage(objectAt(answer, 'usage') ?? {}), answer);
  for (const { text } of statesOfBlocks(answer['content'])) names.onState(text);
  tellNames(answer, names);
  const { publicModel } = names;
  if (publicModel === undefined || answer['model'] === undefined) return { usage, bytes: body };
  return { usage, bytes: spliceJson(body, [{ path: ['model'], value: publicModel }]) };
}

/**
 * The whole answer that a stream spells (U17).
 * @throws GatewayError `bad_upstream` when the stream is cut or is no answer; what an error in it stands for.
 */
export function joinStream(frames: readonly Frame[]): Uint8Array {
  const events = frames.flatMap((frame) => readEvent(frame) ?? []);
  const failure = events.find((event) => event.type === 'error');
  if (failure) throw streamErrorOf(failure);
  const inputs = readInputs(events);
  try {
    const message = fold(withWholeInputs(events, inputs));
    return writeAnswer(message, textsByBlock(message, inputs));
  } catch (cause) {
    throw new GatewayError('bad_upstream', 'The upstream answered with something other than a message', { cause });
  }
}

/**
 * The frames that a whole answer would have come in (U17).
 * @throws GatewayError `bad_upstream` when the body is not a message; what an error under a 200 stands for.
 */
export function splitWhole(body: Uint8Array): Uint8Array[] {
  return unfold(toMessage(parseAnswer(body))).map((event) => encodeEvent(withWrittenInput(event, body)));
}

/** The input of a tool as it was written: numbers change when they are parsed (P115). */
function withWrittenInput(event: StreamEvent, body: Uint8Array): StreamEvent {
  if (event.type !== 'content_block_delta' || event.delta.type !== 'input_json_delta') return event;
  const text = inputText(body, event.index);
  return text === undefined ? event : { ...event, delta: { ...event.delta, partial_json: text } };
}

/** Stop reasons that can cut a tool's input in the middle (`anthropic-surface.md` §8). */
const CUTTING_STOPS: ReadonlySet<string> = new Set(['max_tokens', 'model_context_window_exceeded', 'refusal']);

/** Events whose tool inputs can be parsed: one that the end of the answer cut stands as text under `_raw` (P20). */
function withWholeInputs(events: readonly StreamEvent[], inputs: ReadonlyMap<number, string>): StreamEvent[] {
  const end = events.findLast((event) => event.type === 'message_delta');
  if (!CUTTING_STOPS.has((end && stringAt(end.delta, 'stop_reason')) ?? '')) return [...events];
  const isCut = (index: number): boolean => !isJson(inputs.get(index) || '{}');
  return events.flatMap((event): StreamEvent[] => {
    const piece = inputPiece(event);
    if (piece) return isCut(piece.index) ? [] : [event];
    if (event.type !== 'content_block_stop' || !isCut(event.index)) return [event];
    const delta = { type: 'input_json_delta', partial_json: JSON.stringify({ _raw: inputs.get(event.index) ?? '' }) };
    return [{ type: 'content_block_delta', index: event.index, delta }, event];
  });
}

/** The JSON of each tool input, by the index of its block. */
function readInputs(events: readonly StreamEvent[]): ReadonlyMap<number, string> {
  const inputs = new Map<number, string>();
  for (const piece of events.map(inputPiece)) {
    if (piece) inputs.set(piece.index, (inputs.get(piece.index) ?? '') + piece.json);
  }
  return inputs;
}

function textsByBlock(message: Message, inputs: ReadonlyMap<number, string>): InputTexts {
  return new Map(
    message.content.flatMap((block, index): [ContentBlock, string][] => {
      const text = inputs.get(index) ?? '';
      return text !== '' && isJson(text) ? [[block, text]] : [];
    }),
  );
}

function inputPiece(event: StreamEvent): { index: number; json: string } | undefined {
  if (event.type !== 'content_block_delta' || event.delta.type !== 'input_json_delta') return undefined;
  return { index: event.index, json: stringAt(event.delta, 'partial_json') ?? '' };
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
