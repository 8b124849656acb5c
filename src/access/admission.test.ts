import fc from 'fast-check';
import { beforeEach, describe, expect, test } from 'vitest';
import { GatewayError } from '../core/error.ts';
import { Admission, type AdmissionLimits, type OverloadReason } from './admission.ts';

const CALM = { loopDelay: 10, heapShare: 0.2 };
const BUSY = { loopDelay: 100, heapShare: 0.2 };

let limits: AdmissionLimits;
let now: number;
let alarms: Set<{ at: number; action: () => void }>;
let waits: number[];
let refused: OverloadReason[];
let admission: Admission;

beforeEach(() => {
  limits = { maxRequests: 2, maxQueued: 3, maxQueueWait: 1_000 };
  now = 0;
  alarms = new Set();
  waits = [];
  refused = [];
  admission = new Admission({
    limits: () => limits,
    clock: () => now,
    after: (ms, action) => {
      const alarm = { at: now + ms, action };
      alarms.add(alarm);
      return () => alarms.delete(alarm);
    },
    onAdmitted: (waited) => waits.push(waited),
    onRefused: (reason) => refused.push(reason),
  });
});

/** A request that tries to get in, and what became of it. */
class Visitor {
  state: 'waiting' | 'in' | GatewayError = 'waiting';
  readonly key: string;
  private readonly client = new AbortController();
  private release: () => void = () => undefined;

  constructor(key: string) {
    this.key = key;
    admission.enter(key, this.client.signal).then(
      (release) => {
        this.state = 'in';
        this.release = release;
      },
      (error: unknown) => {
        if (error instanceof GatewayError) this.state = error;
      },
    );
  }

  get kind(): string {
    return this.state instanceof GatewayError ? this.state.kind : this.state;
  }

  leave(): void {
    this.release();
  }

  hangUp(): void {
    this.client.abort();
  }
}

/** Lets everything that is due be done. */
async function settled(): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve));
}

async function visit(...keys: string[]): Promise<Visitor[]> {
  const visitors = keys.map((key) => new Visitor(key));
  await settled();
  return visitors;
}

async function pass(ms: number): Promise<void> {
  now += ms;
  for (const alarm of [...alarms]) {
    if (alarm.at > now) continue;
    alarms.delete(alarm);
    alarm.action();
  }
  await settled();
}

const kinds = (visitors: readonly Visitor[]) => visitors.map(({ kind }) => kind);

