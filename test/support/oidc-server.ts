import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Provider } from 'oidc-provider';
import { call } from './call.ts';

/** What the provider says of an account. */
export type Claims = Record<string, string | boolean | string[]>;

/** A real identity provider, in which {@link OidcServer.visit} signs in. */
export type OidcServer = {
  issuer: string;
  /** Accounts by subject; may be changed while it runs. */
  accounts: Map<string, Claims>;
  /** Paths that were called, in order. */
  calls: string[];
  /** Who is signed in there from now on. */
  enter(subject: string): void;
  /** Writes these claims into every ID token from now on, under the signature that it had; undefined: none. */
  forge(claims: Claims | undefined): void;
  /** Goes where a browser would, as this account, until it is led back. @returns the address of that. */
  visit(url: string, subject: string): Promise<URL>;
  close(): Promise<void>;
};

const CLIENT = { id: 'ezmodel', secret: 'the-secret-of-the-client' } as const;

/** The client that is registered there. */
export const OIDC_CLIENT = CLIENT;

/** Starts an identity provider on a free port of this machine. */
export async function startOidcServer(publicUrl: string): Promise<OidcServer> {
  const accounts = new Map<string, Claims>();
  const calls: string[] = [];
  let subject = '';
  let forged: Claims | undefined;
  const server = createServer((request, response) => {
    calls.push((request.url ?? '').split('?')[0] ?? '');
    if (request.url?.startsWith('/interaction/')) {
      void provider.interactionFinished(request, response, { login: { accountId: subject } });
      return;
    }
    if (forged !== undefined && request.url === '/token') forgeAnswer(response, forged);
    void answer(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const issuer = `http://127.0.0.1:${port}`;
  const provider = new Provider(issuer, {
    clients: [
      {
        client_id: CLIENT.id,
        client_secret: CLIENT.secret,
        redirect_uris: [`${publicUrl}/admin/api/session/oidc/callback`],
        post_logout_redirect_uris: [`${publicUrl}/console`],
      },
    ],
    claims: { openid: ['sub'], email: ['email', 'email_verified'], profile: ['name', 'groups'] },
    cookies: { keys: ['of the test'] },
    features: { devInteractions: { enabled: false } },
    interactions: { url: (_: unknown, { uid }: { uid: string }) => `/interaction/${uid}` },
    findAccount: (_: unknown, id: string) => ({ accountId: id, claims: () => ({ sub: id, ...accounts.get(id) }) }),
    loadExistingGrant: async ({ oidc }: { oidc: { client: { clientId: string }; session: { accountId: string } } }) => {
      const grant = new provider.Grant({ clientId: oidc.client.clientId, accountId: oidc.session.accountId });
      grant.addOIDCScope('openid email profile');
      await grant.save();
      return grant;
    },
  });
  const answer = provider.callback();

  return {
    issuer,
    accounts,
    calls,
    enter: (as) => {
      subject = as;
    },
    forge: (claims) => {
      forged = claims;
    },
    visit: async (url, as) => {
      subject = as;
      const jar = new Map<string, string>();
      for (let next = new URL(url), hops = 0; hops < 10; hops++) {
        const cookie = [...jar].map(([name, value]) => `${name}=${value}`).join('; ');
        const { headers } = await call(next.href, { method: 'GET', headers: { cookie } });
        for (const each of [headers['set-cookie'] ?? []]
          .flat()
          .join(',')
          .split(/,(?=\s*[\w.]+=)/)) {
          const [, name, value] = /^\s*([\w.]+)=([^;]*)/.exec(each) ?? [];
          if (name !== undefined) jar.set(name, value ?? '');
        }
        if (headers['location'] === undefined) throw new Error(`${next} leads nowhere`);
        next = new URL(headers['location'], next);
        if (next.origin === publicUrl) return next;
      }
      throw new Error(`${url} never leads back`);
    },
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** Changes the ID token in an answer that is about to be written, as somebody between gateway and provider might. */
function forgeAnswer(response: ServerResponse, claims: Claims): void {
  const end = response.end.bind(response);
  response.end = (body: unknown) => {
    const tokens = JSON.parse(String(body));
    const [head, payload = '', signature] = String(tokens.id_token).split('.');
    const told = JSON.parse(Buffer.from(payload, 'base64url').toString());
    const changed = Buffer.from(JSON.stringify({ ...told, ...claims })).toString('base64url');
    const text = JSON.stringify({ ...tokens, id_token: [head, changed, signature].join('.') });
    response.setHeader('content-length', Buffer.byteLength(text));
    return end(text);
  };
}
