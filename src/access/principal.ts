import type { UnpricedSetting } from '../core/unpriced.ts';
import type { KeyRecord } from '../store/keys.ts';
import { keyExpiry } from './keys.ts';

/** Who makes a request: the holder of a key. */
export type Principal = {
  keyId: string;
  name: string;
  projectId: string;
  projectName: string;
  /** What the project is charged for a price, in ten-thousandths. */
  markup: number;
  /** How budgets take models without a price; null: as everywhere. */
  unpriced: UnpricedSetting | null;
  /** Lists of public model names or patterns, of key and project: a model must be on each of them. */
  modelLists: readonly (readonly string[])[];
  /** Lists of CIDR ranges, of key and project: an address must be in each of them. */
  ipLists: readonly (readonly string[])[];
  /** Tags of key and project, each once. */
  tags: readonly string[];
  /** Unix ms at which the key or its project expires; null: never. */
  expiresAt: number | null;
};

/** Of each record one: requests of a key that are open at once share theirs. */
const principals = new WeakMap<KeyRecord, Principal>();

/** The principal that a key stands for. */
export function principalOf(key: KeyRecord): Principal {
  const known = principals.get(key);
  if (known) return known;
  const principal = makePrincipal(key);
  principals.set(key, principal);
  return principal;
}

function makePrincipal(key: KeyRecord): Principal {
  const { project } = key;
  return {
    keyId: key.id,
    name: key.name,
    projectId: project.id,
    projectName: project.name,
    markup: project.markup,
    unpriced: project.unpriced,
    modelLists: [key.models, project.models].filter((list) => list !== null),
    ipLists: [key.ipAllow, project.ipAllow].filter((list) => list !== null),
    tags: [...new Set([...key.tags, ...project.defaultTags])],
    expiresAt: keyExpiry(key),
  };
}
