import type { DialectId } from '../../src/core/dialect.ts';
import type { JsonObject } from '../../src/core/json.ts';
import type { UpstreamReply } from './fake-upstream.ts';

/** How a failure is told: to Messages clients, and to clients of OpenAI's APIs. */
export type Told = {
  messages: [status: number, type: string];
  openAi: [status: number, type: string, code: string | null];
};

/** A way in which an upstream refuses. */
export type Refusal = {
  name: string;
  anthropic: [status: number, type: string];
  openAi: [status: number, type: string, code: string | null];
  message: string;
  headers?: Record<string, string>;
  told: Told;
  /** What the message must hold; default: the upstream's own. Empty: nothing of the upstream's. */
  says?: string;
  retryAfter?: string | undefined;
  /** OpenAI's body does not say what its status says. */
  isToldByStatus?: boolean;
  /** Another target may be tried. */
  retryable: boolean;
};

const UNREADABLE: Told = { messages: [502, 'api_error'], openAi: [502, 'server_error', null] };
const SECRET = 'no such key sk-very-secret';

/** Every refusal that `translation.md` §12 names. */
export const REFUSALS: readonly Refusal[] = [
  {
    name: 'an invalid request',
    anthropic: [400, 'invalid_request_error'],
    openAi: [400, 'invalid_request_error', null],
    message: 'tools.0: no such thing',
    told: { messages: [400, 'invalid_request_error'], openAi: [400, 'invalid_request_error', null] },
    retryable: false,
  },
  {
    name: 'a prompt that is too long',
    anthropic: [400, 'invalid_request_error'],
    openAi: [400, 'invalid_request_error', 'context_length_exceeded'],
    message: "prompt is too long: this model's maximum context length is 10 tokens",
    says: 'prompt is too long',
    told: {
      messages: [400, 'invalid_request_error'],
      openAi: [400, 'invalid_request_error', 'context_length_exceeded'],
    },
    retryable: false,
  },
  {
    name: 'a wrong credential',
    anthropic: [401, 'authentication_error'],
    openAi: [401, 'invalid_request_error', 'invalid_api_key'],
    message: SECRET,
    says: '',
    told: UNREADABLE,
    retryable: true,
  },
  {
    name: 'a credential without permission',
    isToldByStatus: true,
    anthropic: [403, 'permission_error'],
    openAi: [403, 'invalid_request_error', null],
    message: SECRET,
    says: '',
    told: UNREADABLE,
    retryable: true,
  },
  {
    name: 'an empty account',
    anthropic: [402, 'billing_error'],
    openAi: [429, 'insufficient_quota', 'insufficient_quota'],
    message: 'You exceeded your current quota',
    told: { messages: [402, 'billing_error'], openAi: [429, 'insufficient_quota', 'insufficient_quota'] },
    retryable: true,
  },
  {
    name: 'an unknown model',
    anthropic: [404, 'not_found_error'],
    openAi: [404, 'invalid_request_error', 'model_not_found'],
    message: 'model: nobody',
    told: { messages: [404, 'not_found_error'], openAi: [404, 'invalid_request_error', 'model_not_found'] },
    retryable: true,
  },
  {
    name: 'a body that is too large',
    isToldByStatus: true,
    anthropic: [413, 'request_too_large'],
    openAi: [413, 'invalid_request_error', null],
    message: 'Request too large',
    told: { messages: [413, 'request_too_large'], openAi: [413, 'invalid_request_error', null] },
    retryable: false,
  },
  {
    name: 'a rate limit',
    anthropic: [429, 'rate_limit_error'],
    openAi: [429, 'rate_limit_error', 'rate_limit_exceeded'],
    message: 'Slow down',
    headers: { 'retry-after': '7' },
    told: { messages: [429, 'rate_limit_error'], openAi: [429, 'rate_limit_error', 'rate_limit_exceeded'] },
    retryAfter: '7',
    retryable: true,
  },
  {
    name: 'an overload',
    anthropic: [529, 'overloaded_error'],
    openAi: [503, 'server_error', 'overloaded'],
    message: 'Overloaded',
    headers: { 'retry-after': '3' },
    told: { messages: [529, 'overloaded_error'], openAi: [503, 'server_error', 'overloaded'] },
    retryAfter: '3',
    retryable: true,
  },
];

/** Answers with a refusal in the upstream's own envelope. */
export function refuse(reply: UpstreamReply, dialect: DialectId, refusal: Refusal): Promise<void> {
  const { anthropic, openAi, headers = {} } = refusal;
  const status = dialect === 'anthropic-messages' ? anthropic[0] : openAi[0];
  return reply.json(status, errorBody(dialect, refusal), headers);
}

/** The body of a refusal in the upstream's own envelope. */
export function errorBody(dialect: DialectId, { anthropic, openAi, message }: Refusal): JsonObject {
  if (dialect === 'anthropic-messages') {
    return { type: 'error', error: { type: anthropic[1], message }, request_id: 'req_upstream' };
  }
  return { error: { message, type: openAi[1], param: null, code: openAi[2] } };
}

/** The same as an event of a stream. */
export function errorEvent(dialect: DialectId, refusal: Refusal): Buffer {
  const { message, openAi } = refusal;
  const write = (event: string, data: JsonObject) =>
    Buffer.from(`${event === '' ? '' : `event: ${event}\n`}data: ${JSON.stringify(data)}\n\n`);
  switch (dialect) {
    case 'anthropic-messages':
      return write('error', errorBody(dialect, refusal));
    case 'openai-chat':
      return write('', errorBody(dialect, refusal));
    case 'openai-responses': {
      const error = { code: openAi[2] ?? 'invalid_prompt', message };
      const response = { id: 'resp_fake', object: 'response', status: 'failed', error, output: [], usage: null };
      return write('response.failed', { type: 'response.failed', sequence_number: 5, response });
    }
  }
}
