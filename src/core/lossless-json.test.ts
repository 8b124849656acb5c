import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseLosslessly } from './lossless-json.ts';

const KEPT: { name: string; text: string }[] = [
  { name: 'a trailing zero', text: '{"input":{"a":1.0}}' },
  { name: 'an exponent', text: '{"input":[1e3,{"b":2.5E-10}]}' },
  { name: 'an integer beyond 2^53', text: '{"input":{"id":12345678901234567890}}' },
  { name: 'more digits than a double has', text: '{"input":{"pi":3.14159265358979323846}}' },
  { name: 'a number beyond every double', text: '{"input":{"x":1e999}}' },
  { name: 'negative zero', text: '{"input":{"x":-0}}' },
  { name: 'an item of a list', text: '{"arguments":[1.0]}' },
  { name: 'a schema of a tool', text: '{"tools":[{"input_schema":{"properties":{"a":{"minimum":0.0}}}}]}' },
  { name: 'a schema of a function', text: '{"tools":[{"function":{"parameters":{"maximum":1e2}}}]}' },
  { name: 'a schema of an answer', text: '{"format":{"schema":{"const":10.50}}}' },
  { name: 'a key named __proto__', text: '{"input":{"__proto__":{"a":1.0}}}' },
];

describe('numbers inside tool inputs and schemas', () => {
  it.each(KEPT)('P115 keep their text: $name', ({ text }) => {
    expect(JSON.stringify(parseLosslessly(text))).toBe(text);
  });

  it('P115 are plain numbers when their text is what JSON.stringify writes', () => {
    expect(parseLosslessly('{"input":{"a":1,"b":-0.5,"c":1.0}}')).toMatchObject({ input: { a: 1, b: -0.5 } });
  });

  it('P115 do not disturb the same key further out', () => {
    const text = '{"input":[{"type":"function_call","temperature":1.0}],"temperature":1.0}';
    expect(parseLosslessly(text)).toMatchObject({ temperature: 1 });
  });
});

describe('numbers elsewhere', () => {
  it.each(['1.0', '1e3', '12345678901234567890'])('are read as numbers: %s', (number) => {
    expect(parseLosslessly(`{"temperature":${number},"input":{"a":${number}}}`)).toMatchObject({
      temperature: Number(number),
    });
  });

  it('right under a kept key are read as numbers, so that checks of its type see them', () => {
    expect(parseLosslessly('{"input":1.0}')).toEqual({ input: 1 });
  });

  it('inside strings change nothing', () => {
    const text = '{"input":{"a":"1.0, \\"1.0\\", \\\\","b":2}}';
    expect(parseLosslessly(text)).toEqual(JSON.parse(text));
  });
});

describe('any JSON', () => {
  it('is parsed as JSON.parse does, when its numbers are written as JSON.stringify writes them', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const text = JSON.stringify({ input: value, other: value });
        expect(parseLosslessly(text)).toEqual(JSON.parse(text));
      }),
    );
  });

  it('P115 below a kept key is written again byte for byte', () => {
    const number = fc.stringMatching(/^-?(?:0|[1-9]\d{0,20})(?:\.\d{1,20})?(?:[eE][+-]?\d{1,3})?$/);
    fc.assert(
      fc.property(fc.array(number), (numbers) => {
        const text = `{"input":{"list":[${numbers.join(',')}],"text":"a\\"1.0"}}`;
        expect(JSON.stringify(parseLosslessly(text))).toBe(text);
      }),
    );
  });

  it.each(['', '{', '{"a":01}', '[1.0', '"', '"a\\"'])('is refused as JSON.parse does: %j', (text) => {
    expect(() => parseLosslessly(text)).toThrow(SyntaxError);
  });
});
