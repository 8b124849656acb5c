import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { removeMembers, spliceJson } from './json-splice.ts';

const splice = (text: string, path: string[], value: string | number | boolean | null): string =>
  Buffer.from(spliceJson(Buffer.from(text), [{ path, value }])).toString();

/** Text of JSON as nobody's serializer writes it: odd spaces, odd numbers, escapes where none are needed. */
const space = fc.string({ unit: fc.constantFrom(' ', '\n', '\r', '\t'), maxLength: 3 });
const numberText = fc.constantFrom('1.0', '-0', '1e5', '1E+05', '12345678901234567890', '0.10', '3');
const stringText = fc.oneof(
  fc.string({ unit: 'binary' }).map((text) => JSON.stringify(text)),
  fc.constantFrom('"\\u0061\\/"', '"\\ud800"', '"{\\"model\\":\\"x\\"}"', '"\\\\"', '"model"', '"]}"'),
);
const { valueText } = fc.letrec<{ valueText: string; objectText: string }>((tie) => ({
  valueText: fc.oneof(
    { maxDepth: 4 },
    fc.oneof(numberText, stringText, fc.constantFrom('true', 'false', 'null', '{}', '[]')),
    fc
      .tuple(space, fc.array(tie('valueText'), { maxLength: 4 }))
      .map(([gap, items]) => `[${gap}${items.join(`,${gap}`)}${gap}]`),
    tie('objectText'),
  ),
  objectText: fc
    .tuple(space, fc.array(fc.tuple(fc.oneof(stringText, fc.constant('"model"')), tie('valueText')), { maxLength: 4 }))
    .map(
      ([gap, members]) =>
        `{${gap}${members.map(([key, value]) => `${key}${gap}:${gap}${value}`).join(`${gap},`)}${gap}}`,
    ),
}));
const members = fc
  .array(fc.tuple(stringText, valueText), { maxLength: 6 })
  .map((all) => all.filter(([key]) => JSON.parse(key) !== 'model').map(([key, value]) => `${key}:${value}`));

describe('spliceJson', () => {
  test('P115 C9 changes the bytes of the value alone, whatever stands around it', () => {
    fc.assert(
      fc.property(
        members,
        members,
        valueText,
        space,
        fc.string({ unit: 'binary' }),
        (before, after, old, gap, name) => {
          const parts = (value: string) =>
            `${gap}{${gap}${[...before, `"model"${gap}:${gap}${value}${gap}`, ...after].join(`,${gap}`)}}${gap}`;
          expect(splice(parts(old), ['model'], name)).toBe(parts(JSON.stringify(name)));
        },
      ),
      { numRuns: 3000 },
    );
  });

  test('C9 adds a missing key at the end, and leaves the rest as it is', () => {
    fc.assert(
      fc.property(members, space, (before, gap) => {
        const text = `{${gap}${before.join(`,${gap}`)}${gap}}${gap}`;
        const added = splice(text, ['model'], 'm');
        const at = text.lastIndexOf('}');
        expect(added).toBe(`${text.slice(0, at)}${before.length > 0 ? ',' : ''}"model":"m"${text.slice(at)}`);
        expect(JSON.parse(added)).toMatchObject({ model: 'm' });
      }),
    );
  });

  test.each([
    [
      'a nested path',
      '{"message":{"id":"model","model": "a" ,"z":1.0}}',
      ['message', 'model'],
      '{"message":{"id":"model","model": "b" ,"z":1.0}}',
    ],
    ['a key in escapes', '{"\\u006dodel":"a"}', ['model'], '{"\\u006dodel":"b"}'],
    [
      'not the namesake inside an object',
      '{"x":{"model":"a"},"model":"a"}',
      ['model'],
      '{"x":{"model":"a"},"model":"b"}',
    ],
    [
      'not the namesake inside a string',
      '{"x":"\\"model\\":\\"a\\"","model":"a"}',
      ['model'],
      '{"x":"\\"model\\":\\"a\\"","model":"b"}',
    ],
    [
      'not a value of that name',
      '{"x":"model","y":["model"],"model":"a"}',
      ['model'],
      '{"x":"model","y":["model"],"model":"b"}',
    ],
    ['an object as a whole', '{"model":{"a":["}"]},"z":2}', ['model'], '{"model":"b","z":2}'],
    ['a number', '{"model":1e3}', ['model'], '{"model":"b"}'],
    [
      'a missing key of a nested object',
      '{"message":{"id":1}}',
      ['message', 'model'],
      '{"message":{"id":1,"model":"b"}}',
    ],
    ['a missing key of an empty object', '{"message":{ }}', ['message', 'model'], '{"message":{ "model":"b"}}'],
    ['nothing where the object is missing', '{"id":1}', ['message', 'model'], '{"id":1}'],
    ['nothing where the parent is no object', '{"message":[1]}', ['message', 'model'], '{"message":[1]}'],
    ['nothing in a list', '[1,2]', ['model'], '[1,2]'],
  ])('edits %s', (_name, text, path, expected) => {
    expect(splice(text, path, 'b')).toBe(expected);
  });

  test.each([
    ['a "quoted" \\ name', '{"m":"a \\"quoted\\" \\\\ name"}'],
    [true, '{"m":true}'],
    [null, '{"m":null}'],
    [12, '{"m":12}'],
  ])('writes %j as JSON', (value, expected) => {
    expect(splice('{"m":0}', ['m'], value)).toBe(expected);
  });

  test('applies several edits in turn', () => {
    const edits = [
      { path: ['a'], value: 1 },
      { path: ['b'], value: 2 },
    ];
    expect(Buffer.from(spliceJson(Buffer.from('{"b":0,"a":0}'), edits)).toString()).toBe('{"b":2,"a":1}');
  });
});

describe('taking members out', () => {
  const remove = (text: string, ...paths: string[][]) =>
    Buffer.from(removeMembers(Buffer.from(text), paths)).toString();

  test.each([
    ['{"a": 1}', ['a'], '{}'],
    ['{"a": 1.0 , "b":2}', ['a'], '{"b":2}'],
    ['{"b":2 , "a": [1,{"a":0}] }', ['a'], '{"b":2  }'],
    ['{"x":[0,{"a":1,"b":1e5}]}', ['x', '1', 'a'], '{"x":[0,{"b":1e5}]}'],
    ['{"b":2}', ['a'], '{"b":2}'],
    ['{"b":2}', ['b', 'a'], '{"b":2}'],
  ])('%s less %j', (text, path, rest) => {
    expect(remove(text, path)).toBe(rest);
  });

  test('whatever the object, the rest of it stays as it was', () => {
    const keys = fc.uniqueArray(fc.constantFrom('a', 'b', 'c', 'd'), { minLength: 1 });
    fc.assert(
      fc.property(keys, space, valueText, fc.nat(), (names, gap, value, drawn) => {
        const gone = names[drawn % names.length] ?? '';
        const members = names.map((name) => `"${name}"${gap}:${gap}${value}`);
        const text = `{${gap}${members.join(`${gap},${gap}`)}${gap}}`;
        const { [gone]: _removed, ...rest } = JSON.parse(text);
        expect(JSON.parse(remove(text, [gone]))).toEqual(rest);
      }),
    );
  });
});
