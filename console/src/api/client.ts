import type { AdminApi } from '../../../src/admin/contract.ts';
import { ApiProblem, readProblem } from './problem.ts';
import { awaitSignIn, beginSession, endSession, failSession, sessionState } from './session.ts';

/** The name of an endpoint, such as `GET /keys`. */
export type EndpointName = keyof AdminApi;

/** What an endpoint answers. */
export type AnswerOf<Name extends EndpointName> = AdminApi[Name]['answer'];

type Needed<Part extends string, Value> =
  Value extends Record<string, never>
    ? Record<never, never>
    : Record<string, never> extends Value
      ? { [name in Part]?: Value | undefined }
      : { [name in Part]: Value };

/** What an endpoint takes: the parts of `params`, `query` and `body` that it has. */
export type InputOf<Name extends EndpointName> = Needed<'params', AdminApi[Name]['params']> &
  Needed<'query', AdminApi[Name]['query']> &
  Needed<'body', AdminApi[Name]['body']>;

type Parts = { params?: unknown; query?: unknown; body?: unknown };

/** Requests that begin a session, or ask for one, are answered 401 in earnest. */
const ANSWERS_FOR_ITSELF = new Set<EndpointName>([
  'GET /session',
  'POST /session',
  'GET /session/ways',
  'POST /session/oidc',
  'GET /setup',
  'POST /setup',
  'POST /invitation',
  'POST /invitation/preview',
]);

/** What an endpoint answers, and the tag of the version that this is. */
export type Seen<Name extends EndpointName> = { answer: AnswerOf<Name>; tag: string | undefined };

/** @property match the tag of the version that a change is meant for; another one is refused with 412. */
type Asking = { signal?: AbortSignal; match?: string | undefined };

/**
 * Asks the admin API. A session that has ended is begun anew by whoever signs in on top of the page, and the request goes out again.
 * Rejects with ApiProblem.
 */
export async function callAdmin<Name extends EndpointName>(
  name: Name,
  input: InputOf<Name>,
  signal?: AbortSignal,
): Promise<AnswerOf<Name>> {
  const { answer } = await seeAdmin(name, input, signal && { signal });
  return answer;
}

/** The same, with the version of what is answered. Rejects with ApiProblem. */
export async function seeAdmin<Name extends EndpointName>(
  name: Name,
  input: InputOf<Name>,
  asking: Asking = {},
): Promise<Seen<Name>> {
  const response = await send(name, input, asking);
  if (response.status === 401 && !ANSWERS_FOR_ITSELF.has(name)) {
    await awaitSignIn();
    return seeAdmin(name, input, asking);
  }
  if (!response.ok) throw await readProblem(response);
  const answer: AnswerOf<Name> = await response.json();
  return { answer, tag: response.headers.get('etag') ?? undefined };
}

async function send(name: EndpointName, parts: Parts, { signal, match }: Asking): Promise<Response> {
  const { params, query, body } = parts;
  const [method = 'GET', path = ''] = name.split(' ');
  const headers: Record<string, string> = {};
  if (body !== undefined) headers['content-type'] = 'application/json';
  if (match !== undefined) headers['if-match'] = match;
  const state = sessionState();
  if (state.kind === 'signed-in' && method !== 'GET') headers['x-ezmodel-csrf'] = state.session.csrf_token;
  try {
    return await fetch(addressOf(path, params, query), {
      method,
      headers,
      credentials: 'same-origin',
      ...(body !== undefined && { body: JSON.stringify(body) }),
      ...(signal && { signal }),
    });
  } catch (error) {
    if (signal?.aborted) throw error;
    throw new ApiProblem(0, 'unreachable', error instanceof Error ? error.message : String(error), []);
  }
}

/** The address of an endpoint under `/admin/api`, with its parameters filled in. */
export function addressOf(path: string, params: unknown, query: unknown): string {
  const filled = path.replaceAll(/\{(\w+)\}/g, (_, key: string) => encodeURIComponent(textAt(params, key)));
  const search = new URLSearchParams();
  for (const [key, value] of Object.entries(query ?? {})) {
    if (value !== undefined && value !== '') search.set(key, String(value));
  }
  const suffix = search.size > 0 ? `?${search}` : '';
  return `/admin/api${filled}${suffix}`;
}

function textAt(record: unknown, key: string): string {
  return String(Object.entries(record ?? {}).find(([name]) => name === key)?.[1] ?? '');
}

/** Whether somebody has signed in meanwhile, in another tab; then the session is taken over. Pages stay as they are. */
export async function takeOverSession(): Promise<boolean> {
  try {
    beginSession(await callAdmin('GET /session', {}));
    return true;
  } catch {
    return false;
  }
}

/** Asks who is signed in, and takes it into the state of the session. */
export async function loadSession(): Promise<void> {
  try {
    beginSession(await callAdmin('GET /session', {}));
  } catch (error) {
    if (error instanceof ApiProblem && error.status === 401) endSession();
    else failSession(error instanceof Error ? error : new Error(String(error)));
  }
}
