import { isNamed, type Names } from './header-names.ts';

/** Headers of a client that say what it is and what it asks for; never what it is let in by. */
const CLIENT_HEADERS: Names = [
  'user-agent',
  'content-type',
  'content-encoding',
  'accept',
  'anthropic-version',
  'anthropic-beta',
  'anthropic-dangerous-direct-browser-access',
  'openai-beta',
  'x-app',
  'x-ezmodel-strict',
  'x-stainless-*',
];

/** Headers of an upstream that help to talk to its support, and those that tell how much of its limits is left. */
const ANSWER_HEADERS: Names = [
  'content-type',
  'date',
  'request-id',
  'x-request-id',
  'apim-request-id',
  'x-amzn-requestid',
  'cf-ray',
  'retry-after',
  'retry-after-ms',
  'x-should-retry',
  'openai-model',
  'openai-processing-ms',
  'openai-version',
  'anthropic-ratelimit-*',
  'x-ratelimit-*',
];

/** Characters of a value that are kept, and of the JSON of all: twice that much is what one row has of both. */
const LONGEST_VALUE = 256;
const LONGEST_TEXT = 1024;

/** What may be a credential that somebody put where none belongs. Long names of betas have hyphens. */
const SECRET_LIKE = /\b(?:sk|pk|gsk|xai|AIza|ya29)[-_][\w-]{6,}|[A-Za-z0-9+/_]{40,}={0,2}/g;

type Headers = Readonly<Record<string, string | string[] | undefined>>;

/** The headers of a client that may be kept, as a JSON object; undefined where there are none. */
export function safeClientHeaders(headers: Headers): string | undefined {
  return safeHeaders(headers, CLIENT_HEADERS);
}

/** The headers of an upstream's answer that may be kept, as a JSON object; undefined where there are none. */
export function safeAnswerHeaders(headers: Headers): string | undefined {
  return safeHeaders(headers, ANSWER_HEADERS);
}

/** Those that no longer fit are left out. */
function safeHeaders(headers: Headers, names: Names): string | undefined {
  let text = '';
  for (const name in headers) {
    const value = headers[name];
    if (value === undefined || !isNamed(name, names)) continue;
    const pair = `${JSON.stringify(name)}:${JSON.stringify(shown(value))}`;
    if (text.length + pair.length + 2 <= LONGEST_TEXT) text += text === '' ? pair : `,${pair}`;
  }
  return text === '' ? undefined : `{${text}}`;
}

function shown(value: string | string[]): string {
  const whole = typeof value === 'string' ? value : value.join(', ');
  return whole
    .slice(0, 4 * LONGEST_VALUE)
    .replaceAll(SECRET_LIKE, '…')
    .slice(0, LONGEST_VALUE);
}
