import { describe, expect, it } from 'vitest';
import { isSealed } from '../core/opaque.ts';
import { createEnvelope } from './opaque-envelope.ts';

const envelope = createEnvelope(new Uint8Array(32).fill(7));
const state = { origin: 'maker', data: { text: 'Größe 🙂', signature: 'abc' } };

describe('opaque envelope', () => {
  it('gives back what was sealed, and seals the same state the same way', () => {
    const sealed = envelope.seal(state);
    expect(isSealed(sealed)).toBe(true);
    expect(sealed).toMatch(/^ezm1\.[\w-]+\.[\w-]+$/);
    expect(envelope.seal(state)).toBe(sealed);
    expect(envelope.open(sealed)).toEqual(state);
  });

  it('opens nothing that was changed, cut or sealed by another', () => {
    const sealed = envelope.seal(state);
    const other = createEnvelope(new Uint8Array(32).fill(8)).seal(state);
    const changed = sealed.replace(/^ezm1\../, (start) => `${start.slice(0, -1)}${start.endsWith('A') ? 'B' : 'A'}`);
    for (const text of [changed, other, sealed.slice(0, -1), sealed.slice(0, 40), 'ezm1.', 'ezm1..', 'EqQB…', '']) {
      expect(envelope.open(text), text).toBeUndefined();
    }
  });
});
