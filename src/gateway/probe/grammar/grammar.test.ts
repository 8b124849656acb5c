import { describe, expect, it } from 'vitest';
import { scriptedEvents } from '../../../../test/support/scripted-model/index.ts';
import type { DialectId, Frame } from '../../../core/dialect.ts';
import { OPENAI_QUIRKS } from '../../../core/quirks.ts';
import { parseFrame } from '../../../framing/sse-frames.ts';
import { createGrammar } from './index.ts';
import type { WireReading } from './reading.ts';

const REQUESTS: Record<DialectId, Parameters<typeof scriptedEvents>[1]> = {
  'anthropic-messages': {
    messages: [{ role: 'user', content: 'think of the weather' }],
    tools: [{ name: 'get_weather' }],
  },
  'openai-chat': {
    messages: [{ role: 'user', content: 'think of the weather' }],
    tools: [{ function: { name: 'get_weather' } }],
  },
  'openai-responses': { input: 'think of the weather', tools: [{ name: 'get_weather' }] },
};

const DIALECTS = ['anthropic-messages', 'openai-chat', 'openai-responses'] as const satisfies readonly DialectId[];

/** A good stream with thinking, text and two calls. */
function framesOf(dialect: DialectId): Frame[] {
  return scriptedEvents(dialect, { model: 'any', stream: true, ...REQUESTS[dialect] }).flatMap(
    (event) => parseFrame(event) ?? [],
  );
}

function read(dialect: DialectId, frames: readonly Frame[], quirks = OPENAI_QUIRKS): WireReading {
  const grammar = createGrammar(dialect, quirks);
  for (const frame of frames) grammar.take(frame);
  return grammar.end();
}

const swap = (frames: Frame[], at: number): Frame[] => {
  const [one, other] = [frames[at], frames[at + 1]];
  return one && other ? frames.with(at, other).with(at + 1, one) : frames;
};

describe.each(DIALECTS)('the grammar of a %s stream', (dialect) => {
  it('holds nothing against a good one, and gives the arguments of its calls', () => {
    expect(read(dialect, framesOf(dialect))).toEqual({
      faults: [],
      argumentTexts: ['{"city":"Oslo"}', '{"city":"Bergen"}'],
    });
  });

  it('lets events through that it does not know', () => {
    const frames = framesOf(dialect);
    const unknown: Record<DialectId, Frame> = {
      'anthropic-messages': { event: 'weather', data: '{"type":"weather"}' },
      'openai-chat': { event: '', data: '{"object":"weather"}' },
      'openai-responses': { event: 'response.weather', data: '{"type":"response.weather"}' },
    };
    expect(read(dialect, frames.toSpliced(2, 0, unknown[dialect])).faults).toEqual([]);
  });

  it('notices that the end is missing, whichever event is the last', () => {
    const frames = framesOf(dialect);
    for (let length = 0; length < frames.length; length++) {
      expect(read(dialect, frames.slice(0, length)).faults).not.toEqual([]);
    }
  });

  it('notices an event behind the end, and one that is no JSON', () => {
    const frames = framesOf(dialect);
    const again = frames.slice(0, 1);
    expect(read(dialect, [...frames, ...again]).faults.join()).toMatch(/behind/);
    const broken = frames.map((frame, index) => (index === 3 ? { ...frame, data: '{' } : frame));
    expect(read(dialect, broken).faults.join()).toMatch(/no JSON object/);
  });

  it('notices an error in the stream', () => {
    const errors: Record<DialectId, Frame> = {
      'anthropic-messages': { event: 'error', data: '{"type":"error","error":{"message":"Overloaded"}}' },
      'openai-chat': { event: '', data: '{"error":{"message":"Overloaded"}}' },
      'openai-responses': {
        event: 'response.failed',
        data: '{"type":"response.failed","response":{"error":{"message":"Overloaded"}}}',
      },
    };
    const frames = [...framesOf(dialect).slice(0, 4), errors[dialect]];
    expect(read(dialect, frames).faults).toContain('an error: Overloaded');
  });
});

describe('each grammar', () => {
  it('of Messages knows where every event but a delta must stand', () => {
    const frames = framesOf('anthropic-messages');
    for (let at = 0; at < frames.length - 1; at++) {
      if (frames[at]?.event === frames[at + 1]?.event) continue;
      const isBetweenDeltas = frames[at]?.event === 'content_block_delta' && frames[at + 1]?.event === 'ping';
      if (!isBetweenDeltas) expect(read('anthropic-messages', swap(frames, at)).faults).not.toEqual([]);
    }
  });

  it('wants events that are named as their types say, but for Chat', () => {
    for (const dialect of ['anthropic-messages', 'openai-responses'] as const) {
      const nameless = framesOf(dialect).map(({ data }) => ({ event: '', data }));
      expect(read(dialect, nameless).faults.join()).toMatch(/an event named "" with type/);
    }
  });

  it('of Chat wants usage only from an upstream that was asked for it', () => {
    const frames = framesOf('openai-chat').filter(({ data }) => !data.includes('"choices":[]'));
    expect(read('openai-chat', frames).faults).toEqual(['no usage with or behind the finish_reason']);
    expect(read('openai-chat', frames, { ...OPENAI_QUIRKS, streamOptions: false }).faults).toEqual([]);
  });

  it('of Chat wants an id and a name of each call', () => {
    const frames = framesOf('openai-chat').map(({ event, data }) => ({
      event,
      data: data.replace(/"id":"call_[^"]*",/, '').replace('"name":"get_weather",', ''),
    }));
    expect(read('openai-chat', frames).faults).toEqual([
      'a tool call that begins without an id',
      'a tool call that begins without a name',
    ]);
  });

  it('of Responses wants sequence numbers that grow', () => {
    expect(read('openai-responses', swap(framesOf('openai-responses'), 4)).faults).toContain(
      'sequence_number does not grow',
    );
  });
});
