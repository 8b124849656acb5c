/** Most tags that one list may have. */
export const MOST_TAGS = 16;

const TAG = /^[A-Za-z0-9][A-Za-z0-9._:/-]{0,63}$/;

/** Whether a text can be a tag: 1 to 64 letters, digits and `._:/-`, a letter or digit first. */
export function isTag(text: string): boolean {
  return TAG.test(text);
}

/** Tags written with commas between them, each once; undefined when one is malformed or there are more than 16. */
export function parseTags(text: string): string[] | undefined {
  const tags = text.split(',').map((tag) => tag.trim());
  if (!tags.every(isTag)) return undefined;
  const unique = [...new Set(tags)];
  return unique.length > MOST_TAGS ? undefined : unique;
}
