import type { IncomingMessage } from 'node:http';

/** Paths that only OpenAI's clients ask for. */
const OPENAI_PATHS = /^\/v1\/(?:chat|completions|responses|embeddings|images|audio|moderations)(?:[/?]|$)/;

/** Paths that are of both APIs: only Anthropic's clients name a version there (`translation.md` §0.6, P126). */
const SHARED_PATHS = /^\/v1\/(?:models|files)(?:[/?]|$)/;

/** Whether a caller reads OpenAI's shapes: those of lists, of errors, and of the header that names a request. */
export function isOpenAiCaller({ url = '', headers }: Pick<IncomingMessage, 'url' | 'headers'>): boolean {
  const path = url.startsWith('/v1/v1/') ? url.slice(3) : url;
  return OPENAI_PATHS.test(path) || (SHARED_PATHS.test(path) && headers['anthropic-version'] === undefined);
}
