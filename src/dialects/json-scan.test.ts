import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { requestFixtures } from '../../test/support/fixtures.ts';
import { findValue, MAX_JSON_DEPTH, MAX_JSON_TOKENS, scanJson } from './json-scan.ts';

const scan = (text: string) => scanJson(Buffer.from(text));

/** Arrays and objects by turns, `depth` of them. */
function nested(depth: number): string {
  const opening = Array.from({ length: depth }, (_, level) => (level % 2 === 0 ? '{"a":' : '[')).join('');
  const closing = Array.from({ length: depth }, (_, level) => ((depth - level) % 2 === 0 ? ']' : '}')).join('');
  return `${opening}1${closing}`;
}

describe('scanJson', () => {
  test('C5 C7 lets everything pass that JSON.stringify writes', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 6 }), fc.constantFrom(0, 1, '\t'), (value, indent) => {
        expect(scan(JSON.stringify(value, null, indent))).toBeUndefined();
      }),
      { numRuns: 2000 },
    );
  });

  test('never throws, whatever the bytes', () => {
    const byte = fc.oneof(fc.constantFrom(...Buffer.from('{}[]",:\\u0 ')), fc.nat(255));
    fc.assert(
      fc.property(fc.array(byte), (bytes) => {
        scanJson(Uint8Array.from(bytes));
      }),
      { numRuns: 5000 },
    );
  });

  test.each(requestFixtures())('lets the request $name pass', ({ bytes }) => {
    expect(scanJson(bytes)).toBeUndefined();
  });

  test(`C5 takes ${MAX_JSON_DEPTH} levels and refuses one more`, () => {
    expect(JSON.parse(nested(MAX_JSON_DEPTH))).toBeTypeOf('object');
    expect(scan(nested(MAX_JSON_DEPTH))).toBeUndefined();
    expect(scan(nested(MAX_JSON_DEPTH + 1))).toEqual({ problem: 'too-deep' });
  });

  test('C5 brackets inside strings are no nesting', () => {
    expect(scan(JSON.stringify({ a: '[{"\\'.repeat(500) }))).toBeUndefined();
  });

  test('C5 siblings are no nesting', () => {
    expect(scan(`[${Array.from({ length: 500 }, () => '[{}]').join()}]`)).toBeUndefined();
  });

  test('C5 refuses more values than the limit, in time', () => {
    const startedAt = performance.now();
    expect(scan(`[${'1,'.repeat(MAX_JSON_TOKENS - 2)}1]`)).toBeUndefined();
    expect(scan(`[${'1,'.repeat(MAX_JSON_TOKENS + 1)}1]`)).toEqual({ problem: 'too-many-values' });
    expect(scan('['.repeat(1_500_000))).toEqual({ problem: 'too-deep' });
    expect(performance.now() - startedAt).toBeLessThan(5_000);
  });

  test.each([
    ['{"model":"a","model":"b"}', 'model'],
    ['{"model" : "a" , "x":[{}] , "model"\n:\t"b"}', 'model'],
    ['{"model":"a","\\u006dodel":"b"}', 'model'],
    ['{"m\\u006fdel":"a","\\u006d\\u006F\\u0064el":"b"}', 'model'],
    ['{"":1,"":2}', ''],
    ['{"a\\"b":1,"a\\u0022b":2}', 'a"b'],
    ['{"__proto__":1,"__proto__":2}', '__proto__'],
    ['{"ü":1,"\\u00fc":2}', 'ü'],
  ])('C7 refuses a key given twice: %s', (text, key) => {
    expect(scan(text)).toEqual({ problem: 'repeated-key', key });
  });

  test.each([
    '{"a":{"k":1,"k":2}}',
    '{"a":[{"k":1,"k":2}]}',
    '{"k":{"k":"k"}}',
    '{"model":"model","x":"model"}',
    '{"a":"{\\"b\\":1,\\"b\\":2}"}',
    '["a","a"]',
    '{"a":1,"A":2}',
  ])('C7 leaves alone what repeats elsewhere: %s', (text) => {
    expect(scan(text)).toBeUndefined();
  });
});

describe('findValue', () => {
  test('finds each value of an object under its key', () => {
    fc.assert(
      fc.property(
        fc.dictionary(fc.string({ unit: 'binary' }), fc.jsonValue()),
        fc.constantFrom(0, 2),
        (made, indent) => {
          const text = JSON.stringify(made, null, indent);
          const bytes = Buffer.from(text);
          for (const [key, value] of Object.entries(JSON.parse(text))) {
            const span = findValue(bytes, [key]);
            expect(JSON.parse(bytes.subarray(span?.start, span?.end).toString())).toEqual(value);
          }
        },
      ),
    );
  });

  test('finds each value of an array at its position', () => {
    fc.assert(
      fc.property(fc.array(fc.jsonValue()), fc.constantFrom(0, 2), (made, indent) => {
        const text = JSON.stringify({ a: made }, null, indent);
        const bytes = Buffer.from(text);
        for (const [position, value] of JSON.parse(text).a.entries()) {
          const span = findValue(bytes, ['a', String(position)]);
          expect(JSON.parse(bytes.subarray(span?.start, span?.end).toString())).toEqual(value);
        }
        expect(findValue(bytes, ['a', String(made.length)])).toBeUndefined();
      }),
    );
  });

  test.each([
    ['{"a":1}', ['b']],
    ['{"a":1}', ['a', 'b']],
    ['{}', ['a']],
    ['[{"a":1}]', ['a']],
    ['"a"', ['a']],
  ])('finds nothing in %s at %j', (text, path) => {
    expect(findValue(Buffer.from(text), path)).toBeUndefined();
  });

  test('U17 passes over a byte order mark', () => {
    const bytes = Buffer.from('\ufeff {"a": 12}');
    const span = findValue(bytes, ['a']);
    expect(bytes.subarray(span?.start, span?.end).toString()).toBe('12');
  });
});