describe('S16 the bounds of admission', () => {
  test('so many are in, so many wait, the next is told when to come again', async () => {
    const visitors = await visit('a', 'a', 'a', 'a', 'a', 'a');
    expect(kinds(visitors)).toEqual(['in', 'in', 'waiting', 'waiting', 'waiting', 'overloaded']);
    expect(visitors[5]?.state).toMatchObject({ status: 529, retryAfter: 1, retryable: true });
    expect(() => admission.check('a')).toThrow(GatewayError);
    expect({ inFlight: admission.inFlight, waiting: admission.waiting }).toEqual({ inFlight: 2, waiting: 3 });
  });

  test('a place that comes free goes to the one who waits longest, and is given back once', async () => {
    const visitors = await visit('a', 'a', 'a', 'a');
    now = 70;
    visitors[0]?.leave();
    visitors[0]?.leave();
    await settled();
    expect(kinds(visitors)).toEqual(['in', 'in', 'in', 'waiting']);
    expect(waits).toEqual([0, 0, 70]);
  });

  test('who comes while others wait does not pass them', async () => {
    const [first, , third] = await visit('a', 'a', 'a');
    first?.leave();
    const [late] = await visit('b');
    expect([third?.kind, late?.kind]).toEqual(['in', 'waiting']);
  });

  test('nobody waits longer than the deadline', async () => {
    const visitors = await visit('a', 'a', 'a');
    await pass(999);
    expect(kinds(visitors)).toEqual(['in', 'in', 'waiting']);
    await pass(1);
    expect(kinds(visitors)).toEqual(['in', 'in', 'overloaded']);
    expect(refused).toEqual(['queue_timeout']);
    expect(admission.waiting).toBe(0);
  });

  test('C1 a client that goes leaves the queue at once, and no timer behind', async () => {
    const visitors = await visit('a', 'a', 'a', 'a');
    visitors[2]?.hangUp();
    await settled();
    expect(kinds(visitors)).toEqual(['in', 'in', 'aborted', 'waiting']);
    expect({ waiting: admission.waiting, timers: alarms.size }).toEqual({ waiting: 1, timers: 1 });
    visitors[0]?.leave();
    await settled();
    expect(visitors[3]?.kind).toBe('in');
    expect(refused).toEqual([]);
  });

  test('C1 one that has gone already never waits, and drives nobody out', async () => {
    await visit('a', 'a', 'a', 'a', 'a');
    const outcome = admission.enter('b', AbortSignal.abort());
    await expect(outcome).rejects.toMatchObject({ kind: 'aborted' });
    expect(refused).toEqual([]);
  });

  test('without a queue the next is refused at once', async () => {
    limits = { ...limits, maxQueued: 0 };
    expect(kinds(await visit('a', 'a', 'b'))).toEqual(['in', 'in', 'overloaded']);
  });

  test('new limits count at once for who comes, and at the next sample for who waits', async () => {
    const visitors = await visit('a', 'a', 'a');
    limits = { ...limits, maxRequests: 3 };
    admission.observe(CALM);
    await settled();
    expect(kinds(visitors)).toEqual(['in', 'in', 'in']);
    limits = { ...limits, maxRequests: 1 };
    visitors[0]?.leave();
    expect(kinds(await visit('a'))).toEqual(['waiting']);
  });

  test('S9 all who wait can be sent away', async () => {
    const visitors = await visit('a', 'a', 'a', 'b');
    admission.refuseAll(new GatewayError('shutting_down', 'bye'));
    await settled();
    expect(kinds(visitors)).toEqual(['in', 'in', 'shutting_down', 'shutting_down']);
    expect(alarms.size).toBe(0);
  });

  test.each([
    { gap: 100, seconds: 1 },
    { gap: 2_000, seconds: 8 },
    { gap: 60_000, seconds: 30 },
  ])(
    'with a place free every $gap ms and three who wait, a refused client is told to stay away for $seconds s',
    async ({ gap, seconds }) => {
      limits = { ...limits, maxQueueWait: 1e9 };
      const visitors = await visit('a', 'a', 'a', 'a', 'a');
      for (let round = 0; round < 100; round++) {
        await pass(gap);
        visitors.shift()?.leave();
        visitors.push(...(await visit('a')));
      }
      const [late] = await visit('a');
      expect(late?.state).toMatchObject({ kind: 'overloaded', retryAfter: seconds });
    },
  );
});

