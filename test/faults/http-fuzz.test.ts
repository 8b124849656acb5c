import { afterAll, beforeAll, expect, test } from 'vitest';
import { makeToken, setUp } from '../support/administrator.ts';
import { call } from '../support/call.ts';
import { type Gateway, SIMULATOR_CONFIG, startGateway } from '../support/gateway.ts';
import { faultsOfInput, httpInputs } from '../support/http-fuzz.ts';

/** `npm run http-fuzz` sends 100,000. */
const INPUTS = Number(process.env['EZMODEL_HTTP_FUZZ_INPUTS'] ?? 10_000);
const SEED = Number(process.env['EZMODEL_HTTP_FUZZ_SEED'] ?? 20_261_126);
const SHOWN = 10;

let gateway: Gateway;
let adminToken: string;

beforeAll(async () => {
  gateway = await startGateway({ config: SIMULATOR_CONFIG });
  const { badge } = await makeToken(gateway, await setUp(gateway), 'viewer');
  adminToken = (badge['authorization'] ?? '').replace('Bearer ', '');
});

afterAll(() => gateway?.dispose());

test(`G14 C11 ${INPUTS} HTTP inputs, seed ${SEED}: no crash, no 5xx, no hang, nothing that nobody caught`, async () => {
  const { port, key } = gateway;
  const inputs = httpInputs(SEED, { port, key, adminToken });
  const faults: string[] = [];
  let sent = 0;
  const sendSome = async () => {
    for (const input of inputs) {
      if (++sent > INPUTS) return;
      for (const fault of await faultsOfInput(port, input)) {
        if (faults.length < SHOWN) faults.push(`${JSON.stringify(input.toString('latin1'))}: ${fault}`);
      }
    }
  };
  await Promise.all(Array.from({ length: 8 }, sendSome));
  expect(faults).toEqual([]);
  expect((await call(`${gateway.url}/healthz`)).status).toBe(200);
  expect(gateway.output.split('\n').filter((line) => /unhandled|uncaught|internal error/i.test(line))).toEqual([]);
  expect(await gateway.stop()).toBe(0);
}, 600_000);
