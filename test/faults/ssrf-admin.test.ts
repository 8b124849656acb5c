import { generateKeyPairSync, sign } from 'node:crypto';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { createOidcClient } from '../../src/access/sign-in/oidc.ts';
import type { OidcConfig } from '../../src/config/config.ts';
import type { JsonObject } from '../../src/core/json.ts';
import { AddressRefusedError } from '../../src/upstream/address-guard.ts';
import { type GuardedFetch, guardedFetch } from '../../src/upstream/guarded-fetch.ts';
import { ask, type Badge, setUp } from '../support/administrator.ts';
import type { Answer } from '../support/call.ts';
// Leads a few names to this machine, in this process as in the gateway's.
import '../support/flapping-names.ts';
import { type Gateway, SIMULATOR_CONFIG, startGateway } from '../support/gateway.ts';
import { eachOf, SsrfCanary } from '../support/ssrf-canary.ts';
import { FLAPPING_NAMES, ssrfUrls } from '../support/ssrf-urls.ts';

/** Tests of channels that a gateway runs at once. */
const LANES = 2;

let canary: SsrfCanary;
let gateway: Gateway;
let owner: Badge;
let urls: string[] = [];

beforeAll(async () => {
  canary = await SsrfCanary.start();
  urls = ssrfUrls(canary.port);
  gateway = await startGateway({
    config: SIMULATOR_CONFIG,
    environment: { NODE_OPTIONS: `--import=${join(import.meta.dirname, '../support/flapping-names.ts')}` },
  });
  owner = await setUp(gateway);
  for (let lane = 0; lane < LANES; lane++) {
    const channel = { name: `trap-${lane}`, provider: 'openai-compatible', base_url: 'https://upstream.invalid' };
    const timeouts = { connect: '300ms', total: '2s' };
    const made = await asOwner('POST', '/channels', { ...channel, models: [`trapped-${lane}`], timeouts });
    const webhook = { name: `trap-${lane}`, url: 'https://receiver.invalid/', secret: 'a-secret-of-the-webhook' };
    const told = await asOwner('POST', '/webhooks', { ...webhook, timeout_ms: 300 });
    for (const answer of [made, told]) if (answer.status !== 201) throw new Error(answer.text);
  }
});

beforeEach(() => {
  canary.connections = 0;
});

afterAll(async () => {
  await gateway?.dispose();
  canary?.close();
});

const asOwner = (method: string, path: string, body: JsonObject): Promise<Answer> =>
  ask(gateway, owner, method, path, body);

/** Tries a channel in every way that makes it connect. */
async function use(lane: number): Promise<void> {
  const tested = await asOwner('POST', `/channels/trap-${lane}/test`, {});
  expect(tested.json()).toMatchObject({ ok: false });
  const body = { model: `trapped-${lane}`, max_tokens: 8, messages: [{ role: 'user', content: 'hi' }] };
  expect((await gateway.messages(body)).status).toBeGreaterThanOrEqual(500);
}

test('G26 law SSRF: no address of the corpus as that of a channel reaches anything, said over the admin API or by its name', async () => {
  let accepted = 0;
  const wrong: string[] = [];
  await eachOf(urls, LANES, async (url, lane) => {
    const { status, text } = await asOwner('PATCH', `/channels/trap-${lane}`, { base_url: url });
    if (status === 200) {
      accepted++;
      // More than once: a name may lead elsewhere the next time.
      await use(lane);
      await use(lane);
    } else if (status !== 400) wrong.push(`${JSON.stringify(url)}: ${status} ${text.slice(0, 200)}`);
  });
  expect(wrong).toEqual([]);
  // Names are looked at when they are connected to.
  expect(accepted).toBeGreaterThanOrEqual(FLAPPING_NAMES.length);
  expect(canary.connections).toBe(0);
});

test('G26 law SSRF: nor does one as that of a webhook, said over the admin API or by its name', async () => {
  let accepted = 0;
  const wrong: string[] = [];
  await eachOf(urls, LANES, async (url, lane) => {
    const { status, text } = await asOwner('PATCH', `/webhooks/trap-${lane}`, { url });
    if (status === 200) {
      accepted++;
      for (let times = 0; times < 2; times++) {
        const tested = await ask(gateway, owner, 'POST', `/webhooks/trap-${lane}/test`);
        expect(tested.json()).toMatchObject({ ok: false, status: null, problem: expect.any(String) });
      }
    } else if (status !== 400) wrong.push(`${JSON.stringify(url)}: ${status} ${text.slice(0, 200)}`);
  });
  expect(wrong).toEqual([]);
  expect(accepted).toBeGreaterThanOrEqual(FLAPPING_NAMES.length);
  expect(canary.connections).toBe(0);
});

test('G26 law SSRF: nor does one as the path of an API or of a health check', async () => {
  const host = `127.0.0.1:${canary.port}`;
  const paths = [
    `//${host}/x`,
    `/\\${host}/x`,
    `@${host}/x`,
    `:x@${host}/`,
    `.${host}`,
    `http://${host}/x`,
    `/..//${host}`,
  ];
  await asOwner('PATCH', '/channels/trap-0', { base_url: 'https://upstream.invalid' });
  for (const path of paths) {
    const served = await asOwner('PATCH', '/channels/trap-0', { endpoints: { 'openai-chat': path } });
    if (served.status === 200) await use(0);
    else expect([path, served.status]).toEqual([path, 400]);
    const checked = await asOwner('PATCH', '/channels/trap-0', { health_check: { interval: '1s', path } });
    expect([path, checked.status]).toEqual([path, served.status]);
  }
  expect(canary.connections).toBe(0);
});

