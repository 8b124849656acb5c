import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { byteByByte, everySplit, randomCuts } from '../../test/support/rechunk.ts';
import type { Frame } from '../core/dialect.ts';
import { encodeFrame, FrameTooLargeError, MAX_FRAME_BYTES, parseFrame, SseFrameSplitter } from './sse-frames.ts';

function split(chunks: Iterable<Uint8Array>): { frames: Uint8Array[]; rest: Uint8Array } {
  const splitter = new SseFrameSplitter();
  const frames = [...chunks].flatMap((chunk) => splitter.push(chunk));
  return { frames, rest: splitter.end() };
}

function parsed(chunks: Iterable<Uint8Array>): Frame[] {
  const { frames, rest } = split(chunks);
  return [...frames, rest].flatMap((raw) => parseFrame(raw) ?? []);
}

const TWO: Frame[] = [
  { event: 'one', data: '{"a":1}' },
  { event: 'two', data: 'zwei' },
];

const STREAMS: { name: string; text: string; frames: Frame[] }[] = [
  { name: 'LF', text: 'event: one\ndata: {"a":1}\n\nevent: two\ndata: zwei\n\n', frames: TWO },
  { name: 'CRLF', text: 'event: one\r\ndata: {"a":1}\r\n\r\nevent: two\r\ndata: zwei\r\n\r\n', frames: TWO },
  { name: 'CR', text: 'event: one\rdata: {"a":1}\r\revent: two\rdata: zwei\r\r', frames: TWO },
  { name: 'mixed', text: 'event: one\r\ndata: {"a":1}\r\n\nevent: two\rdata: zwei\n\r', frames: TWO },
  { name: 'BOM', text: '\ufeffevent: one\ndata: {"a":1}\n\nevent: two\ndata: zwei\n\n', frames: TWO },
  { name: 'no space', text: 'event:one\ndata:{"a":1}\n\nevent:two\ndata:zwei\n\n', frames: TWO },
  {
    name: 'comments, ids and blank lines',
    text: ': hello\n\n\n\nevent: one\nid: 7\n: inside\ndata: {"a":1}\n\nretry: 5\n\nevent: two\ndata: zwei\n\n',
    frames: TWO,
  },
  { name: 'no blank line at the end', text: 'event: one\ndata: {"a":1}\n\nevent: two\ndata: zwei\n', frames: TWO },
  { name: 'no line end at the end', text: 'event: one\ndata: {"a":1}\n\nevent: two\ndata: zwei', frames: TWO },
  {
    name: 'multi-byte',
    text: 'event: ß\r\ndata: 漢字 🦆 \u2028é\r\n\r\ndata: 🧨\n\n',
    frames: [
      { event: 'ß', data: '漢字 🦆 \u2028é' },
      { event: '', data: '🧨' },
    ],
  },
  { name: 'two data lines', text: 'event: a\ndata: 1\ndata: 2\n\n', frames: [{ event: 'a', data: '1\n2' }] },
  { name: 'empty data', text: 'event: a\ndata\n\n', frames: [{ event: 'a', data: '' }] },
  { name: 'nothing', text: '', frames: [] },
];

