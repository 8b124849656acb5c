import { pathOf, readString, refuse, reportUnknown } from '../shared/fields.ts';
import { detailOf, imageBlock, readInputFilePart, refuseFileId } from '../shared/read-request/read-media-parts.ts';
import {
  cacheMark,
  type PartReader,
  type PartTable,
  readRefusalPart,
  readTextPart,
} from '../shared/read-request/read-parts.ts';

const IMAGE_KEYS = new Set(['type', 'image_url', 'file_id', 'detail', 'cache_control', 'prompt_cache_breakpoint']);

const readImagePart: PartReader = (part, field, report) => {
  reportUnknown(part, IMAGE_KEYS, field, report);
  const url = readString(part, 'image_url', field);
  if (url === undefined) {
    if (readString(part, 'file_id', field) !== undefined) refuseFileId(field);
    refuse(pathOf(field, 'image_url'), 'Missing required parameter');
  }
  return {
    ...imageBlock(url, pathOf(field, 'image_url')),
    ...detailOf(part, field),
    ...cacheMark(part, field, report),
  };
};

/** What system messages hold. */
export const SYSTEM_PARTS: PartTable = new Map([
  ['input_text', readTextPart],
  ['text', readTextPart],
]);

/** What the user sends and tools answer; sound cannot be converted (`translation.md` §2). */
export const USER_PARTS: PartTable = new Map([
  ...SYSTEM_PARTS,
  ['input_image', readImagePart],
  ['input_file', readInputFilePart],
]);

/** What the model said; in messages without id (P69) it stands as input. */
export const ASSISTANT_PARTS: PartTable = new Map([
  ...SYSTEM_PARTS,
  ['output_text', readTextPart],
  ['refusal', readRefusalPart],
]);
