import { expect, test } from 'vitest';
import { parseDataUri } from './data-uri.ts';

test.each<[string, ReturnType<typeof parseDataUri>]>([
  ['data:image/png;base64,AAAA', { mediaType: 'image/png', data: 'AAAA' }],
  ['data:image/png;charset=utf-8;name="a;b.png";base64,AAAA', { mediaType: 'image/png', data: 'AAAA' }],
  ['DATA:Image/PNG; Base64,AAAA', { mediaType: 'image/png', data: 'AAAA' }],
  ['data:;base64,AAAA', { mediaType: '', data: 'AAAA' }],
  ['data:image/png,AAAA', undefined],
  ['data:base64,AAAA', undefined],
  ['data:image/png;base64', undefined],
  ['https://a.test/b,c', undefined],
  ['', undefined],
])('P72 reads %j', (text, parts) => {
  expect(parseDataUri(text)).toEqual(parts);
});
