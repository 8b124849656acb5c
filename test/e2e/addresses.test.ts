import { afterEach, expect, test } from 'vitest';
import { type Gateway, SIMULATOR_CONFIG, startGateway } from '../support/gateway.ts';

let gateway: Gateway;
afterEach(() => gateway?.dispose());

test('a key is used only from where it and its project may be used, told by trusted proxies alone', async () => {
  gateway = await startGateway({ config: `${SIMULATOR_CONFIG}server: { trusted_proxies: [127.0.0.0/8] }\n` });
  const { key } = await gateway.createKey('office', '--ip-allow', '10.0.0.0/8,2001:db8::/32');
  await gateway.waitForKey(key, true);
  const ask = (forwarded?: string) =>
    gateway.send('/v1/models', {
      headers: { 'x-api-key': key, ...(forwarded !== undefined && { 'x-forwarded-for': forwarded }) },
    });
  expect((await ask('10.1.2.3')).status).toBe(200);
  expect((await ask('198.51.100.7, ::ffff:10.1.2.3, 127.0.0.2')).status).toBe(200);
  expect((await ask('2001:db8::7')).status).toBe(200);
  // What a client says of itself stands left of what the proxy saw.
  const refused = await ask('10.1.2.3, 198.51.100.7');
  expect(refused.status).toBe(403);
  expect(refused.json()).toMatchObject({ type: 'error', error: { type: 'permission_error' } });
  expect((await ask()).status).toBe(403);
  const chat = await gateway.send('/v1/chat/completions', { method: 'POST', body: {}, headers: { 'x-api-key': key } });
  expect(chat.status).toBe(403);
  expect(chat.json()).toMatchObject({ error: { type: 'invalid_request_error' } });
});
