import { type JsonObject, stringAt } from '../../core/json.ts';
import { asString, pathOf, readObject, refuse, reportUnknown } from '../shared/fields.ts';
import { detailOf, imageBlock, readFile } from '../shared/read-request/read-media-parts.ts';
import {
  cacheMark,
  type PartReader,
  type PartTable,
  readRefusalPart,
  readTextPart,
} from '../shared/read-request/read-parts.ts';

const MEDIA_KEYS = new Set(['type', 'image_url', 'file', 'cache_control', 'prompt_cache_breakpoint']);

/** `image_url`: an object with the address, or, from some clients, the bare address. */
const readImagePart: PartReader = (part, field, report) => {
  reportUnknown(part, MEDIA_KEYS, field, report);
  const path = pathOf(field, 'image_url');
  const bare = stringAt(part, 'image_url');
  const image: JsonObject = bare === undefined ? (readObject(part, 'image_url', field) ?? {}) : { url: bare };
  const url = asString(image['url'] ?? null, pathOf(path, 'url'));
  return { ...imageBlock(url, pathOf(path, 'url')), ...detailOf(image, path), ...cacheMark(part, field, report) };
};

const readFilePart: PartReader = (part, field, report) => {
  reportUnknown(part, MEDIA_KEYS, field, report);
  const file = readObject(part, 'file', field);
  if (file === undefined) refuse(pathOf(field, 'file'), 'Missing required parameter');
  return { ...readFile(file, pathOf(field, 'file'), report), ...cacheMark(part, field, report) };
};

/** What system messages hold. */
export const SYSTEM_PARTS: PartTable = new Map([['text', readTextPart]]);

/** What the user sends, and tools of other vendors' clients answer; sound cannot be converted (`translation.md` §2). */
export const USER_PARTS: PartTable = new Map([
  ['text', readTextPart],
  ['image_url', readImagePart],
  ['file', readFilePart],
]);

/** What the model said. */
export const ASSISTANT_PARTS: PartTable = new Map([
  ['text', readTextPart],
  ['refusal', readRefusalPart],
]);
