/** What a base64 data URI holds. */
type DataUri = { mediaType: string; data: string };

/**
 * The parts of `data:MEDIA/TYPE;parameter=value;base64,DATA` (RFC 2397), parameters left out (P72); undefined for a text
 * that is no base64 data URI. The data itself is not looked at.
 */
export function parseDataUri(text: string): DataUri | undefined {
  const comma = text.indexOf(',');
  if (comma < 0 || text.slice(0, 5).toLowerCase() !== 'data:') return undefined;
  const [mediaType = '', ...parameters] = text.slice(5, comma).split(';');
  if (parameters.at(-1)?.trim().toLowerCase() !== 'base64') return undefined;
  return { mediaType: mediaType.trim().toLowerCase(), data: text.slice(comma + 1) };
}
