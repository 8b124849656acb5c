import { createKey } from '../access/keys.ts';
import { loadPepper } from '../access/pepper.ts';
import { createSetupToken } from '../access/sign-in/setup-token.ts';
import { listKeys } from '../store/keys.ts';
import type { Store } from '../store/open.ts';
import { listUsers } from '../store/people/users.ts';
import { DEFAULT_PROJECT_ID } from '../store/projects.ts';

/** What whoever starts a server for the first time is shown once; undefined where it is there already. */
export type FirstRun = { firstKey: string | undefined; setupToken: string | undefined };

/** Makes what a new data directory needs so that somebody can use it. */
export async function prepareFirstRun(store: Store, dataDir: string): Promise<FirstRun> {
  return {
    firstKey: await createFirstKey(store, loadPepper(dataDir), Date.now()),
    setupToken: (await listUsers(store)).length > 0 ? undefined : createSetupToken(dataDir),
  };
}

/** Unique names are for people; the first key is called after what it is. */
const FIRST_KEY_NAME = 'first';

async function createFirstKey(store: Store, pepper: Uint8Array, now: number): Promise<string | undefined> {
  if ((await listKeys(store)).length > 0) return undefined;
  const { key } = await createKey(store, pepper, {
    name: FIRST_KEY_NAME,
    models: undefined,
    expiresAt: undefined,
    createdAt: now,
    projectId: DEFAULT_PROJECT_ID,
    tags: [],
  });
  return key;
}
