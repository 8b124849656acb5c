import type { MediaSource } from '../../../core/plain-request.ts';

/** A file as a URL: its own, or one that holds its bytes. */
export function mediaUrl(source: MediaSource): string {
  return source.kind === 'url' ? source.url : `data:${source.mediaType};base64,${source.data}`;
}

/** The name of a PDF that has none: OpenAI wants one beside the bytes. */
export const DEFAULT_FILENAME = 'document.pdf';
