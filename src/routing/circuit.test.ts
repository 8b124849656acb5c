import { describe, expect, test } from 'vitest';
import { Circuit, type CircuitRule } from './circuit.ts';

const RULE: CircuitRule = { threshold: 3, coolDown: 100, longest: 1_000 };

const fail = (circuit: Circuit, at: number, atLeast = 0) =>
  circuit.fail(at, at, { reason: 'unreachable', rule: RULE, atLeast });

/** A circuit that three failures have opened at time 0. */
function opened(): Circuit {
  const circuit = new Circuit();
  for (let failure = 0; failure < RULE.threshold; failure++) fail(circuit, 0);
  return circuit;
}

describe('a circuit', () => {
  test('opens after failures in a row, and not after as many with a success between', () => {
    const circuit = new Circuit();
    fail(circuit, 1);
    fail(circuit, 2);
    expect(circuit.stateAt(2)).toBe('closed');
    circuit.succeed(2);
    fail(circuit, 3);
    fail(circuit, 4);
    expect(circuit.stateAt(4)).toBe('closed');
    fail(circuit, 5);
    expect(circuit.report(5)).toEqual({ state: 'open', reason: 'unreachable', failures: 3, until: 105 });
  });

  test('lets a single probe through when it has cooled down', () => {
    const circuit = opened();
    expect([circuit.stateAt(99), circuit.stateAt(100)]).toEqual(['open', 'half-open']);
    circuit.begin(100);
    expect(circuit.stateAt(101)).toBe('open');
    circuit.succeed(100);
    expect(circuit.report(102)).toEqual({ state: 'closed', reason: undefined, failures: 0, until: undefined });
  });

  test('cools down twice as long each time a probe fails, up to its longest', () => {
    const circuit = opened();
    const coolDowns: number[] = [];
    let now = 100;
    for (let probe = 0; probe < 5; probe++) {
      circuit.begin(now);
      fail(circuit, now);
      const until = circuit.report(now).until ?? 0;
      coolDowns.push(until - now);
      now = until;
    }
    expect(coolDowns).toEqual([200, 400, 800, 1_000, 1_000]);
  });

  test('begins again with the short cool-down once it was closed', () => {
    const circuit = opened();
    fail(circuit, 100);
    circuit.succeed(300);
    for (const at of [301, 302, 303]) fail(circuit, at);
    expect(circuit.report(303).until).toBe(403);
  });

  test('cools down for what the upstream asks, where that is longer', () => {
    const circuit = new Circuit();
    circuit.fail(0, 0, { reason: 'rate_limited', rule: { ...RULE, threshold: 1 }, atLeast: 7_000 });
    expect(circuit.report(0).until).toBe(7_000);
  });

  test('what began before it opened neither opens it further nor closes it', () => {
    const circuit = opened();
    circuit.fail(-5, 50, { reason: 'timeout', rule: RULE, atLeast: 0 });
    circuit.succeed(-5);
    expect(circuit.report(50)).toEqual({ state: 'open', reason: 'unreachable', failures: 3, until: 100 });
  });

  test('a probe that says nothing, or never comes back, leaves room for another', () => {
    const circuit = opened();
    circuit.begin(100);
    circuit.release(100);
    expect(circuit.stateAt(101)).toBe('half-open');
    circuit.begin(101);
    expect([circuit.stateAt(60_100), circuit.stateAt(60_101)]).toEqual(['open', 'half-open']);
  });
});
