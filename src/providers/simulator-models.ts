import type { ModelFacts, ModelRules, SimulatedFault } from '../core/model.ts';
import { EFFORT_LEVELS } from '../core/model.ts';

/** The simulator's own names: one plain model, and one name for each fault it can show on purpose. */

/** Modern rules at their most lenient: whatever some real model accepts, these accept. */
const LENIENT: ModelRules = {
  sampling: 'free',
  thinking: ['adaptive', 'enabled', 'disabled', 'between_tools'],
  forcedToolChoice: true,
  prefill: true,
  effort: EFFORT_LEVELS,
  structuredOutputs: true,
  systemInMessages: true,
  minimumCacheTokens: 512,
};

type ErrorRow = { status: number; type: string; message: string; retryAfter?: number };

/** One row for each status that `anthropic-surface.md` §10 gives a meaning. */
const ERRORS: readonly ErrorRow[] = [
  { status: 400, type: 'invalid_request_error', message: 'Simulated: the request is not valid' },
  { status: 401, type: 'authentication_error', message: 'invalid x-api-key' },
  { status: 403, type: 'permission_error', message: 'Simulated: your API key may not use this resource' },
  { status: 404, type: 'not_found_error', message: 'model: simulator-error-404' },
  { status: 413, type: 'request_too_large', message: 'Request exceeds the maximum size' },
  {
    status: 429,
    type: 'rate_limit_error',
    message: 'Simulated: this request would exceed your rate limit',
    retryAfter: 1,
  },
  { status: 500, type: 'api_error', message: 'Internal server error' },
  { status: 503, type: 'api_error', message: 'Simulated: service unavailable', retryAfter: 1 },
  { status: 529, type: 'overloaded_error', message: 'Overloaded', retryAfter: 1 },
];

type FaultRow = { name: string; title: string; fault: SimulatedFault };

/** Faults of a stream start after its first content, where a gateway may no longer try elsewhere (law Commit). */
const STREAM_FAULTS: readonly FaultRow[] = [
  { name: 'slow', title: 'slow', fault: { kind: 'slow', firstEventMs: 2000, betweenEventsMs: 200 } },
  { name: 'cut', title: 'cut off', fault: { kind: 'cut', afterEvents: 5 } },
  { name: 'hang', title: 'silent for ever', fault: { kind: 'hang', afterEvents: 5 } },
  {
    name: 'stream-error',
    title: 'error in the stream',
    fault: { kind: 'stream-error', afterEvents: 5, type: 'overloaded_error', message: 'Overloaded' },
  },
  { name: 'bad-json', title: 'broken JSON', fault: { kind: 'bad-json', atEvent: 5 } },
];

const FAULTS: readonly FaultRow[] = [
  ...ERRORS.map(
    (row): FaultRow => ({
      name: `error-${row.status}`,
      title: `error ${row.status}`,
      fault: { kind: 'error', ...row },
    }),
  ),
  ...STREAM_FAULTS,
];

const PLAIN: ModelFacts = {
  id: 'simulator',
  aliases: [],
  displayName: 'Simulator',
  createdAt: '2026-11-01T00:00:00Z',
  maxInputTokens: 1_000_000,
  maxOutputTokens: 128_000,
  lifecycle: 'active',
  line: null,
  deprecatedAt: null,
  retiresAt: null,
  rules: LENIENT,
};

/** The models that only the simulator has. */
export const SIMULATOR_MODELS: readonly ModelFacts[] = [
  PLAIN,
  ...FAULTS.map(
    ({ name, title, fault }): ModelFacts => ({
      ...PLAIN,
      id: `simulator-${name}`,
      displayName: `Simulator (${title})`,
      fault,
    }),
  ),
];
