import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { isJsonObject, objectAt, stringAt } from '../../src/core/json.ts';
import { eventsOf } from '../support/call.ts';
import { documentExample } from '../support/fixtures.ts';
import { type Gateway, SIMULATOR_CONFIG, startGateway } from '../support/gateway.ts';

const ROOT = resolve(import.meta.dirname, '../..');
const NODE = join(ROOT, 'node_modules/.bin/node');
const RECORDED = join(ROOT, 'test/fixtures/api-document/python-requests.json');

/** The smallest JPEG that a decoder takes: one grey pixel. */
const JPEG =
  '/9j/4AAQSkZJRgABAQEASABIAAD/2wBDAP//////////////////////////////////////////////////////////////////////////////////////wgALCAABAAEBAREA/8QAFBABAAAAAAAAAAAAAAAAAAAAAP/aAAgBAQABPxA=';

let gateway: Gateway;
let folder: string;

beforeAll(async () => {
  gateway = await startGateway({ config: SIMULATOR_CONFIG });
  folder = mkdtempSync(join(tmpdir(), 'ezmodel-document-'));
  writeFileSync(join(folder, 'image.jpg'), Buffer.from(JPEG, 'base64'));
});

afterAll(async () => {
  await gateway?.dispose();
  if (folder) rmSync(folder, { recursive: true, force: true });
});

/** The example with the two things replaced that a reader has to replace. */
function filledIn(name: string): string {
  return documentExample(name)
    .replaceAll(/https:\/\/(api\.)?ezmodel\.cloud/g, gateway.url)
    .replaceAll('YOUR_API_TOKEN', gateway.key);
}

describe('the curl examples', () => {
  test('basic conversation', async () => {
    const message = await curl('curl-basic');
    expect(message).toMatchObject({
      type: 'message',
      role: 'assistant',
      model: 'claude-3-opus-20240229',
      content: [{ type: 'text', text: expect.stringContaining('Hello, Claude!') }],
      stop_reason: 'end_turn',
      usage: {
        input_tokens: expect.any(Number),
        output_tokens: expect.any(Number),
        cache_creation_input_tokens: 0,
        cache_read_input_tokens: 0,
      },
    });
    expect(stringAt(message, 'id')).toMatch(/^msg_/);
  });

  test('with a system prompt', async () => {
    const message = await curl('curl-system');
    expect(JSON.stringify(message['content'])).toContain('Hello, how are you today?');
    expect(message['stop_reason']).toBe('end_turn');
  });

  test('tool call', async () => {
    const message = await curl('curl-tools');
    expect(message['stop_reason']).toBe('tool_use');
    const blocks = Array.isArray(message['content']) ? message['content'].filter(isJsonObject) : [];
    const toolUse = blocks.find((block) => block['type'] === 'tool_use');
    expect(toolUse).toMatchObject({ name: 'get_weather', input: { city: expect.any(String) } });
    expect(stringAt(toolUse ?? {}, 'id')).toMatch(/^toolu_/);
  });

  async function curl(name: string) {
    const script = join(folder, `${name}.sh`);
    writeFileSync(script, filledIn(name));
    const { code, stdout, stderr } = await run('bash', [script]);
    expect({ code, stderr }).toMatchObject({ code: 0 });
    const message: unknown = JSON.parse(stdout);
    if (!isJsonObject(message)) throw new Error(`not an object: ${stdout}`);
    return message;
  }
});

test('the JavaScript example', async () => {
  // Beside the installed packages, so that its bare import resolves as it would for a reader.
  const script = join(ROOT, 'node_modules', `.api-document-${process.pid}.mjs`);
  writeFileSync(script, filledIn('javascript-basic'));
  try {
    const { code, stdout, stderr } = await run(NODE, [script]);
    expect({ code, stderr }).toMatchObject({ code: 0 });
    expect(stdout).toContain('Hello, Claude!');
  } finally {
    rmSync(script);
  }
});

describe('the Python examples', () => {
  test('as the Python SDK sends them', async () => {
    const python = await pythonWithSdk();
    console.log(python ? 'Python examples: run with the real SDK' : 'Python examples: recorded requests replayed');
    if (python) await runExamples(python);
    else await replay();
  }, 180_000);

  async function runExamples(python: string): Promise<void> {
    for (const [name, said] of [
      ['python-basic', 'Hello, Claude!'],
      ['python-stream', '讲一个故事'],
      ['python-image', ''],
    ] as const) {
      const script = join(folder, `${name}.py`);
      writeFileSync(script, filledIn(name));
      const { code, stdout, stderr } = await run(python, [script]);
      expect({ name, code, stderr }).toMatchObject({ code: 0 });
      expect(stdout).toContain(said);
    }
  }

  test('replayed from the requests that the Python SDK sent for them', replay);

  async function replay(): Promise<void> {
    const recorded: unknown = JSON.parse(readFileSync(RECORDED, 'utf8'));
    const requests = Array.isArray(recorded) ? recorded.filter(isJsonObject) : [];
    expect(requests).toHaveLength(4);
    for (const request of requests) {
      const headers: Record<string, string> = {};
      for (const [name, value] of Object.entries(objectAt(request, 'headers') ?? {})) {
        headers[name] = String(value).replace('YOUR_API_TOKEN', gateway.key);
      }
      const answer = await gateway.send(stringAt(request, 'path') ?? '', {
        method: 'POST',
        headers: { 'x-api-key': gateway.key, ...headers },
        body: stringAt(request, 'body') ?? '',
      });
      expect(answer.status).toBe(200);
      const streamed = answer.headers['content-type']?.startsWith('text/event-stream') ?? false;
      expect(streamed).toBe((stringAt(request, 'body') ?? '').includes('"stream":true'));
      if (streamed) expect(eventsOf(answer.text).at(-1)?.event).toBe('message_stop');
    }
  }
});

/** A Python that can import the SDK: an environment of its own, if a package index answers within a minute. */
async function pythonWithSdk(): Promise<string | undefined> {
  const environment = join(folder, 'venv');
  const python = join(environment, 'bin/python');
  const made = await run('python3', ['-m', 'venv', environment], 60_000);
  if (made.code !== 0 || !existsSync(python)) return undefined;
  const installed = await run(python, ['-m', 'pip', 'install', '--quiet', '--no-compile', 'anthropic'], 60_000);
  return installed.code === 0 ? python : undefined;
}

type Ran = { code: number; stdout: string; stderr: string };

function run(command: string, args: string[], timeout = 50_000): Promise<Ran> {
  return new Promise((settle) => {
    execFile(command, args, { cwd: folder, timeout }, (error, stdout, stderr) => {
      settle({ code: error === null ? 0 : 1, stdout, stderr: error === null ? stderr : `${error.message}\n${stderr}` });
    });
  });
}
