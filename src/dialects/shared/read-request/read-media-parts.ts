import type { LossSink } from '../../../core/dialect.ts';
import type { JsonObject } from '../../../core/json.ts';
import type { ContentBlock } from '../../../core/message.ts';
import { pathOf, readString, refuse, reportUnknown } from '../fields.ts';
import { parseDataUri } from './data-uri.ts';
import { cacheMark, type PartReader } from './read-parts.ts';

/** The picture types that Messages knows, by each name that they go by (`translation.md` §2). */
const IMAGE_TYPES: ReadonlyMap<string, string> = new Map([
  ['image/jpeg', 'image/jpeg'],
  ['image/jpg', 'image/jpeg'],
  ['image/png', 'image/png'],
  ['image/gif', 'image/gif'],
  ['image/webp', 'image/webp'],
]);

const WEB_ADDRESS = /^https?:\/\//i;
const BASE64 = /^[A-Za-z0-9+/]+={0,2}$/;
const PDF = 'application/pdf';

/** A picture that a part refers to by a web address or holds as a data URI; `url` stands at `field`. */
export function imageBlock(url: string, field: string): ContentBlock {
  if (WEB_ADDRESS.test(url)) return { type: 'image', source: { type: 'url', url } };
  const uri = parseDataUri(url);
  if (uri === undefined) refuse(field, 'Must be an http(s) URL or a base64 data URI');
  const mediaType = IMAGE_TYPES.get(uri.mediaType);
  if (mediaType === undefined) {
    refuse(field, `Images of type '${uri.mediaType}' are not supported, only jpeg, png, gif and webp`);
  }
  return { type: 'image', source: { type: 'base64', media_type: mediaType, data: base64Of(uri.data, field) } };
}

/** The detail level of a picture, which only OpenAI knows; `auto` is what stands there without it. */
export function detailOf(part: JsonObject, field: string): { extra?: JsonObject } {
  const detail = readString(part, 'detail', field);
  return detail === undefined || detail === 'auto' ? {} : { extra: { detail } };
}

const FILE_KEYS = new Set(['file_data', 'file_url', 'file_id', 'filename']);
const FILE_PART_KEYS = new Set([...FILE_KEYS, 'type', 'detail', 'cache_control', 'prompt_cache_breakpoint']);

/** `input_file` of Responses: the file's fields stand on the part itself. */
export const readInputFilePart: PartReader = (part, field, report) => {
  reportUnknown(part, FILE_PART_KEYS, field, report);
  if ((readString(part, 'detail', field) ?? 'auto') !== 'auto') {
    report({ code: 'image_detail_dropped', field: pathOf(field, 'detail') });
  }
  return { ...fileBlock(part, field), ...cacheMark(part, field, report) };
};

/** The fields of Chat's `file`, which stand one level below the part. */
export function readFile(file: JsonObject, field: string, report: LossSink): ContentBlock {
  reportUnknown(file, FILE_KEYS, field, report);
  return fileBlock(file, field);
}

function fileBlock(file: JsonObject, field: string): ContentBlock {
  const filename = readString(file, 'filename', field);
  const title = filename === undefined || filename === '' ? {} : { title: filename };
  const data = readString(file, 'file_data', field);
  if (data !== undefined) return { type: 'document', source: fileSource(data, filename, field), ...title };
  const url = readString(file, 'file_url', field);
  if (url !== undefined) {
    if (!WEB_ADDRESS.test(url)) refuse(pathOf(field, 'file_url'), 'Must be an http(s) URL');
    return { type: 'document', source: { type: 'url', url }, ...title };
  }
  if (readString(file, 'file_id', field) !== undefined) refuseFileId(field);
  refuse(field, 'Must hold the file as file_data');
}

/** File ids name files in the upstream's own store, which the gateway does not have. */
export function refuseFileId(field: string): never {
  refuse(pathOf(field, 'file_id'), 'Uploaded files cannot be converted: send the content itself');
}

/** A data URI, or bare base64 whose type the file's name tells. */
function fileSource(text: string, filename: string | undefined, field: string): JsonObject {
  const path = pathOf(field, 'file_data');
  const uri = parseDataUri(text);
  const mediaType = uri?.mediaType ?? (/\.pdf$/i.test(filename ?? '') ? PDF : undefined);
  const data = base64Of(uri?.data ?? text, path);
  if (mediaType === PDF) return { type: 'base64', media_type: PDF, data };
  if (mediaType?.startsWith('text/')) return { type: 'text', media_type: 'text/plain', data: textOf(data, path) };
  refuse(path, 'Only PDF and text files can be converted, given as base64 data URIs');
}

function base64Of(text: string, field: string): string {
  const data = text.replace(/\s/g, '');
  if (!BASE64.test(data)) refuse(field, 'Must hold base64 data');
  return data;
}

function textOf(base64: string, field: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(Buffer.from(base64, 'base64'));
  } catch {
    refuse(field, 'Must be UTF-8 text');
  }
}
