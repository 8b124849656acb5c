import { describe, expect, test } from 'vitest';
import { testTools } from '../../../test/support/codec-tools.ts';
import type { JsonObject } from '../../core/json.ts';
import { parseRequest } from './parse-request.ts';

const parse = (part: JsonObject) =>
  parseRequest({ model: 'm', messages: [{ role: 'user', content: [part] }] }, 'generate', testTools());
const image = (url: string, more: JsonObject = {}): JsonObject => ({ type: 'image_url', image_url: { url, ...more } });
const file = (fields: JsonObject): JsonObject => ({ type: 'file', file: fields });
const PDF = { type: 'base64', media_type: 'application/pdf', data: 'JVBERi0=' };

describe('pictures and files', () => {
  test.each<{ title: string; part: JsonObject; gives: JsonObject }>([
    {
      title: 'a picture by its address',
      part: image('https://a.test/b.png'),
      gives: { type: 'image', source: { type: 'url', url: 'https://a.test/b.png' } },
    },
    {
      title: 'a picture, and how closely to look',
      part: image('data:image/png;base64,AAAA', { detail: 'high' }),
      gives: {
        type: 'image',
        source: { type: 'base64', media_type: 'image/png', data: 'AAAA' },
        extra: { detail: 'high' },
      },
    },
    {
      title: 'P72 a data URI with parameters, in any case',
      part: image('DATA:image/JPG;charset=utf-8;name=a.jpg;BASE64,AAAA', { detail: 'auto' }),
      gives: { type: 'image', source: { type: 'base64', media_type: 'image/jpeg', data: 'AAAA' } },
    },
    {
      title: 'the bare address of some clients',
      part: { type: 'image_url', image_url: 'https://a.test/b.png', cache_control: { type: 'ephemeral' } },
      gives: {
        type: 'image',
        source: { type: 'url', url: 'https://a.test/b.png' },
        cache_control: { type: 'ephemeral' },
      },
    },
    {
      title: 'a PDF with its name',
      part: file({ filename: 'a.pdf', file_data: 'data:application/pdf;base64,JVBERi0=' }),
      gives: { type: 'document', source: PDF, title: 'a.pdf' },
    },
    {
      title: 'a PDF that only its name tells',
      part: file({ filename: 'A.PDF', file_data: 'JVBE\nRi0=' }),
      gives: { type: 'document', source: PDF, title: 'A.PDF' },
    },
    {
      title: 'a text file',
      part: file({ file_data: 'data:text/markdown;base64,w6Q=' }),
      gives: { type: 'document', source: { type: 'text', media_type: 'text/plain', data: 'ä' } },
    },
  ])('takes $title', ({ part, gives }) => {
    const { request, losses } = parse(part);
    expect(request.messages).toEqual([{ role: 'user', content: [gives] }]);
    expect(losses).toEqual([]);
  });

  const at = 'messages[0].content[0]';
  test.each<{ title: string; part: JsonObject; field: string }>([
    { title: 'P35 an address of another kind', part: image('gs://a/b.png'), field: `${at}.image_url.url` },
    { title: 'an unknown kind of picture', part: image('data:image/tiff;base64,AAAA'), field: `${at}.image_url.url` },
    { title: 'a data URI without base64', part: image('data:image/png,AAAA'), field: `${at}.image_url.url` },
    { title: 'broken base64', part: image('data:image/png;base64,A*'), field: `${at}.image_url.url` },
    { title: 'a picture without address', part: { type: 'image_url' }, field: `${at}.image_url.url` },
    { title: 'a file id', part: file({ file_id: 'file-1' }), field: `${at}.file.file_id` },
    { title: 'a file without content', part: file({ filename: 'a.pdf' }), field: `${at}.file` },
    { title: 'no file at all', part: { type: 'file' }, field: `${at}.file` },
    {
      title: 'a file that is neither PDF nor text',
      part: file({ filename: 'a.zip', file_data: 'data:application/zip;base64,AAAA' }),
      field: `${at}.file.file_data`,
    },
    {
      title: 'text that is no UTF-8',
      part: file({ file_data: 'data:text/plain;base64,/w==' }),
      field: `${at}.file.file_data`,
    },
  ])('refuses $title', ({ part, field }) => {
    expect(() => parse(part)).toThrow(expect.objectContaining({ status: 400, field }));
  });
});
