import { type JsonObject, objectAt, stringAt } from '../../../core/json.ts';

/**
 * An annotation as a canonical citation; undefined for one that is no citation of a web page. Chat nests what Responses has
 * flat. There is no encrypted index, without which the citation cannot be sent back (`translation.md` §2).
 */
export function readCitation(annotation: JsonObject): JsonObject | undefined {
  if (annotation['type'] !== 'url_citation') return undefined;
  const cited = objectAt(annotation, 'url_citation') ?? annotation;
  const url = stringAt(cited, 'url');
  if (url === undefined) return undefined;
  return {
    type: 'web_search_result_location',
    url,
    title: stringAt(cited, 'title') ?? null,
    cited_text: stringAt(cited, 'content') ?? '',
    encrypted_index: '',
  };
}
