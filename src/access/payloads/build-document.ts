import { SseFrameSplitter } from '../../framing/sse-frames.ts';
import type { CaughtBody, CaughtPayload, PayloadBody, PayloadDocument, PayloadPiece } from './document.ts';
import { type Finder, redactJson } from './redact.ts';
import { redactEvents } from './redact-events.ts';

/** What was caught of an exchange as it is kept: streams event by event, each body once, and nothing that the finder finds. */
export function buildDocument(caught: CaughtPayload, find: Finder): PayloadDocument {
  const { request, attempts, answered, status, error } = caught;
  const last = attempts.at(-1)?.answer ?? null;
  return {
    version: 1,
    request: bodyOf(request, find),
    attempts: attempts.map(({ sent, answer, ...same }) => ({
      ...same,
      sent: areSame(sent, request) ? 'request' : bodyOf(sent, find),
      answer: answer && bodyOf(answer, find),
    })),
    answered: answered && last && areSame(answered, last) ? 'last_attempt' : answered && bodyOf(answered, find),
    status,
    error: error && redactJson(error, find),
  };
}

function areSame(one: CaughtBody, other: CaughtBody): boolean {
  if (one.bytes !== other.bytes || one.truncated !== other.truncated) return false;
  return Buffer.concat(one.chunks.map(({ bytes }) => bytes)).equals(
    Buffer.concat(other.chunks.map(({ bytes }) => bytes)),
  );
}

function bodyOf(caught: CaughtBody, find: Finder): PayloadBody {
  const { bytes, truncated, isStream } = caught;
  return { bytes, truncated, pieces: isStream ? eventsOf(caught, find) : wholeOf(caught, find) };
}

function wholeOf({ chunks }: CaughtBody, find: Finder): PayloadPiece[] {
  const at = chunks.at(-1)?.at ?? 0;
  const text = Buffer.concat(chunks.map(({ bytes }) => bytes)).toString();
  return text === '' ? [] : [{ at, text: redactJson(text, find) }];
}

function eventsOf({ chunks }: CaughtBody, find: Finder): PayloadPiece[] {
  const splitter = new SseFrameSplitter(Number.POSITIVE_INFINITY);
  const pieces: PayloadPiece[] = [];
  for (const { at, bytes } of chunks) {
    for (const frame of splitter.push(bytes)) pieces.push({ at, text: Buffer.from(frame).toString() });
  }
  const rest = Buffer.from(splitter.end() ?? []).toString();
  if (rest !== '') pieces.push({ at: chunks.at(-1)?.at ?? 0, text: rest });
  const texts = redactEvents(
    pieces.map(({ text }) => text),
    find,
  );
  return pieces.map(({ at }, index) => ({ at, text: texts[index] ?? '' }));
}
