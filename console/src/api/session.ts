import { useSyncExternalStore } from 'react';
import type { AdminApi } from '../../../src/admin/contract.ts';
import { createStore } from './store.ts';

/** Who is signed in. */
export type Session = AdminApi['GET /session']['answer'];

/** A role, least first: each may do what those before it may. */
export type Role = Session['role'];

const ROLES: readonly Role[] = ['viewer', 'member', 'admin', 'owner'];

/** `unknown` until the server has said; `expired` keeps the pages that are open, with a sign-in dialog on top. */
export type SessionState =
  | { kind: 'unknown' }
  | { kind: 'failed'; error: Error }
  | { kind: 'signed-out' }
  | { kind: 'signed-in'; session: Session }
  | { kind: 'expired'; session: Session };

const store = createStore<SessionState>({ kind: 'unknown' });
let waiting: (() => void)[] = [];

/** The state now. */
export const sessionState = store.get;

/** Takes the session that the server has begun, and lets waiting requests go on. */
export function beginSession(session: Session): void {
  store.set({ kind: 'signed-in', session });
  const released = waiting;
  waiting = [];
  for (const go of released) go();
}

/** Nobody is signed in. */
export function endSession(): void {
  store.set({ kind: 'signed-out' });
}

/** The session could not be asked for. */
export function failSession(error: Error): void {
  store.set({ kind: 'failed', error });
}

/** The server no longer knows the session. Resolves when somebody has signed in again; what is on the page stays. */
export function awaitSignIn(): Promise<void> {
  const state = store.get();
  if (state.kind === 'signed-in') store.set({ kind: 'expired', session: state.session });
  return new Promise((resolve) => {
    waiting.push(resolve);
  });
}

/** The state, followed. */
export function useSessionState(): SessionState {
  return useSyncExternalStore(store.subscribe, store.get);
}

/** Who is signed in; undefined for nobody. */
export function useSession(): Session | undefined {
  const state = useSessionState();
  return state.kind === 'signed-in' || state.kind === 'expired' ? state.session : undefined;
}

/** Whether who is signed in may do what needs a role: hide what would only be refused. */
export function useMay(role: Role): boolean {
  const session = useSession();
  return session !== undefined && ROLES.indexOf(session.role) >= ROLES.indexOf(role);
}
