import { afterAll, beforeAll, expect, test } from 'vitest';
import { type MalformedAdminRequest, malformedAdminRequests } from '../support/admin-malformed.ts';
import { type Badge, makeToken, problemStatus, setUp } from '../support/administrator.ts';
import { call } from '../support/call.ts';
import { type Gateway, SIMULATOR_CONFIG, startGateway } from '../support/gateway.ts';

let gateway: Gateway;
let badge: Badge;

beforeAll(async () => {
  gateway = await startGateway({ config: SIMULATOR_CONFIG });
  badge = (await makeToken(gateway, await setUp(gateway), 'owner')).badge;
});

afterAll(() => gateway?.dispose());

test('C13 G13 two thousand malformed requests to the admin API are each a 4xx with problem details, and change nothing', async () => {
  const corpus = malformedAdminRequests();
  expect(corpus.length).toBeGreaterThanOrEqual(2_000);
  const rowsBefore = await auditLength();
  const faults: string[] = [];
  const waiting = [...corpus];
  const sendAll = async () => {
    for (let next = waiting.shift(); next; next = waiting.shift()) faults.push(...(await faultsOf(next)));
  };
  await Promise.all(Array.from({ length: 8 }, sendAll));
  expect(faults).toEqual([]);
  expect(await auditLength()).toBe(rowsBefore);
});

async function faultsOf({ name, method, path, headers, body }: MalformedAdminRequest): Promise<string[]> {
  const hasBody = body.length > 0;
  const answer = await call(`${gateway.url}/admin/api${path}`, {
    method,
    headers: { ...badge, ...(hasBody && { 'content-type': 'application/json' }), ...headers },
    ...(hasBody && { body }),
  });
  const faults: string[] = [];
  if (answer.status < 400 || answer.status > 499) faults.push(`status ${answer.status}`);
  if (problemStatus(answer) !== answer.status) faults.push(`not a problem: ${answer.text.slice(0, 200)}`);
  return faults.map((fault) => `${name.slice(0, 200)}: ${fault}`);
}

async function auditLength(): Promise<number> {
  const answer = await call(`${gateway.url}/admin/api/audit?limit=200`, { headers: badge });
  const { rows } = answer.json();
  if (!Array.isArray(rows)) throw new Error(`no audit log in ${answer.text}`);
  return rows.length;
}
