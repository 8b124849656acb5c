import { describe, expect, test, vi } from 'vitest';
import { stringAt } from '../../../core/json.ts';
import { frameData } from '../frame-data.ts';
import { UsualText } from './usual-text.ts';

const read = (data: string) => stringAt(frameData({ event: '', data }) ?? {}, 'say');

function taught(data: string): UsualText {
  const usual = new UsualText();
  usual.learn(data, read(data) ?? '', read);
  return usual;
}

describe('a frame spelled as the one before', () => {
  test.each(['b', 'two words', 'a "quoted" \\ line\nand more', 'é 語 😀', '\u2028', 'a'])(
    'tells its text: %j',
    (text) => {
      const usual = taught('{"id":1,"say":"a","end":null}');
      expect(usual.textOf(`{"id":1,"say":${JSON.stringify(text)},"end":null}`)).toBe(text);
    },
  );

  test('tells its text in whatever escapes it is written', () => {
    expect(taught('{"say": "a"}').textOf('{"say": "\\u00e9\\/\\ud83d\\ude00"}')).toBe('é/😀');
  });

  test('is found where the same text stands elsewhere too', () => {
    const usual = taught('{"role":"a","say":"a"}');
    expect(usual.textOf('{"role":"a","say":"b"}')).toBe('b');
    expect(usual.textOf('{"role":"b","say":"a"}')).toBeUndefined();
  });
});

describe('a frame that must be read', () => {
  const usual = taught('{"id":1,"say":"a","end":null}');

  test.each([
    ['with another beginning', '{"id":2,"say":"b","end":null}'],
    ['with another end', '{"id":1,"say":"b","end":"stop"}'],
    ['without a text', '{"id":1,"say":"","end":null}'],
    ['with more fields between', '{"id":1,"say":"b","more":"c","end":null}'],
    ['with a repeated field between', '{"id":1,"say":"b","say":"c","end":null}'],
    ['with a broken escape', '{"id":1,"say":"\\x","end":null}'],
    ['with an escaped end', '{"id":1,"say":"b\\","end":null}'],
    ['with a control character', '{"id":1,"say":"\u0001","end":null}'],
    ['shorter than what is compared', '{"id":1,"say":","end":null}'],
  ])('%s', (_, data) => {
    expect(usual.textOf(data)).toBeUndefined();
  });

  test('is one whose text stands in another place than it seemed to', () => {
    expect(taught('{"say":"a","more":"a"}').textOf('{"say":"a","more":"b"}')).toBeUndefined();
  });

  test('teaches nothing any more when too many were spelled differently', () => {
    const reading = vi.fn(read);
    const untaught = new UsualText();
    for (let count = 0; count < 100; count++) untaught.learn(`{"id":${count},"say":"a"}`, 'a', reading);
    expect(reading.mock.calls.length).toBeLessThan(10);
  });
});
