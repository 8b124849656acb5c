import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createAuthenticator } from '../src/access/authenticate.ts';
import { keyStoreOf } from '../src/access/key-cache.ts';
import { generateKey } from '../src/access/key-format.ts';
import { createKey } from '../src/access/keys.ts';
import { toGatewayError } from '../src/core/error.ts';
import { disableKeyStatement } from '../src/store/keys.ts';
import { openStore } from '../src/store/open.ts';
import { DEFAULT_PROJECT_ID } from '../src/store/projects.ts';

/**
 * Whether the time of a refusal tells what was wrong with a key (`reliability.md` G28): unknown, wrong secret and disabled, in
 * turn, 100,000 samples each, compared by Welch's t. `npm run bench:key-timing`; fails beyond ±4.5.
 */
const SAMPLES = Number(process.argv[2] ?? 100_000);
const BOUND = 4.5;
const WARM_UP = 5_000;

/** Mean and variance, kept up to date by each sample (Welford). */
class Moments {
  count = 0;
  mean = 0;
  private squares = 0;

  add(value: number): void {
    this.count += 1;
    const away = value - this.mean;
    this.mean += away / this.count;
    this.squares += away * (value - this.mean);
  }

  get variance(): number {
    return this.squares / (this.count - 1);
  }
}

function welch(a: Moments, b: Moments): number {
  return (a.mean - b.mean) / Math.sqrt(a.variance / a.count + b.variance / b.count);
}

/** In ms. */
async function timeOfRefusal(key: string): Promise<number> {
  const headers = { 'x-api-key': key };
  const startedAt = performance.now();
  try {
    authenticator.cached(headers) ?? (await authenticator.authenticate(headers));
  } catch (thrown) {
    const elapsed = performance.now() - startedAt;
    if (toGatewayError(thrown).kind === 'authentication') return elapsed;
    throw thrown;
  }
  throw new Error('a key was accepted that must not be');
}

const folder = mkdtempSync(join(tmpdir(), 'ezmodel-timing-'));
const store = await openStore({ dataDir: folder });
const pepper = randomBytes(32);
const authenticator = createAuthenticator({ store: keyStoreOf(store), pepper, now: () => Date.now() });
const request = {
  name: 'timing',
  models: undefined,
  expiresAt: undefined,
  createdAt: Date.now(),
  projectId: DEFAULT_PROJECT_ID,
  tags: [],
};
const [wrong, disabled] = [await createKey(store, pepper, request), await createKey(store, pepper, request)];
await store.writer.run(disableKeyStatement(disabled.record.id, Date.now()));
const keys = new Map([
  ['unknown', generateKey().key],
  ['wrong secret', generateKey(wrong.record.id).key],
  ['disabled', disabled.key],
]);

const moments = new Map([...keys.keys()].map((name) => [name, new Moments()]));
for (let sample = -WARM_UP; sample < SAMPLES; sample++) {
  for (const [name, key] of keys) {
    const elapsed = await timeOfRefusal(key);
    if (sample >= 0) moments.get(name)?.add(elapsed);
  }
}
authenticator.close();
await store.close();
rmSync(folder, { recursive: true });

let isTold = false;
const all = [...moments];
for (const [index, [name, first]] of all.entries()) {
  for (const [other, second] of all.slice(index + 1)) {
    const t = welch(first, second);
    isTold ||= Math.abs(t) > BOUND;
    const means = `${(first.mean * 1_000).toFixed(2)} and ${(second.mean * 1_000).toFixed(2)} us`;
    process.stdout.write(`${name} against ${other}: ${means}, t = ${t.toFixed(2)}\n`);
  }
}
process.exitCode = isTold ? 1 : 0;
