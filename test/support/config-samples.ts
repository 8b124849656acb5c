import { parseConfig } from '../../src/config/load.ts';
import { ConfigError } from '../../src/config/problem.ts';
import type { Provider } from '../../src/core/provider.ts';
import { OPENAI_QUIRKS } from '../../src/core/quirks.ts';

/** A provider as a row of the table might be: with an address and a key. */
const cloud: Provider = {
  id: 'cloud',
  name: 'Cloud',
  defaultBaseUrl: 'https://api.cloud.example/',
  environmentKey: 'CLOUD_API_KEY',
  auth: 'x-api-key',
  transport: 'http',
  endpoints: {},
  forwardHeaders: [],
  defaultModels: ['cloud-*'],
  models: [],
  quirks: OPENAI_QUIRKS,
  modelQuirks: [],
  sources: [],
  priceCatalogue: 'cloud',
};
const local: Provider = { ...cloud, id: 'local', defaultBaseUrl: undefined, environmentKey: undefined, auth: 'none' };
const pretender: Provider = {
  ...local,
  id: 'pretender',
  transport: 'simulator',
  defaultModels: ['pretend-1', 'pretend-2'],
};
/** What config samples are checked against: one in the cloud, one without address, one simulator. */
export const PROVIDERS = [cloud, local, pretender];
/** Never to be seen in a message. */
export const SECRET = 'sk-canary-of-this-test';
const VARIABLES = { CLOUD_API_KEY: SECRET, EMPTY: '', PORTS: '9000' };

/** How a file refers to the variable that holds the canary. */
export const REFERENCE = `\${CLOUD_API_KEY}`;

/** The config that a text spells. */
export const parseSample = (text: string, variables = VARIABLES) =>
  parseConfig('/etc/ezmodel.yaml', text, PROVIDERS, variables);

/** What is wrong with a text. */
export function problemsOf(text: string) {
  try {
    parseSample(text);
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
  return [];
}

/** A file in which much is set. */
export const FULL = `
channels:
  - name: cloud-main
    provider: cloud
    base_url: http://127.0.0.1:9000/base/
    api_key: \${CLOUD_API_KEY}
    models: ["cloud-*", other]
    priority: 3
    timeouts: { connect: 700ms, first_event: 2s, idle: 10m, total: 1h }
  - name: renaming
    provider: cloud
    api_key: "x\${CLOUD_API_KEY}y$\${CLOUD_API_KEY}"
    models: { public-1: upstream-1, "public-*": upstream-2 }
  - { name: pretend, provider: pretender, pacing: 5ms }
models:
  cloud-old.1: { model: cloud-new, channels: [cloud-main] }
  anywhere: { model: cloud-new }
prices:
  cloud-new: { input: 3, output: 15.5, cache_read: 0.25 }
limits:
  - { key: '*', model: cloud-*, requests_per_minute: 60, burst: 10s }
  - { model: other, concurrent: 3 }
payloads:
  - { key: k1, keep: 2d, redact: [{ literal: secret }, { pattern: 'a+b' }] }
retention: { rows: { days: 90 }, rollups: { days: 400, bytes: 1GB }, low_disk: 2GB }
server: { max_body: 1MB, max_bodies: 2GB, slow_body: 300ms, stalled_reader: 1m, drain: 0s, keep_alive: 500ms, trusted_proxies: [10.0.0.0/8], max_concurrent_per_key: 7, max_requests: 90, max_queued: 0, max_queue_wait: 250ms }
`;

/** A channel that is good, for samples about something else. */
export const HEAD = 'channels: [{ name: a, provider: pretender }]\n';
