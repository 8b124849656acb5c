import type { Principal } from '../access/principal.ts';
import { MOST_TAGS, parseTags } from '../access/tags.ts';
import { GatewayError } from '../core/error.ts';
import type { ClientCall } from './call.ts';

/** The request header that names what a request is for. */
const TAGS_HEADER = 'x-ezmodel-tags';

/**
 * The tags of a request: those of its key and project, and those of its header, each once.
 * @throws GatewayError `invalid_request` naming the header.
 */
export function tagsOf(principal: Principal, headers: ClientCall['headers']): readonly string[] {
  const header = headers[TAGS_HEADER];
  if (header === undefined || header === '') return principal.tags;
  const tags = parseTags(Array.isArray(header) ? header.join(',') : header);
  if (tags) return [...new Set([...principal.tags, ...tags])];
  const message = `${TAGS_HEADER}: write up to ${MOST_TAGS} tags with commas between them: 1 to 64 letters, digits and ._:/- each, a letter or digit first`;
  throw new GatewayError('invalid_request', message, { field: TAGS_HEADER });
}
