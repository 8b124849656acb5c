import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { compileCache } from '../../test/support/command-line.ts';
import { PROGRAM } from '../../test/support/program.ts';

const run = promisify(execFile);

/** A running `ezmodel serve` and all that it has printed. */
type Server = { child: ChildProcess; printed(pattern: RegExp): Promise<RegExpMatchArray>; out(): string };

let directory: string;
const started: ChildProcess[] = [];

function serve(variables: Record<string, string> = {}): Server {
  const child = spawn(process.execPath, [PROGRAM, 'serve'], {
    cwd: directory,
    env: { ...compileCache(), PORT: '0', EZMODEL_LOG_LEVEL: 'silent', ...variables },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  started.push(child);
  let text = '';
  const waiting = new Set<() => void>();
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk;
      for (const look of waiting) look();
    });
  }
  const printed = (pattern: RegExp) => {
    const { promise, resolve, reject } = Promise.withResolvers<RegExpMatchArray>();
    const look = () => {
      const match = pattern.exec(text);
      if (match !== null) resolve(match);
    };
    waiting.add(look);
    child.once('close', () => reject(new Error(`ended before printing ${pattern}: ${text}`)));
    look();
    return promise.finally(() => waiting.delete(look));
  };
  return { child, printed, out: () => text };
}

async function end({ child }: Server, signal: NodeJS.Signals): Promise<number | null> {
  const closed = once(child, 'close');
  child.kill(signal);
  const [status] = await closed;
  return status;
}

const listModels = async (address: string, key: string): Promise<number> =>
  (await fetch(`${address}/v1/models`, { headers: { 'x-api-key': key } })).status;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'ezmodel-serve-'));
});
afterEach(() => {
  for (const child of started.splice(0)) child.kill('SIGKILL');
  rmSync(directory, { recursive: true, force: true });
});

test('the first start prints a key and a curl line that works when pasted; later starts print neither key', {
  timeout: 60_000,
}, async () => {
  const first = serve();
  const [, address = ''] = await first.printed(/listens on (http:\/\/127\.0\.0\.1:\d+)\n/);
  const [, line = ''] = await first.printed(/\n {2}(curl .*)\n/);
  const [key = ''] = await first.printed(/sk-ez-\S+/);
  expect(line).toContain(key);
  const { stdout } = await run('sh', ['-c', line]);
  expect(JSON.parse(stdout)).toMatchObject({ type: 'message', role: 'assistant' });
  expect(await listModels(address, key)).toBe(200);

  const second = serve();
  expect((await once(second.child, 'close'))[0], 'one server per data directory').toBe(1);
  expect(second.out()).toMatch(/^ezmodel: another EZModel server[^\n]*\n$/);
  expect(await end(first, 'SIGTERM')).toBe(0);

  const third = serve();
  const [, again = ''] = await third.printed(/\n {2}(curl .*)\n/);
  expect(third.out()).not.toContain('sk-ez-');
  const answer = await run('sh', ['-c', again], { env: { ...process.env, EZMODEL_API_KEY: key } });
  expect(JSON.parse(answer.stdout)).toMatchObject({ type: 'message' });
  expect(await end(third, 'SIGINT')).toBe(0);
});

test('a taken port ends the start with a line that says so', { timeout: 60_000 }, async () => {
  const other = createServer().listen(0, '127.0.0.1');
  await once(other, 'listening');
  const address = other.address();
  const port = typeof address === 'object' ? address?.port : undefined;
  try {
    const server = serve({ PORT: String(port) });
    expect((await once(server.child, 'close'))[0]).toBe(1);
    expect(server.out()).toBe(`ezmodel: 127.0.0.1:${port} is taken: stop what listens there, or choose another PORT\n`);
  } finally {
    other.close();
  }
});

test('S10: a changed config file takes over, a bad one is reported and changes nothing', {
  timeout: 60_000,
}, async () => {
  const file = join(directory, 'ezmodel.yaml');
  const naming = (model: string) =>
    `channels: [{ name: only, provider: simulator, models: { ${model}: simulator } }]\n`;
  writeFileSync(file, naming('before'));
  const server = serve();
  const [, address = ''] = await server.printed(/listens on (\S+)\n/);
  const [key = ''] = await server.printed(/sk-ez-\S+/);
  const status = async (model: string) => {
    const body = JSON.stringify({ model, max_tokens: 9, messages: [{ role: 'user', content: 'Hello' }] });
    const headers = { 'x-api-key': key, 'content-type': 'application/json', 'anthropic-version': '2023-06-01' };
    return (await fetch(`${address}/v1/messages`, { method: 'POST', headers, body })).status;
  };
  expect([await status('before'), await status('after')]).toEqual([200, 404]);

  writeFileSync(file, naming('after'));
  await server.printed(/the configuration was reloaded: channel only\n/);
  expect([await status('before'), await status('after')]).toEqual([404, 200]);

  writeFileSync(file, 'channels: []\n');
  await server.printed(
    /earlier configuration stays in force:\nezmodel: .*ezmodel\.yaml:1:1: channels: needs at least 1\n/,
  );
  expect(await status('after')).toBe(200);
  expect(await end(server, 'SIGTERM')).toBe(0);
});
