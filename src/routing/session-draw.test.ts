import { expect, test } from 'vitest';
import { targets } from '../../test/support/routing.ts';
import { POLICIES } from './policies/index.ts';
import { drawsOf } from './session-draw.ts';
import { sessionOf } from './session-key.ts';

function session(name: number) {
  const found = sessionOf({ owner: 'key', model: 'm', headers: { 'session-id': `${name}` }, body: {} });
  if (!found) throw new Error('no session');
  return found;
}

const figures = () => ({ latency: undefined, inFlight: 0, price: undefined, isRelayed: true });

test('a session draws the same lots anywhere, and another one others', () => {
  const lots = (name: number) => Array.from({ length: 20 }, drawsOf(session(name)));
  expect(lots(1)).toEqual(lots(1));
  expect(lots(1)).not.toEqual(lots(2));
  for (const lot of [...lots(1), ...lots(2)]) expect(lot >= 0 && lot < 1).toBe(true);
});

test('over many sessions each target is first, and second, as often as its weight says', () => {
  const weighted = [...targets('a', { weight: 6 }), ...targets('b', { weight: 3 }), ...targets('c', { weight: 1 })];
  const counts = new Map<string, number>();
  const sessions = 20_000;
  for (let name = 0; name < sessions; name++) {
    const ordered = POLICIES['priority-weighted'](weighted, figures, drawsOf(session(name)));
    const pair = ordered
      .map(({ channel }) => channel.name)
      .join('')
      .slice(0, 2);
    counts.set(pair, (counts.get(pair) ?? 0) + 1 / sessions);
  }
  const expected = { ab: 0.6 * 0.75, ac: 0.6 * 0.25, ba: (0.3 * 6) / 7, bc: 0.3 / 7, ca: (0.1 * 6) / 9, cb: 0.3 / 9 };
  for (const [pair, share] of Object.entries(expected)) {
    expect(Math.abs((counts.get(pair) ?? 0) - share), pair).toBeLessThan(0.012);
  }
});
