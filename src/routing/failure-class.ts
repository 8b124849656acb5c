import { ERROR_KINDS, type ErrorKind, type GatewayError } from '../core/error.ts';

/** Whose fault a failure is: that decides what is marked, and who is asked next. */
export type Blame = 'target' | 'credential' | 'request' | 'nobody';

/** What failures of attempts are told apart by, in words, and whom each blames. */
export const FAILURE_CLASSES = {
  connection_lost: { blames: 'target', text: 'The connection broke before any answer: most likely it had gone stale' },
  unreachable: { blames: 'target', text: 'No connection, or none that lasted until the answer' },
  timeout: { blames: 'target', text: 'No answer in time' },
  overloaded: { blames: 'target', text: 'Overloaded: 529, 503, or a 429 that says so' },
  upstream_error: { blames: 'target', text: 'Any other 5xx' },
  bad_upstream: { blames: 'target', text: 'An answer that cannot be read' },
  model_missing: { blames: 'target', text: 'The upstream does not know the model (404)' },
  rate_limited: { blames: 'credential', text: 'A rate limit (429)' },
  quota_exhausted: { blames: 'credential', text: 'The account has run out of credit or quota' },
  spend_cap: { blames: 'credential', text: 'The account has reached a spend limit that was set for it' },
  credential_refused: { blames: 'credential', text: 'The credential is refused (401, 403)' },
  prompt_too_long: { blames: 'request', text: "The prompt does not fit into the model's context" },
  content_policy: { blames: 'request', text: 'Refused by a content policy' },
  unsupported_feature: { blames: 'request', text: 'A beta or a field that this target does not take' },
  state_refused: {
    blames: 'request',
    text: 'Reasoning, a thread or a file that another account or model has made, or that is gone',
  },
  request_fault: { blames: 'request', text: 'Anything else that is wrong with the request' },
  stopped: {
    blames: 'nobody',
    text: 'The client has gone, another attempt was faster, the server stops, or a fault of our own',
  },
} as const satisfies Record<string, { blames: Blame; text: string }>;

/** One class of failures. */
export type FailureClass = keyof typeof FAILURE_CLASSES;

/** Where the kind alone decides; the other kinds are read closely below. */
const CLASS_OF_KIND: Partial<Record<ErrorKind, FailureClass>> = {
  unreachable: 'unreachable',
  timeout: 'timeout',
  overloaded: 'overloaded',
  unavailable: 'overloaded',
  upstream_error: 'upstream_error',
  bad_upstream: 'bad_upstream',
  upstream_auth: 'credential_refused',
  billing: 'quota_exhausted',
  rate_limited: 'rate_limited',
  aborted: 'stopped',
  hedged_out: 'stopped',
  shutting_down: 'stopped',
  internal: 'stopped',
};

/** What a refusal's code or words say beyond its kind; the first that fits counts. */
type Reading = { class: FailureClass; kinds: readonly ErrorKind[]; codes: readonly string[]; words: RegExp };

const MONEY_KINDS = ['rate_limited', 'billing', 'invalid_request'] as const;

/** Sources: `anthropic-surface.md` §1 and §10, `reliability.md` §1.1, `translation.md` §12. */
const READINGS: readonly Reading[] = [
  {
    class: 'spend_cap',
    kinds: MONEY_KINDS,
    codes: ['enforced_spend_limit_reached', 'billing_hard_limit_reached'],
    words: /\b(?:spend(?:ing)? (?:limit|cap)|specified API usage limits|hard limit has been reached)/i,
  },
  {
    class: 'quota_exhausted',
    kinds: MONEY_KINDS,
    codes: ['insufficient_quota', 'billing_not_active', 'exceeded_current_quota_error', 'insufficient_balance'],
    words: /credit balance is too low|exceeded your current quota|insufficient (?:quota|balance|credits?)\b/i,
  },
  {
    class: 'credential_refused',
    kinds: ['invalid_request'],
    codes: ['organization_on_hold', 'cmek_key_disabled'],
    words: /organization has been disabled/i,
  },
  {
    class: 'overloaded',
    kinds: ['rate_limited'],
    codes: ['overloaded', 'overloaded_error', 'slow_down', 'server_is_overloaded', 'engine_overloaded_error'],
    words: /\boverloaded\b|(?:server|model|engine) is (?:too )?busy|at capacity/i,
  },
  {
    class: 'prompt_too_long',
    kinds: ['invalid_request', 'too_large'],
    codes: ['context_length_exceeded', 'exceed_context_size_error'],
    words: /^prompt is too long|exceed (?:the )?context (?:limit|window)|maximum context length/i,
  },
  {
    class: 'content_policy',
    kinds: ['invalid_request'],
    codes: ['content_policy_violation', 'content_filter', 'moderation_blocked', 'invalid_prompt'],
    words: /content (?:filtering|management|usage)? ?policy|violat\w+ (?:our|the) (?:usage|content) polic/i,
  },
  {
    class: 'state_refused',
    kinds: ['invalid_request', 'not_found'],
    codes: ['invalid_encrypted_content', 'thread_not_found', 'previous_response_not_found', 'container_not_found'],
    words:
      /invalid `?signature`? in `?(?:redacted_)?thinking|encrypted content .{0,40}could not be (?:verified|decrypted)|(?:thread|container|file)\b.{0,80} (?:was )?not found/i,
  },
  {
    class: 'unsupported_feature',
    kinds: ['invalid_request'],
    codes: ['unsupported_parameter', 'unsupported_value', 'unknown_parameter'],
    words:
      /anthropic-beta\b.{0,3} header|invalid beta flag|extra inputs are not permitted|un(?:known|recognized|expected|supported) (?:field|parameter|request argument)|does not support the \S+ parameter|(?:is|are) not supported (?:with|by|for|on) (?:this|the) /i,
  },
];

/** The codes under which a budget refuses a request. */
const OWN_MONEY_CODES: ReadonlySet<string> = new Set(['budget_exhausted', 'model_unpriced']);

/** The codes under which we ourselves refuse to convert a request for a target (`clients.md` §5.2). */
const OWN_UNSUPPORTED = '_unsupported_request';

/**
 * What a failed attempt means.
 * @param connectionLost the connection broke before the upstream said anything (U21).
 */
export function classifyFailure(error: GatewayError, connectionLost = false): FailureClass {
  if (connectionLost) return 'connection_lost';
  const { kind, code = '', message } = error;
  // A budget of our own: no other target has more of it.
  if (OWN_MONEY_CODES.has(code) && error.upstream === undefined) return 'stopped';
  const byDefault = ERROR_KINDS[kind].retryable;
  // An error that says otherwise of itself than its kind does is believed.
  if (byDefault && !error.retryable) return 'request_fault';
  if (!byDefault && error.retryable) return 'upstream_error';
  const reading = READINGS.find(
    ({ kinds, codes, words }) => kinds.includes(kind) && (codes.includes(code) || words.test(message)),
  );
  if (reading) return reading.class;
  if (code.endsWith(OWN_UNSUPPORTED)) return 'unsupported_feature';
  const isAnswer = error.upstream !== undefined;
  if (kind === 'not_found' && isAnswer) return 'model_missing';
  if (kind === 'invalid_request' && isAnswer && error.shouldRetry === true) return 'upstream_error';
  return CLASS_OF_KIND[kind] ?? 'request_fault';
}
