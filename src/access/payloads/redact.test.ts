import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compileLinearPattern, linearPatternProblem } from '../../config/linear-pattern.ts';
import { BLOT, createFinder, redactJson } from './redact.ts';
import { redactEvents } from './redact-events.ts';

const find = createFinder([
  { kind: 'literal', text: 'Größe "42"' },
  { kind: 'pattern', text: 'sk-[A-Za-z0-9]+' },
  { kind: 'pattern', text: '[0-9][0-9][0-9][0-9]{13}' },
]);

const delta = (index: number, text: string) =>
  `event: content_block_delta\ndata: ${JSON.stringify({ type: 'content_block_delta', index, delta: { text } })}\n\n`;

describe('redaction', () => {
  it('finds texts however JSON writes them, and leaves all else as it is written', () => {
    const written =
      '{ "a" : "x sk-abc1 y", "n": 1.0e0, "b":"Gr\\u00f6\\u00dfe \\"42\\"!", "c": 4111111111111111 , "sk-k": [] }';
    expect(redactJson(written, find)).toBe(
      `{ "a" : "x ${BLOT} y", "n": 1.0e0, "b":"${BLOT}!", "c": ${BLOT} , "${BLOT}": [] }`,
    );
    expect(redactJson('no JSON, sk-abc', find)).toBe(`no JSON, ${BLOT}`);
  });

  it('works on JSON that is cut off anywhere', () => {
    const written = '{"a":"\\\\ sk-abc\\u00e9 and \\"sk-def\\" so"}';
    for (let length = 0; length <= written.length; length += 1) {
      const redacted = redactJson(written.slice(0, length), find);
      expect(redacted, redacted).not.toMatch(/sk-[a-f]/);
    }
  });

  it('finds what a stream has cut into pieces, in its own block only', () => {
    const events = [
      delta(0, 'the key s'),
      delta(1, 'k-'),
      delta(0, 'k-ab'),
      'event: ping\n\n',
      delta(0, 'cd. Grö'),
      delta(0, 'ße "42"'),
    ];
    const redacted = redactEvents(events, find);
    const texts = redacted.map((text) => /"text":"(.*)"/.exec(text)?.[1]);
    expect(texts).toEqual([`the key ${BLOT}`, 'k-', '', undefined, `. ${BLOT}`, '']);
    expect(redacted[3]).toBe(events[3]);
    expect(redactEvents([delta(0, 'nothing here')], find)).toEqual([delta(0, 'nothing here')]);
  });

  it('finds a text wherever a stream cuts it', () => {
    const secret = 'sk-0123456789';
    fc.assert(
      fc.property(fc.array(fc.nat(30), { maxLength: 8 }), (cuts) => {
        const text = `before ${secret}, after`;
        const places = [0, ...cuts.toSorted((a, b) => a - b), text.length];
        const events = places.slice(1).map((place, index) => delta(0, text.slice(places[index] ?? 0, place)));
        const kept = redactEvents(events, find).map((event) => /"text":"(.*)"/.exec(event)?.[1]);
        expect(kept.join('')).toBe(`before ${BLOT}, after`);
      }),
    );
  });

  it('takes patterns only that run in linear time, and says what is wrong with others', () => {
    for (const pattern of ['(a)\\1', '(?=a)b', '(?<!a)b', 'a{40}']) {
      expect(linearPatternProblem(pattern), pattern).toMatch(/linear time/);
    }
    expect(linearPatternProblem('(')).toMatch(/is no pattern/);
    expect(linearPatternProblem('(a+)+$')).toBeUndefined();
    // Backtracking would need 2^50000 steps.
    expect(compileLinearPattern('(a+)+$').test(`${'a'.repeat(50_000)}b`)).toBe(false);
  });
});
