import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { isJsonObject, type JsonObject } from '../../src/core/json.ts';
import { AbortRig, abortIn, PHASES } from '../support/abort-phases.ts';
import { waitFor } from '../support/wait.ts';

let rig: AbortRig;

beforeAll(async () => {
  rig = await AbortRig.start();
});
beforeEach(() => {
  rig.upstream.reset();
  rig.other.reset();
});
afterAll(() => rig?.stop());

// How soon is measured by `npm run bench:aborts`: a busy machine tells nothing of it.
test.each(PHASES)('C1 G7 a client that goes while $name leaves nothing behind', async (phase) => {
  const before = aborted().length;
  await abortIn(rig, phase);
  const calls = [...rig.upstream.calls, ...rig.other.calls];
  expect(calls).toHaveLength(phase.calls);
  if (phase.attempts > 0) {
    const line = await waitFor('the settlement', () => aborted()[before]);
    expect(line['attempts']).toBe(phase.attempts);
  }
  await everyPlaceIsFree();
  expect(calls).toHaveLength(phase.calls);
});

test('C1 every request that went upstream has a row that says so, and the books are right', async () => {
  const { rows } = await rig.gateway.usage();
  const byStatus = Map.groupBy(rows, ({ status }) => status);
  // One more had the only place while another one was queued.
  expect(byStatus.get('aborted')).toHaveLength(PHASES.filter(({ attempts }) => attempts > 0).length + 1);
  expect([...byStatus.keys()].toSorted()).toEqual(['aborted', 'ok']);
  expect((await rig.gateway.command('doctor')).code).toBe(0);
});

/** The only place there is. */
async function everyPlaceIsFree(): Promise<void> {
  expect(await rig.figure('ezmodel_places_taken')).toBe(0);
  await rig.serveOne();
}

/** What the log tells of exchanges that were settled as aborted. */
function aborted(): JsonObject[] {
  return rig.gateway.output.split('\n').flatMap((line) => {
    if (!line.startsWith('{') || !line.endsWith('}')) return [];
    const parsed: unknown = JSON.parse(line);
    return isJsonObject(parsed) && parsed['msg'] === 'exchange' && parsed['error'] === 'aborted' ? [parsed] : [];
  });
}
