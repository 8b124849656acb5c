import { keyIdOf, openWith, rewrapWith, type SealedPlace, type SealingKey, sealWith } from './envelope.ts';
import { loadSealingKeys, sealingKeysFile, versionOfFile } from './key-file.ts';

/** Seals what must not be readable in the database, and opens it. Values are bytes. */
export type Sealer = {
  /** With the newest key. @throws SealingKeysError when the keys cannot be read. */
  seal(value: Uint8Array, place: SealedPlace): Uint8Array;
  /** @throws SealError when it was changed, moved, or sealed with a key that is not here. */
  open(sealed: Uint8Array, place: SealedPlace): Uint8Array;
  /** The sealed value under the newest key; undefined when it is that already. @throws SealError */
  rewrap(sealed: Uint8Array, place: SealedPlace): Uint8Array | undefined;
  /** Ids of the keys that are here, the one that seals first. */
  keyIds(): readonly string[];
};

/** How long a change of the file of keys may go unseen, in ms. */
const UNSEEN = 1_000;

/**
 * The sealer of a data directory. It follows the file of keys: a key that `secrets rotate` adds seals within a second.
 * @param clock monotonic, in ms.
 * @throws SealingKeysError when the file is damaged; a file system error as it is.
 */
export function createSealer(dataDir: string, clock: () => number = () => performance.now()): Sealer {
  const file = sealingKeysFile(dataDir);
  let keys = loadSealingKeys(file);
  let version = versionOfFile(file);
  let lookedAt = clock();

  const look = (): void => {
    lookedAt = clock();
    const current = versionOfFile(file);
    if (current === version) return;
    keys = loadSealingKeys(file);
    version = current;
  };
  const newest = (): SealingKey => {
    if (clock() - lookedAt >= UNSEEN) look();
    const [first] = keys;
    if (first === undefined) throw new Error('loadSealingKeys answers one key at least');
    return first;
  };
  const find = (id: string): SealingKey | undefined => {
    const known = keys.find((each) => each.id === id);
    if (known !== undefined) return known;
    look();
    return keys.find((each) => each.id === id);
  };

  return {
    seal: (value, place) => sealWith(newest(), value, place),
    open: (sealed, place) => openWith(find, sealed, place),
    rewrap: (sealed, place) => {
      const sealing = newest();
      return keyIdOf(sealed, place) === sealing.id ? undefined : rewrapWith(find, sealing, sealed, place);
    },
    keyIds: () => {
      newest();
      return keys.map(({ id }) => id);
    },
  };
}
