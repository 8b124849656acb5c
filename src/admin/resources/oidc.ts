import { z } from '@hono/zod-openapi';
import { newId } from '../../access/new-id.ts';
import type { OidcPerson } from '../../access/sign-in/oidc.ts';
import type { OidcConfig } from '../../config/config.ts';
import { deleteSessionsStatement } from '../../store/people/sessions.ts';
import { findLogin, insertLoginStatement } from '../../store/people/user-logins.ts';
import {
  findUser,
  findUserByEmail,
  insertUserStatement,
  listUsers,
  type UserRecord,
  updateUserStatement,
} from '../../store/people/users.ts';
import type { Statement } from '../../store/query.ts';
import { ADMIN_API } from '../address.ts';
import { makeChange } from '../audited.ts';
import { type AdminParts, type Endpoint, NOTHING, openEndpoint } from '../endpoint.ts';
import { AdminError } from '../problem.ts';
import { beginSession } from './begin-session.ts';
import { hasOwner } from './last-owner.ts';
import { projectMoves, tellMove } from './oidc-projects.ts';
import { showUser } from './user-shape.ts';

/** Where the sign-in page says why somebody was not let in. */
const SIGN_IN_PAGE = '/console';

/** Why somebody was not let in, as the page gets it. */
type Refusal = 'oidc_failed' | 'oidc_no_role' | 'oidc_no_email' | 'oidc_domain' | 'oidc_email_taken' | 'oidc_disabled';

class RefusedPerson extends Error {
  readonly reason: Refusal;
  constructor(reason: Refusal) {
    super(reason);
    this.reason = reason;
  }
}

/** Signing in by an identity provider. */
export const oidcEndpoints: readonly Endpoint[] = [
  openEndpoint({
    method: 'get',
    path: '/session/ways',
    summary: 'How one may sign in',
    status: 200,
    params: NOTHING,
    query: NOTHING,
    body: NOTHING,
    answer: z.object({ password: z.enum(['everybody', 'owners']), oidc: z.object({ name: z.string() }).nullable() }),
    handle: async ({ config }) => {
      const { oidc } = config().server.admin;
      const password = oidc?.only ? ('owners' as const) : ('everybody' as const);
      return { password, oidc: oidc ? { name: oidc.name } : null };
    },
  }),
  openEndpoint({
    method: 'post',
    path: '/session/oidc',
    summary: 'Begin to sign in by the identity provider; answers where to send the browser',
    status: 201,
    params: NOTHING,
    query: NOTHING,
    body: NOTHING,
    answer: z.object({ url: z.string() }),
    handle: async (parts, call) => {
      const begun = await parts.oidc.begin(providerOf(parts), ADMIN_API).catch(() => {
        throw new AdminError('unavailable', 'The identity provider does not answer', { retryAfter: 5 });
      });
      call.setFlow(begun.flow);
      return { url: begun.url };
    },
  }),
  openEndpoint({
    method: 'get',
    path: '/session/oidc/callback',
    summary: 'Where the identity provider sends the browser back to; begins a session and leads to the console',
    status: 200,
    params: NOTHING,
    // Providers add what they like.
    query: z.object({ state: z.string().optional() }).catchall(z.string()),
    body: NOTHING,
    answer: z.object({}),
    handle: async (parts, call) => {
      const provider = providerOf(parts);
      const { flow } = call;
      call.setFlow(undefined);
      let subject = 'user:unknown';
      try {
        const person = await finish(parts, provider, flow, call.query);
        const { user, statements, before } = await admit(parts, provider, person);
        subject = `user:${user.id}`;
        if (user.disabledAt !== null) throw new RefusedPerson('oidc_disabled');
        const moves = await projectMoves(parts, user.id, person.projects);
        const after = { ...showUser(user), ...(moves.length > 0 && { projects: moves.map(tellMove) }) };
        const change = { action: 'session.begin', before: before && showUser(before), after };
        const all = [...statements, ...moves.map(({ statement }) => statement)];
        await beginSession(parts, call, user, all, change, person.issuer);
        call.redirect('/console');
      } catch (error) {
        if (!(error instanceof RefusedPerson)) throw error;
        const after = { by: 'oidc', reason: error.reason };
        await makeChange(parts, call, [], { action: 'session.refuse', subject, before: null, after });
        call.redirect(`${SIGN_IN_PAGE}?refused=${error.reason}`);
      }
      return {};
    },
  }),
];

function providerOf({ config }: AdminParts): OidcConfig {
  const { oidc } = config().server.admin;
  if (!oidc) throw new AdminError('not_found', 'No identity provider is configured');
  return oidc;
}

async function finish(
  { oidc }: AdminParts,
  provider: OidcConfig,
  flow: string | undefined,
  query: Readonly<Record<string, string | undefined>>,
): Promise<OidcPerson> {
  if (flow === undefined) throw new RefusedPerson('oidc_failed');
  const given = Object.entries(query).flatMap(([name, value]): [string, string][] =>
    value === undefined ? [] : [[name, value]],
  );
  return oidc.finish(provider, ADMIN_API, flow, Object.fromEntries(given)).catch(() => {
    throw new RefusedPerson('oidc_failed');
  });
}

/** The user that a person is, with what must be written for it. @throws RefusedPerson */
async function admit(
  { store, now }: AdminParts,
  provider: OidcConfig,
  person: OidcPerson,
): Promise<{ user: UserRecord; before: UserRecord | null; statements: Statement[] }> {
  if (!isInAllowedDomain(provider, person)) throw new RefusedPerson('oidc_domain');
  const { role } = person;
  if (role === undefined) throw new RefusedPerson('oidc_no_role');
  const linkedId = await findLogin(store, person.issuer, person.subject);
  const linked = linkedId === undefined ? undefined : await findUser(store, linkedId);
  if (linked) return takeOverRole(await listUsers(store), linked, person.hasClaimedRole ? role : linked.role);
  // An address that is not verified might be anybody's.
  if (person.email === undefined) throw new RefusedPerson('oidc_no_email');
  const at = now();
  const login = (userId: string) =>
    insertLoginStatement({ issuer: person.issuer, subject: person.subject, userId, linkedAt: at });
  const namesake = await findUserByEmail(store, person.email);
  if (namesake) {
    // Only where the operator has said whose addresses the provider vouches for.
    if (provider.allowedDomains.length === 0) throw new RefusedPerson('oidc_email_taken');
    return { user: namesake, before: namesake, statements: [login(namesake.id)] };
  }
  const user: UserRecord = {
    id: newId('user', at),
    email: person.email,
    name: (person.name ?? person.email).slice(0, 100),
    role,
    password: null,
    createdAt: at,
    disabledAt: null,
  };
  return { user, before: null, statements: [insertUserStatement(user), login(user.id)] };
}

function isInAllowedDomain({ allowedDomains }: OidcConfig, { email }: OidcPerson): boolean {
  if (allowedDomains.length === 0) return true;
  return email !== undefined && allowedDomains.includes(email.slice(email.lastIndexOf('@') + 1));
}

/** The role that the provider gives now, unless nobody would be left who can do everything. */
function takeOverRole(
  users: readonly UserRecord[],
  before: UserRecord,
  role: UserRecord['role'],
): { user: UserRecord; before: UserRecord; statements: Statement[] } {
  const user = { ...before, role };
  if (role === before.role || !hasOwner(users, user)) return { user: before, before, statements: [] };
  const statements = [updateUserStatement(user.id, { role }), deleteSessionsStatement({ userId: user.id })];
  return { user, before, statements };
}