/** The provider that an operator has configured, as far as it answers; everything else is called as it would be. */
const ISSUER = 'https://provider.example.org';
const CALLBACK = { code: 'a', state: '' };

const configOf = (issuer: string): OidcConfig => ({
  ...{
    name: 'provider',
    issuer,
    clientId: 'ezmodel',
    clientSecret: 'secret',
    publicUrl: 'https://gateway.example.org',
  },
  ...{
    scopes: ['openid'],
    roleClaim: 'groups',
    roles: new Map(),
    projectClaim: 'groups',
    projects: new Map(),
    defaultRole: 'viewer',
    allowedDomains: [],
  },
  ...{ trustEmail: false, only: false, privateAddressesAllowed: false },
});

/** What the guard refused. */
let refused = 0;

/** Calls as the gateway does, with less patience. @param answers what the provider itself says, by path. */
const caller =
  (answers: Record<string, () => JsonObject> = {}): GuardedFetch =>
  async (url, init, limits) => {
    const { origin, pathname } = new URL(url);
    const answer = answers[pathname];
    if (origin === ISSUER && answer) return Response.json(answer());
    return guardedFetch(url, init, { ...limits, timeout: 500 }).catch((error) => {
      if (error instanceof AddressRefusedError || error.cause instanceof AddressRefusedError) refused++;
      throw error;
    });
  };

/** The corpus as a provider with TLS would say it. */
const secureUrls = () => [...new Set(urls.map((url) => url.replace(/^http:/i, 'https:')))];

test('the names of the corpus lead to the canary where private addresses are allowed', async () => {
  const limits = { maxBytes: 100, timeout: 500, privateAddressesAllowed: true };
  const url = `http://inside.test:${canary.port}/`;
  await guardedFetch(url, { method: 'GET', headers: {} }, limits).catch(() => undefined);
  expect(canary.connections).toBe(1);
});

test('G26 law SSRF: no address of the corpus as that of an identity provider reaches anything', async () => {
  refused = 0;
  const answered: string[] = [];
  await eachOf([...urls, ...secureUrls()], 16, async (url) => {
    const client = createOidcClient(caller(), Buffer.alloc(32), Date.now);
    const begun = () => client.begin(configOf(url), '/admin/api');
    for (let times = 0; times < 2; times++)
      await begun().then(
        () => answered.push(url),
        () => undefined,
      );
  });
  expect(answered).toEqual([]);
  expect(refused).toBeGreaterThan(150);
  expect(canary.connections).toBe(0);
});

/** Where the provider's own metadata may lead the gateway, and what it must have answered before it is asked. */
test.each(['token_endpoint', 'jwks_uri', 'userinfo_endpoint'])(
  'G26 law SSRF: nor does one that the metadata of a provider give as its %s',
  async (field) => {
    refused = 0;
    const ended: string[] = [];
    await eachOf(secureUrls(), 16, async (url) => {
      let nonce = '';
      const metadata = () => ({
        ...{ issuer: ISSUER, authorization_endpoint: `${ISSUER}/authorize`, token_endpoint: `${ISSUER}/token` },
        jwks_uri: `${ISSUER}/jwks`,
        [field]: url,
      });
      const tokens = () => ({ access_token: 'a', token_type: 'Bearer', id_token: idTokenOf(nonce) });
      const { n = '', e = '' } = SIGNING.publicKey.export({ format: 'jwk' });
      const keys = () => ({ keys: [{ kty: 'RSA', n, e }] });
      const call = caller({ '/.well-known/openid-configuration': metadata, '/token': tokens, '/jwks': keys });
      const client = createOidcClient(call, Buffer.alloc(32), Date.now);
      const { url: begun, flow } = await client.begin(configOf(ISSUER), '/admin/api');
      const sent = new URL(begun).searchParams;
      nonce = sent.get('nonce') ?? '';
      const query = { ...CALLBACK, state: sent.get('state') ?? '' };
      await client.finish(configOf(ISSUER), '/admin/api', flow, query).then(
        () => ended.push(url),
        () => undefined,
      );
    });
    expect(ended).toEqual([]);
    expect(refused).toBeGreaterThan(150);
    expect(canary.connections).toBe(0);
  },
);

/** What the provider signs with. */
const SIGNING = generateKeyPairSync('rsa', { modulusLength: 2048 });

/** An ID token of the provider. */
function idTokenOf(nonce: string): string {
  const seconds = Math.floor(Date.now() / 1_000);
  const claims = { iss: ISSUER, sub: '1', aud: 'ezmodel', iat: seconds, exp: seconds + 60, nonce };
  const part = (value: JsonObject) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const signed = `${part({ alg: 'RS256' })}.${part(claims)}`;
  return `${signed}.${sign('sha256', Buffer.from(signed), SIGNING.privateKey).toString('base64url')}`;
}
