import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { curlExample } from './welcome.ts';

/** What a shell hands to `curl` when the line is pasted. */
async function argumentsOf(line: string): Promise<string[]> {
  const script = `curl() { printf '%s\\0' "$@"; }; EZMODEL_API_KEY=from-the-shell; ${line}`;
  const { stdout } = await promisify(execFile)('sh', ['-c', script]);
  return stdout.split('\0').slice(0, -1);
}

test('the curl line reaches the server as meant when it is pasted', async () => {
  const line = curlExample({ address: 'http://127.0.0.1:8787', apiKey: 'sk-ez-x', model: "model-'quoted'" });
  expect(line).not.toContain('\n');
  expect(await argumentsOf(line)).toEqual([
    ...['-X', 'POST', 'http://127.0.0.1:8787/v1/messages'],
    ...['-H', 'Content-Type: application/json', '-H', 'anthropic-version: 2023-06-01', '-H', 'x-api-key: sk-ez-x'],
    '-d',
    `{"model":"model-'quoted'","max_tokens":1024,"messages":[{"role":"user","content":"Hello, Claude!"}]}`,
  ]);
});

test('without a key it takes the one in the environment, and it never calls the address 0.0.0.0', async () => {
  const line = curlExample({ address: 'http://0.0.0.0:80', apiKey: undefined, model: 'm' });
  const call = await argumentsOf(line);
  expect(call).toContain('x-api-key: from-the-shell');
  expect(call).toContain('http://127.0.0.1:80/v1/messages');
  expect(curlExample({ address: 'http://[::]:80', apiKey: 'k', model: 'm' })).toContain('http://[::1]:80/');
});
