import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { brotliDecompressSync, gunzipSync, gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { isJsonObject, type JsonObject } from '../../src/core/json.ts';
import { type Gateway, SIMULATOR_CONFIG, startGateway } from '../support/gateway.ts';
import { PROJECT_ROOT } from '../support/source-tree.ts';

const BUILT = join(PROJECT_ROOT, 'dist/console');
/** Of the first page, packed with gzip: everything that comes before a page can be used. */
const FIRST_PAGE_LIMIT = 180 * 1024;

const manifest: JsonObject = JSON.parse(readFileSync(join(BUILT, 'manifest.json'), 'utf8'));

/** The files that an entry of the manifest brings with it, dynamic imports left out. */
function filesOf(name: string, seen = new Set<string>()): string[] {
  const entry = manifest[name];
  if (!isJsonObject(entry) || seen.has(name)) return [];
  seen.add(name);
  const texts = (value: unknown): string[] => (Array.isArray(value) ? value.map(String) : []);
  return [
    String(entry['file']),
    ...texts(entry['css']),
    ...texts(entry['imports']).flatMap((imported) => filesOf(imported, seen)),
  ];
}

describe('the built console', () => {
  test('its first page is at most 180 KB, packed', () => {
    const names = new Set([...filesOf('index.html'), ...filesOf('src/pages/overview/page.tsx'), 'index.html']);
    const sizes = [...names].map((name) => [name, gzipSync(readFileSync(join(BUILT, name))).length] as const);
    const total = sizes.reduce((sum, [, size]) => sum + size, 0);
    expect(names.size).toBeGreaterThan(4);
    expect(total, JSON.stringify(sizes)).toBeLessThanOrEqual(FIRST_PAGE_LIMIT);
  });

  test('each page is loaded when it is opened', () => {
    const first = filesOf('index.html').join(' ');
    for (const page of ['keys', 'playground', 'settings']) {
      const entry = manifest[`src/pages/${page}/page.tsx`];
      expect(isJsonObject(entry) && first.includes(String(entry['file']))).toBe(false);
    }
  });
});

describe('/console', () => {
  let gateway: Gateway;
  beforeAll(async () => {
    gateway = await startGateway({ config: SIMULATOR_CONFIG });
  });
  afterAll(() => gateway.dispose());

  const get = (path: string, headers: Record<string, string> = {}, method = 'GET') =>
    gateway.send(path, { method, headers });
  const asset = String((isJsonObject(manifest['index.html']) && manifest['index.html']['file']) || '');

  test('serves the one document at every address of a page, never kept, under a strict policy', async () => {
    for (const path of ['/console', '/console/', '/console/keys', '/console/exchanges/req_1?q=a']) {
      const { status, headers, text } = await get(path, { origin: 'https://evil.example' });
      expect(status).toBe(200);
      expect(text).toContain('<div id="app">');
      expect(text).not.toMatch(/<style|<script>|\son\w+=/);
      expect(headers).toMatchObject({
        'content-type': 'text/html; charset=utf-8',
        'cache-control': 'no-store',
        'x-content-type-options': 'nosniff',
        'referrer-policy': 'no-referrer',
        'cross-origin-opener-policy': 'same-origin',
        'cross-origin-resource-policy': 'same-origin',
      });
      const policy = headers['content-security-policy'] ?? '';
      expect(policy).toContain("default-src 'none'; script-src 'self'; style-src 'self'");
      expect(policy).toContain("frame-ancestors 'none'; base-uri 'none'; form-action 'self'");
      expect(policy).not.toContain('unsafe');
      expect(headers).not.toHaveProperty('access-control-allow-origin');
    }
  });

  test('serves assets packed as asked for, for a year, and says when one is still the same', async () => {
    const plain = await get(`/console/${asset}`, { 'accept-encoding': 'identity' });
    expect(plain.headers).toMatchObject({
      'content-type': 'text/javascript; charset=utf-8',
      'cache-control': 'public, max-age=31536000, immutable',
      vary: 'accept-encoding',
    });
    const source = readFileSync(join(BUILT, asset));
    const file = (end: string) => readFileSync(join(BUILT, asset + end));
    expect(brotliDecompressSync(file('.br')).equals(source)).toBe(true);
    expect(gunzipSync(file('.gz')).equals(source)).toBe(true);
    for (const [accepted, encoding] of [
      ['gzip, br', 'br'],
      ['gzip', 'gzip'],
      ['br;q=0, gzip', 'gzip'],
    ] as const) {
      const { headers } = await get(`/console/${asset}`, { 'accept-encoding': accepted }, 'HEAD');
      expect(headers['content-encoding']).toBe(encoding);
      expect(Number(headers['content-length'])).toBe(file(encoding === 'br' ? '.br' : '.gz').length);
    }
    const same = await get(`/console/${asset}`, { 'if-none-match': plain.headers['etag'] ?? '' });
    expect([same.status, same.text]).toEqual([304, '']);
  });

  test('serves nothing beside its files, and nothing to where the admin API is not', async () => {
    for (const path of ['assets/missing.js', 'assets/../../package.json', 'assets/%2e%2e/%2e%2e/main.js']) {
      expect((await get(`/console/${path}`)).text).not.toMatch(/"name"|import /);
    }
    expect((await get('/console/assets/missing.js')).status).toBe(404);
    expect((await get('/console/manifest.json')).text).toContain('<div id="app">');
    expect((await get('/console/keys', {}, 'POST')).status).toBe(405);
    for (const headers of [{ host: 'evil.example' }, { 'x-forwarded-for': '192.0.2.1' }]) {
      expect((await get('/console/', headers)).status).toBe(404);
    }
  });
});
