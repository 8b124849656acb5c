import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { addSealingKey, loadSealingKeys, removeSealingKey, SealingKeysError, sealingKeysFile } from './key-file.ts';
import { createSealer } from './sealer.ts';

const place = { table: 'credentials', id: 'c1', column: 'secret' };
const value = Buffer.from('what is sealed');

describe('the sealer of a data directory', () => {
  let dataDir = '';
  beforeEach(() => {
    vi.stubEnv('EZMODEL_SECRET', '');
    vi.stubEnv('EZMODEL_SEALING_KEYS', '');
    dataDir = mkdtempSync(join(tmpdir(), 'ezmodel-seal-'));
  });
  afterEach(() => {
    vi.unstubAllEnvs();
    rmSync(dataDir, { recursive: true });
  });

  it('makes its key once, in a file for nobody else, and opens what another process sealed', () => {
    const sealed = createSealer(dataDir).seal(value, place);
    expect(statSync(join(dataDir, 'sealing-keys')).mode & 0o777).toBe(0o600);
    expect(Buffer.from(createSealer(dataDir).open(sealed, place)).toString()).toBe(value.toString());
  });

  it('takes its key from EZMODEL_SECRET, the same on every node, and makes no file then', () => {
    vi.stubEnv('EZMODEL_SECRET', 'x'.repeat(40));
    const sealed = createSealer(dataDir).seal(value, place);
    expect(statSync(join(dataDir, 'sealing-keys'), { throwIfNoEntry: false })).toBeUndefined();
    expect(Buffer.compare(createSealer(join(dataDir, 'elsewhere')).open(sealed, place), value)).toBe(0);
    vi.stubEnv('EZMODEL_SECRET', 'y'.repeat(40));
    expect(() => createSealer(dataDir).open(sealed, place)).toThrow(
      /key [0-9a-f]{16}, which this process does not have/,
    );
  });

  it('seals with a key that was added while it runs, and still opens what is older', () => {
    let time = 0;
    const sealer = createSealer(dataDir, () => time);
    const file = sealingKeysFile(dataDir);
    const sealed = sealer.seal(value, place);
    const added = addSealingKey(file);
    const elsewhere = createSealer(dataDir).seal(value, place);
    expect(Buffer.compare(sealer.open(elsewhere, place), value)).toBe(0);
    time = 1_000;
    expect(sealer.keyIds()[0]).toBe(added.id);
    const moved = sealer.rewrap(sealed, place);
    expect(moved && Buffer.compare(sealer.open(moved, place), value)).toBe(0);
    expect(moved && sealer.rewrap(moved, place)).toBeUndefined();
    const [, before] = loadSealingKeys(file);
    removeSealingKey(file, before?.id ?? '');
    expect(loadSealingKeys(file).map(({ id }) => id)).toEqual([added.id]);
    expect(() => removeSealingKey(file, added.id)).toThrow(/is the key that seals/);
    expect(() => removeSealingKey(file, 'no such')).toThrow(/has no key no such/);
  });

  it('says which line of the file is damaged, and lets one process at a time change it', () => {
    const file = sealingKeysFile(dataDir);
    addSealingKey(file);
    writeFileSync(`${file}.next`, '');
    expect(() => addSealingKey(file)).toThrow(/sealing-keys\.next is there/);
    rmSync(`${file}.next`);
    writeFileSync(file, `${readFileSync(file, 'utf8')}ezk1.short\n`);
    expect(() => createSealer(dataDir)).toThrow(SealingKeysError);
    expect(() => createSealer(dataDir)).toThrow(/line 2/);
  });
});
