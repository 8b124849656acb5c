import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isJsonObject, type JsonObject, numberAt, stringAt } from '../../src/core/json.ts';
import { type Answer, call, type Outgoing } from './call.ts';
import type { Gateway } from './gateway.ts';
import { waitFor } from './wait.ts';

/** The owner that {@link setUp} makes. */
export const OWNER = { email: 'ann@example.org', name: 'Ann', password: 'correct horse battery' } as const;

/** Headers by which somebody is known to the admin API. */
export type Badge = Record<string, string>;

/** Asks the admin API of a gateway. */
export function ask(gateway: Gateway, badge: Badge, method: string, path: string, body?: JsonObject): Promise<Answer> {
  const outgoing: Outgoing = {
    method,
    headers: { ...(body && { 'content-type': 'application/json' }), ...badge },
    ...(body && { body }),
  };
  return call(`${gateway.url}/admin/api${path}`, outgoing);
}

/** The set-up token that the gateway has printed. */
export function setupTokenOf(gateway: Gateway): string {
  const token = /setup-[\w-]{43}/.exec(gateway.output)?.[0];
  if (token === undefined) throw new Error(`no set-up token in:\n${gateway.output}`);
  return token;
}

/** The set-up token in the data directory. @throws Error when it is not there. */
export function readSetupToken(gateway: Gateway): string {
  return readFileSync(join(gateway.dataDirectory, 'setup-token'), 'utf8').trim();
}

/** Makes the owner. */
export async function setUp(gateway: Gateway): Promise<Badge> {
  // Printed after the address, by which a server is known to have started.
  await waitFor('the set-up token', () => gateway.output.includes('setup-'));
  const answer = await ask(gateway, {}, 'POST', '/setup', { token: setupTokenOf(gateway), ...OWNER });
  if (answer.status !== 201) throw new Error(`set-up failed: ${answer.text}`);
  return badgeOf(answer);
}

/** Signs in. */
export async function signIn(gateway: Gateway, email: string, password: string): Promise<Badge> {
  const answer = await ask(gateway, {}, 'POST', '/session', { email, password });
  if (answer.status !== 201) throw new Error(`signing in failed: ${answer.text}`);
  return badgeOf(answer);
}

/** The session that an answer has begun, as its browser would send it. */
export function badgeOf(answer: Answer): Badge {
  const cookie = /__Host-ezmodel=[\w-]+/.exec(answer.headers['set-cookie'] ?? '')?.[0];
  const csrf = stringAt(answer.json(), 'csrf_token');
  if (cookie === undefined || csrf === undefined) throw new Error(`no session in ${answer.text}`);
  return { cookie, 'x-ezmodel-csrf': csrf };
}

/** Makes an admin token with a role. */
export async function makeToken(gateway: Gateway, owner: Badge, role: string): Promise<{ id: string; badge: Badge }> {
  const answer = await ask(gateway, owner, 'POST', '/tokens', { name: role, role, days: 1 });
  const { token, record } = answer.json();
  if (typeof token !== 'string' || !isJsonObject(record)) throw new Error(`no token in ${answer.text}`);
  return { id: stringAt(record, 'id') ?? '', badge: { authorization: `Bearer ${token}` } };
}

/** The `status` that a problem details body repeats; undefined when the body is none. */
export function problemStatus(answer: Answer): number | undefined {
  const isProblem = answer.headers['content-type'] === 'application/problem+json';
  return isProblem ? numberAt(answer.json(), 'status') : undefined;
}

/** A person that {@link makeUser} made. */
export type Person = { id: string; email: string; password: string };

/** Makes a user with a role. */
export async function makeUser(gateway: Gateway, owner: Badge, name: string, role: string): Promise<Person> {
  const person = { email: `${name}@example.org`, password: `the password of ${name}` };
  const answer = await ask(gateway, owner, 'POST', '/users', { ...person, name, role });
  const { user } = answer.json();
  if (!isJsonObject(user)) throw new Error(`no user in ${answer.text}`);
  return { id: stringAt(user, 'id') ?? '', ...person };
}

/** Makes a project. @returns its id. */
export async function makeProject(gateway: Gateway, name: string): Promise<string> {
  const made = await gateway.command('projects', 'create', '--name', name, '--json');
  const id = /proj_\w+/.exec(made.stdout)?.[0];
  if (id === undefined) throw new Error(`no project: ${made.stdout}${made.stderr}`);
  return id;
}