describe('SseFrameSplitter', () => {
  test.each(STREAMS)('U8 U17 P60: $name, whole and however it is cut', ({ text, frames }) => {
    const bytes = Buffer.from(text);
    expect(parsed([bytes])).toEqual(frames);
    for (const chunks of everySplit(bytes)) expect(parsed(chunks)).toEqual(frames);
    expect(parsed(byteByByte(bytes))).toEqual(frames);
    for (let seed = 1; seed <= 20; seed++) expect(parsed(randomCuts(bytes, seed, 7))).toEqual(frames);
  });

  test('the frames, joined, are the stream, whatever its bytes', () => {
    const byte = fc.oneof(fc.constantFrom(0x0a, 0x0d, 0x3a, 0x64), fc.nat(255));
    const chunks = fc.array(fc.array(byte, { maxLength: 40 }).map((bytes) => Uint8Array.from(bytes)));
    fc.assert(
      fc.property(chunks, (cut) => {
        const { frames, rest } = split(cut);
        return Buffer.concat([...frames, rest]).equals(Buffer.concat(cut));
      }),
      { numRuns: 2000 },
    );
  });

  test('a frame ends at its blank line, and the next begins behind it', () => {
    const { frames, rest } = split([Buffer.from('a: 1\r\n\r\nb: 2\n\nhalf')]);
    expect(frames.map((frame) => Buffer.from(frame).toString())).toEqual(['a: 1\r\n\r\n', 'b: 2\n\n']);
    expect(Buffer.from(rest).toString()).toBe('half');
  });

  test('U8 bytes that are no UTF-8 become replacement characters, and harm nothing around them', () => {
    const bytes = Buffer.concat([Buffer.from('data: a'), Buffer.from([0xff, 0xc3]), Buffer.from('b\n\ndata: c\n\n')]);
    expect(parsed(byteByByte(bytes))).toEqual([
      { event: '', data: 'a\ufffd\ufffdb' },
      { event: '', data: 'c' },
    ]);
  });

  test('U15 an event without end is refused at the limit, not held', () => {
    const splitter = new SseFrameSplitter(1000);
    expect(splitter.push(new Uint8Array(1000).fill(0x61))).toEqual([]);
    expect(() => splitter.push(new Uint8Array(1).fill(0x61))).toThrow(FrameTooLargeError);
  });

  test('U15 the limit is per event: a long stream of small ones never meets it', () => {
    const splitter = new SseFrameSplitter(40);
    for (let event = 0; event < 100; event++) {
      expect(splitter.push(Buffer.from(`data: ${event} and`))).toEqual([]);
      expect(splitter.push(Buffer.from(' more\n\n'))).toHaveLength(1);
    }
  });

  test('U15 one huge event in tiny chunks costs time and memory by its size', () => {
    const splitter = new SseFrameSplitter();
    const chunk = new Uint8Array(1).fill(0x61);
    const heldBefore = process.memoryUsage().arrayBuffers;
    const startedAt = performance.now();
    for (let size = 0; size < MAX_FRAME_BYTES - 2; size++) splitter.push(chunk);
    expect(process.memoryUsage().arrayBuffers - heldBefore).toBeLessThan(4 * MAX_FRAME_BYTES);
    const [frame] = splitter.push(Buffer.from('\n\n'));
    expect(frame).toHaveLength(MAX_FRAME_BYTES);
    // Quadratic copying would take minutes.
    expect(performance.now() - startedAt).toBeLessThan(15_000);
  }, 30_000);

  test('what is held does not change with the chunk it came in', () => {
    const splitter = new SseFrameSplitter();
    const chunk = Buffer.from('data: kept');
    splitter.push(chunk);
    chunk.fill(0);
    const [frame] = splitter.push(Buffer.from('\n\n'));
    expect(frame && parseFrame(frame)).toEqual({ event: '', data: 'kept' });
  });
});

describe('parseFrame', () => {
  test('reads a usual frame as it reads any other', () => {
    const word = fc.string({ unit: fc.constantFrom('a', ' ', ':', '\n', '\r', 'é', 'data:', 'event: ') });
    fc.assert(
      fc.property(fc.option(word), word, (name, data) => {
        const text = `${name === null ? '' : `event:${name}\n`}data:${data}\n\n`;
        // A line that says nothing makes a frame an unusual one.
        expect(parseFrame(Buffer.from(text))).toEqual(parseFrame(Buffer.from(`: comment\n${text}`)));
      }),
    );
  });
});

describe('encodeFrame', () => {
  test('is read back as it was', () => {
    const line = fc.string({ unit: 'binary' }).map((text) => text.replace(/[\r\n]/g, ''));
    fc.assert(
      fc.property(line, (text) => {
        const frame = { event: 'message', data: JSON.stringify(text) };
        expect(parsed([encodeFrame(frame)])).toEqual([frame]);
      }),
    );
  });

  test('P108 an event without a name is nothing but data', () => {
    expect(Buffer.from(encodeFrame({ event: '', data: '{}' })).toString()).toBe('data: {}\n\n');
  });
});
