import { describe, expect, it } from 'vitest';
import { lossesOf, reduce, refusedField } from '../../../../test/support/reduce.ts';
import type { JsonObject } from '../../../core/json.ts';
import type { Quirks } from '../../../core/quirks.ts';

const contentOf = (block: JsonObject, quirks: Partial<Quirks> = {}): unknown =>
  reduce({ messages: [{ role: 'user', content: [block] }] }, quirks).plain.turns[0]?.content;
const lossesIn = (block: JsonObject, quirks: Partial<Quirks> = {}): string[] =>
  lossesOf(reduce({ messages: [{ role: 'user', content: [block] }] }, quirks));
const refusedIn = (block: JsonObject, quirks: Partial<Quirks> = {}): string | undefined =>
  refusedField(() => reduce({ messages: [{ role: 'user', content: [block] }] }, quirks));

const png: JsonObject = { type: 'base64', media_type: 'image/png', data: 'AAAA' };
const url: JsonObject = { type: 'url', url: 'https://example.com/a' };
const pdf: JsonObject = { type: 'base64', media_type: 'application/pdf', data: 'JVBE' };
const PLACE = 'messages.0.content.0';

describe('images', () => {
  it('keep bytes, address and detail', () => {
    expect(contentOf({ type: 'image', source: png, extra: { detail: 'low' } })).toEqual([
      { type: 'image', source: { kind: 'base64', mediaType: 'image/png', data: 'AAAA' }, detail: 'low' },
    ]);
    expect(contentOf({ type: 'image', source: url })).toEqual([
      { type: 'image', source: { kind: 'url', url: 'https://example.com/a' } },
    ]);
  });

  it('lose how they may be resized, and it is said', () => {
    const transformations = { oversized_image: 'downsize' };
    expect(lossesIn({ type: 'image', source: png, transformations })).toEqual([
      `message_setting_dropped ${PLACE}.transformations`,
    ]);
  });

  it.each<{ name: string; source: JsonObject; quirks: Partial<Quirks>; field: string }>([
    { name: 'a model that takes none', source: png, quirks: { images: false }, field: PLACE },
    {
      name: 'a URL that the target does not fetch',
      source: url,
      quirks: { imageUrls: false },
      field: `${PLACE}.source`,
    },
    { name: 'an uploaded file', source: { type: 'file', file_id: 'f' }, quirks: {}, field: `${PLACE}.source` },
    {
      name: 'a type that no vendor takes',
      source: { ...png, media_type: 'image/tiff' },
      quirks: {},
      field: `${PLACE}.source.media_type`,
    },
    { name: 'a source to come', source: { type: 'hologram' }, quirks: {}, field: `${PLACE}.source.type` },
  ])('are refused: $name', ({ source, quirks, field }) => {
    expect(refusedIn({ type: 'image', source }, quirks)).toBe(field);
  });
});

describe('documents', () => {
  it('PDFs keep their bytes, and their title is the name of the file', () => {
    expect(contentOf({ type: 'document', source: pdf, title: 'a.pdf' })).toEqual([
      { type: 'document', source: { kind: 'base64', mediaType: 'application/pdf', data: 'JVBE' }, filename: 'a.pdf' },
    ]);
  });

  it('the context of a PDF stands in front of it', () => {
    expect(contentOf({ type: 'document', source: pdf, context: 'draft' })).toMatchObject([
      { type: 'text', text: 'Context: draft' },
      { type: 'document' },
    ]);
  });

  it.each<{ name: string; fields: JsonObject; expected: string }>([
    {
      name: 'plain text',
      fields: { source: { type: 'text', media_type: 'text/plain', data: 'body' } },
      expected: 'body',
    },
    {
      name: 'text with title and context',
      fields: { source: { type: 'text', data: 'body' }, title: 'T', context: 'C' },
      expected: 'Title: T\nContext: C\n\nbody',
    },
    {
      name: 'a list of texts',
      fields: {
        source: {
          type: 'content',
          content: [
            { type: 'text', text: 'a' },
            { type: 'text', text: 'b' },
          ],
        },
        title: 'T',
      },
      expected: 'Title: T\n\na\nb',
    },
    { name: 'a text as content', fields: { source: { type: 'content', content: 'a' } }, expected: 'a' },
  ])('are text when they are $name', ({ fields, expected }) => {
    expect(contentOf({ type: 'document', ...fields })).toEqual([{ type: 'text', text: expected }]);
    expect(lossesIn({ type: 'document', ...fields })).toEqual([`document_flattened ${PLACE}`]);
  });

  it('keep the images between their texts', () => {
    const content = [
      { type: 'text', text: 'a' },
      { type: 'image', source: png },
      { type: 'text', text: 'b' },
    ];
    expect(contentOf({ type: 'document', source: { type: 'content', content } })).toMatchObject([
      { text: 'a' },
      { type: 'image' },
      { text: 'b' },
    ]);
  });

  it('lose their citations, and it is said', () => {
    expect(lossesIn({ type: 'document', source: pdf, citations: { enabled: true } })).toEqual([
      `citations_dropped ${PLACE}.citations`,
    ]);
    expect(lossesIn({ type: 'document', source: pdf, citations: { enabled: false } })).toEqual([]);
  });

  it.each<{ name: string; source: JsonObject; quirks: Partial<Quirks>; field: string }>([
    { name: 'a model that takes no files', source: pdf, quirks: { files: false }, field: PLACE },
    { name: 'an uploaded file', source: { type: 'file', file_id: 'f' }, quirks: {}, field: `${PLACE}.source` },
    {
      name: 'content of another kind',
      source: { type: 'content', content: [{ type: 'audio' }] },
      quirks: {},
      field: `${PLACE}.source.content.0.type`,
    },
  ])('are refused: $name', ({ source, quirks, field }) => {
    expect(refusedIn({ type: 'document', source }, quirks)).toBe(field);
  });
});

describe('search results', () => {
  const block: JsonObject = {
    type: 'search_result',
    source: 'kb://1',
    title: 'T',
    content: [
      { type: 'text', text: 'one' },
      { type: 'text', text: 'two' },
    ],
    citations: { enabled: true },
    cache_control: { type: 'ephemeral' },
  };

  it('are text with source and title in front', () => {
    expect(contentOf(block)).toEqual([{ type: 'text', text: 'Source: kb://1\nTitle: T\n\none\ntwo' }]);
    expect(lossesIn(block)).toEqual([
      `citations_dropped ${PLACE}.citations`,
      `search_result_flattened ${PLACE}`,
      `cache_hint_dropped ${PLACE}.cache_control`,
    ]);
  });

  it('P25 keep their cache breakpoint where the target takes it', () => {
    expect(contentOf(block, { cacheControl: true })).toMatchObject([{ cacheControl: { type: 'ephemeral' } }]);
  });
});
