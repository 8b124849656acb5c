import * as z from 'zod';
import { PROJECT_ROLES, type ProjectRole, ROLES, type Role } from '../core/role.ts';
import type { OidcConfig } from './config.ts';
import type { LoosePlace } from './problem.ts';
import { type ReadSecret, secretOf, secretText } from './secret-file.ts';

const DOMAIN = /^[a-z0-9-]+(?:\.[a-z0-9-]+)+$/;

/** Signing in by an identity provider. */
export const oidcSchema = z
  .strictObject({
    name: z.string().trim().min(1).max(60).default('single sign-on').describe('What the sign-in page calls it.'),
    issuer: z.string().max(2_000).refine(isOrigin, 'must be an http or https address without query or fragment'),
    client_id: z.string().min(1).max(1_000),
    client_secret: secretText.optional().describe('Best as a reference; none for a public client.'),
    client_secret_file: z.string().min(1).optional().describe('A file that holds the secret instead.'),
    public_url: z
      .string()
      .max(2_000)
      .refine((url) => isOrigin(url) && new URL(url).pathname === '/', 'must be an address without a path')
      .describe('Where browsers reach this gateway; register <public_url>/admin/api/session/oidc/callback there.'),
    scopes: z.array(z.string().regex(/^[\x21\x23-\x5b\x5d-\x7e]+$/)).default(['openid', 'email', 'profile']),
    role_claim: z.string().min(1).max(200).default('groups').describe('The claim whose values give roles.'),
    roles: z
      .partialRecord(z.enum(ROLES), z.array(z.string().min(1)))
      .default({})
      .describe('Values of that claim by role; the highest that fits counts, at every sign-in.'),
    project_claim: z
      .string()
      .min(1)
      .max(200)
      .optional()
      .describe('The claim whose values give roles in projects. Default: the one that gives roles.'),
    projects: z
      .record(z.string().min(1).max(100), z.partialRecord(z.enum(PROJECT_ROLES), z.array(z.string().min(1))))
      .default({})
      .describe(
        'Values of that claim by project (its name) and role there; the highest that fits counts, at every sign-in, and who has none is taken out.',
      ),
    default_role: z.enum(ROLES).optional().describe('For who has no such value. Default: they are not let in.'),
    allowed_domains: z
      .array(z.string().regex(DOMAIN, 'must be a domain in lower case'))
      .default([])
      .describe('Domains of e-mail addresses that are let in. Default: all.'),
    trust_email: z
      .boolean()
      .default(false)
      .describe('Whether addresses count as verified although the provider does not say so.'),
    only: z.boolean().default(false).describe('Whether passwords are for owners alone.'),
    private_addresses: z
      .boolean()
      .default(false)
      .describe('Whether the provider may be on a loopback or private address, and speak http.'),
  })
  .describe('Signing in by an identity provider (OpenID Connect).');

/** The provider of a checked file, and what is wrong with it. */
export function oidcOf(
  entry: z.output<typeof oidcSchema> | undefined,
  read: ReadSecret,
): { oidc: OidcConfig | undefined; problems: LoosePlace[] } {
  if (entry === undefined) return { oidc: undefined, problems: [] };
  const problems: LoosePlace[] = [];
  const complain = (key: string, message: string) => problems.push({ path: ['server', 'admin', 'oidc', key], message });
  const { client_secret: secret, client_secret_file: file } = entry;
  const isPublic = secret === undefined && file === undefined;
  const found = isPublic ? undefined : secretOf({ secret, secret_file: file }, read);
  if (found?.problem)
    complain(`client_${found.problem.key}`, found.problem.message.replace('beside ', 'beside client_'));
  if (!entry.private_addresses && new URL(entry.issuer).protocol !== 'https:')
    complain('issuer', 'must be an https address');
  if (entry.default_role === undefined && Object.values(entry.roles).every((values) => values.length === 0)) {
    complain('roles', 'gives nobody a role: name values of the claim, or a default_role');
  }
  if (!entry.scopes.includes('openid')) complain('scopes', 'must hold openid');
  return {
    problems,
    oidc: {
      name: entry.name,
      issuer: entry.issuer,
      clientId: entry.client_id,
      clientSecret: found?.secret,
      publicUrl: new URL(entry.public_url).origin,
      scopes: entry.scopes,
      roleClaim: entry.role_claim,
      roles: new Map(ROLES.flatMap((role): [Role, readonly string[]][] => [[role, entry.roles[role] ?? []]])),
      projectClaim: entry.project_claim ?? entry.role_claim,
      projects: new Map(
        Object.entries(entry.projects).map(([name, values]) => [
          name,
          new Map(PROJECT_ROLES.map((role): [ProjectRole, readonly string[]] => [role, values[role] ?? []])),
        ]),
      ),
      defaultRole: entry.default_role,
      allowedDomains: entry.allowed_domains,
      trustEmail: entry.trust_email,
      only: entry.only,
      privateAddressesAllowed: entry.private_addresses,
    },
  };
}

function isOrigin(text: string): boolean {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const isHttp = url?.protocol === 'https:' || url?.protocol === 'http:';
  return isHttp && url.search === '' && url.hash === '' && url.username === '' && url.password === '';
}