describe('S16 fairness between keys', () => {
  test('places go round the keys that wait, whoever came first', async () => {
    limits = { maxRequests: 1, maxQueued: 10, maxQueueWait: 1_000 };
    const inOrder: string[] = [];
    const [holder, ...others] = await visit('a', 'a', 'a', 'a', 'b', 'c', 'b');
    let current = holder;
    let waiting = others;
    while (waiting.length > 0) {
      current?.leave();
      await settled();
      current = waiting.find(({ kind }) => kind === 'in');
      waiting = waiting.filter((visitor) => visitor !== current);
      inOrder.push(current?.key ?? '');
    }
    expect(inOrder).toEqual(['a', 'b', 'c', 'a', 'b', 'a']);
  });

  test('a full queue has room for a key with fewer in it, at the cost of the newest of the longest', async () => {
    const visitors = await visit('a', 'a', 'a', 'a', 'a');
    expect(() => admission.check('b')).not.toThrow();
    const [guest] = await visit('b');
    expect(guest?.kind).toBe('waiting');
    expect(kinds(visitors)).toEqual(['in', 'in', 'waiting', 'waiting', 'overloaded']);
    expect(refused).toEqual(['displaced']);
    expect(kinds(await visit('b'))).toEqual(['overloaded']);
  });

  test('whatever comes and goes: bounds hold, no place idles while somebody waits, nobody is lost, keys share evenly', async () => {
    const step = fc.oneof(
      { weight: 6, arbitrary: fc.record({ what: fc.constant('enter' as const), key: fc.constantFrom('a', 'b', 'c') }) },
      { weight: 4, arbitrary: fc.record({ what: fc.constantFrom('leave', 'hangUp'), at: fc.nat() }) },
      { weight: 1, arbitrary: fc.record({ what: fc.constant('pass' as const), ms: fc.nat(1_500) }) },
    );
    await fc.assert(
      fc.asyncProperty(fc.nat(4), fc.nat(6), fc.array(step, { maxLength: 60 }), async (places, queue, steps) => {
        limits = { maxRequests: places + 1, maxQueued: queue, maxQueueWait: 1_000 };
        const visitors: Visitor[] = [];
        const done = new Set<Visitor>();
        for (const taken of steps) {
          if ('key' in taken) visitors.push(...(await visit(taken.key)));
          else if ('ms' in taken) await pass(taken.ms);
          else {
            const open = visitors.filter(
              (one) => !done.has(one) && one.kind === (taken.what === 'leave' ? 'in' : 'waiting'),
            );
            const chosen = open[taken.at % Math.max(1, open.length)];
            if (taken.what === 'leave' && chosen) done.add(chosen);
            if (taken.what === 'leave') chosen?.leave();
            else chosen?.hangUp();
            await settled();
          }
          const waiting = visitors.filter(({ kind }) => kind === 'waiting');
          const inside = visitors.filter((one) => one.kind === 'in' && !done.has(one));
          expect(admission.inFlight).toBe(inside.length);
          expect(admission.waiting).toBe(waiting.length);
          expect(alarms.size).toBe(waiting.length);
          expect(inside.length).toBeLessThanOrEqual(limits.maxRequests);
          expect(waiting.length).toBeLessThanOrEqual(queue);
          if (waiting.length > 0) expect(inside.length).toBe(limits.maxRequests);
        }
        for (const visitor of visitors) visitor.hangUp();
        for (const visitor of visitors) visitor.leave();
        await settled();
        expect([admission.inFlight, admission.waiting, alarms.size]).toEqual([0, 0, 0]);
      }),
      { numRuns: 150 },
    );
  });

  test('among keys that always ask, none gets more than one place more than another', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 2, maxLength: 5 }), async (weights) => {
        limits = { maxRequests: 1, maxQueued: 20, maxQueueWait: 1e9 };
        const keys = weights.flatMap((weight, index) => Array.from({ length: weight }, () => `key ${index}`));
        const [holder] = await visit('holder');
        let waiting: Visitor[] = await visit(...keys);
        const served = new Map<string, number>();
        let current = holder;
        for (let round = 0; round < weights.length * 4; round++) {
          current?.leave();
          await settled();
          current = waiting.find(({ kind }) => kind === 'in');
          waiting = waiting.filter((visitor) => visitor !== current);
          const key = current?.key ?? '';
          served.set(key, (served.get(key) ?? 0) + 1);
          waiting.push(...(await visit(key)));
        }
        const counts = weights.map((_, index) => served.get(`key ${index}`) ?? 0);
        expect(Math.max(...counts) - Math.min(...counts)).toBeLessThanOrEqual(1);
        for (const visitor of waiting) visitor.hangUp();
        current?.leave();
        await settled();
      }),
      { numRuns: 50 },
    );
  });
});

describe('S16 a process that is overloaded takes on less', () => {
  const fill = async (count: number) => {
    limits = { maxRequests: 100, maxQueued: 50, maxQueueWait: 1_000 };
    return visit(...Array.from({ length: count }, () => 'a'));
  };

  test('a second of long turns of the event loop is needed: then places and queue shrink together', async () => {
    await fill(80);
    for (let sample = 0; sample < 3; sample++) admission.observe(BUSY);
    expect(admission.limit).toBe(100);
    admission.observe(BUSY);
    expect(admission.limit).toBe(60);
    const late = await visit(...Array.from({ length: 31 }, () => 'a'));
    expect(kinds(late)).toEqual([...Array.from({ length: 30 }, () => 'waiting'), 'overloaded']);
  });

  test('it never shrinks to nothing, and is back at its limit when the process is well again', async () => {
    await fill(4);
    for (let round = 0; round < 100; round++) admission.observe(BUSY);
    expect(admission.limit).toBe(32);
    let samples = 0;
    for (; admission.limit < 100; samples++) admission.observe(CALM);
    expect(samples).toBe(2);
  });

  test('places that are all taken come back step by step', async () => {
    await fill(100);
    for (let round = 0; round < 6; round++) admission.observe(BUSY);
    const before = admission.limit;
    admission.observe(CALM);
    expect(admission.limit / before).toBeCloseTo(1.1, 1);
  });

  test('a heap that is nearly full counts as well; a spent one lets nobody in, not even to wait', async () => {
    const [first] = await fill(1);
    for (let sample = 0; sample < 4; sample++) admission.observe({ loopDelay: 10, heapShare: 0.9 });
    expect(admission.limit).toBe(32);
    admission.observe({ loopDelay: 10, heapShare: 0.96 });
    expect(kinds(await visit('b'))).toEqual(['overloaded']);
    first?.leave();
    admission.observe(CALM);
    expect(kinds(await visit('b'))).toEqual(['in']);
  });
});
