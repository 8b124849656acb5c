import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { JsonObject } from '../../src/core/json.ts';
import { OPENAI_QUIRKS } from '../../src/core/quirks.ts';
import type { Answer } from '../support/call.ts';
import { CALLERS, type Caller, send } from '../support/callers.ts';
import { FakeUpstream } from '../support/fake-upstream.ts';
import { type Gateway, startGateway } from '../support/gateway.ts';
import { openAiRules } from '../support/openai-upstream.ts';
import { scriptedModel } from '../support/scripted-model/index.ts';
import { waitFor, within } from '../support/wait.ts';

const PNG = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAIAAACQd1PeAAAADElEQVR4nGNgYGAAAAAEAAH2FzhVAAAAAElFTkSuQmCC',
  'base64',
);
const PDF = Buffer.from('%PDF-1.4 of one page');
const MAX_SIZE = 64 * 1024;

/** Paths of the file server that tests ask for, and what they answer. */
const FILES: Record<string, (request: IncomingMessage, response: ServerResponse) => void> = {
  '/cat.png': (_request, response) => response.writeHead(200, { 'content-type': 'image/png' }).end(PNG),
  '/doc.pdf': (_request, response) => response.writeHead(200, { 'content-type': 'application/pdf' }).end(PDF),
  '/page.html': (_request, response) => response.writeHead(200, { 'content-type': 'text/html' }).end('<html>'),
  '/gone.png': (_request, response) => response.writeHead(404, { 'content-type': 'image/png' }).end(PNG),
  '/moved.png': (_request, response) => response.writeHead(302, { location: '/cat.png' }).end(),
  '/inside.png': (_request, response) =>
    response.writeHead(302, { location: 'http://169.254.169.254/latest/meta-data' }).end(),
  '/large.png': (_request, response) =>
    response.writeHead(200, { 'content-type': 'image/png' }).end(Buffer.alloc(MAX_SIZE + 1)),
  '/slow.png': () => undefined,
};

let files: Server;
let origin: string;
let asked: string[] = [];
let upstream: FakeUpstream;
let gateway: Gateway;
let guarded: Gateway;

beforeAll(async () => {
  files = createServer((request, response) => {
    asked.push(request.url ?? '');
    const [path = ''] = (request.url ?? '').split('?');
    FILES[path]?.(request, response);
  });
  await new Promise<void>((resolve) => files.listen(0, '127.0.0.1', resolve));
  const address = files.address();
  if (address === null || typeof address === 'string') throw new Error('the files are not served');
  origin = `http://127.0.0.1:${address.port}`;
  upstream = await FakeUpstream.start('sk-media', openAiRules(OPENAI_QUIRKS));
  const channel = {
    provider: 'openai',
    base_url: upstream.url,
    api_key: upstream.apiKey,
  };
  const chat = { 'openai-chat': '/v1/chat/completions' };
  const responses = { 'openai-responses': '/v1/responses' };
  const channels = [
    { ...channel, name: 'bytes', models: ['bytes-of-chat'], endpoints: chat, quirks: { image_urls: false } },
    { ...channel, name: 'bytes2', models: ['bytes-of-responses'], endpoints: responses, quirks: { image_urls: false } },
    { ...channel, name: 'urls', models: ['urls-of-chat'], endpoints: chat },
    { ...channel, name: 'urls2', models: ['urls-of-responses'], endpoints: responses },
  ];
  const media = { max_size: `${MAX_SIZE / 1024}KB`, timeout: '500ms', private_addresses: true };
  [gateway, guarded] = await Promise.all([
    startGateway({ config: JSON.stringify({ channels, server: { media } }) }),
    startGateway({ config: JSON.stringify({ channels }) }),
  ]);
});

beforeEach(() => {
  asked = [];
  upstream.reset();
  upstream.fallback = (reply) =>
    scriptedModel(reply.call.target.includes('chat') ? 'openai-chat' : 'openai-responses')(reply);
});

afterAll(async () => {
  await Promise.all([gateway?.dispose(), guarded?.dispose()]);
  await upstream?.stop();
  files?.close().closeAllConnections();
});

const [MESSAGES, CHAT, RESPONSES] = CALLERS;

/** A user turn of text and files by their addresses, as each API writes it. */
const CONTENTS: Record<Caller['name'], (urls: readonly string[]) => JsonObject> = {
  Messages: (urls) => ({
    messages: [
      {
        role: 'user',
        content: [
          { type: 'text', text: 'What is it?' },
          ...urls.map((url) => ({ type: isPdf(url) ? 'document' : 'image', source: { type: 'url', url } })),
        ],
      },
    ],
  }),
  Chat: (urls) => ({
    messages: [
      {
        role: 'user',
        content: [
          { type: 'text', text: 'What is it?' },
          ...urls.map((url) => ({ type: 'image_url', image_url: { url } })),
        ],
      },
    ],
  }),
  Responses: (urls) => ({
    input: [
      {
        role: 'user',
        content: [
          { type: 'input_text', text: 'What is it?' },
          ...urls.map((url) =>
            isPdf(url) ? { type: 'input_file', file_url: url } : { type: 'input_image', image_url: url },
          ),
        ],
      },
    ],
  }),
};

const isPdf = (url: string) => url.endsWith('.pdf');

function show(caller: Caller | undefined, model: string, paths: readonly string[], at = gateway): Promise<Answer> {
  if (!caller) throw new Error('no such client');
  const urls = paths.map((path) => (path.startsWith('/') ? `${origin}${path}` : path));
  return send(caller, at, { ...caller.ask(model, ''), ...CONTENTS[caller.name](urls) });
}

const PAIRS = [
  { caller: MESSAGES, client: 'Messages', target: 'chat' },
  { caller: MESSAGES, client: 'Messages', target: 'responses' },
  { caller: CHAT, client: 'Chat', target: 'responses' },
  { caller: RESPONSES, client: 'Responses', target: 'chat' },
];

describe.each(PAIRS)('$client on $target', ({ caller, target }) => {
  const bytes = `bytes-of-${target}`;

  test('files are fetched for an upstream that takes no URLs, and reported', async () => {
    const answer = await show(caller, bytes, ['/cat.png', '/moved.png']);
    expect(answer.text).toContain('I see 2 picture(s).');
    expect(answer.headers['x-ezmodel-losses']).toMatch(/image_fetched;at="messages\.0\.content\.1[^"]*";n=2/);
    expect(asked).toEqual(['/cat.png', '/moved.png', '/cat.png']);
    const sent = upstream.onlyCall().body.toString();
    expect(sent.split(`data:image/png;base64,${PNG.toString('base64')}`)).toHaveLength(3);
    expect(sent).not.toContain(origin);
  });

  test('nothing is fetched for an upstream that takes URLs', async () => {
    const answer = await show(caller, `urls-of-${target}`, ['/cat.png']);
    expect(answer.text).toContain('I see 1 picture(s).');
    expect(answer.headers['x-ezmodel-losses'] ?? '').not.toContain('image_fetched');
    expect(asked).toEqual([]);
    expect(upstream.onlyCall().body.toString()).toContain(`${origin}/cat.png`);
  });

  const refused: [string, string[], RegExp][] = [
    ['of a wrong type', ['/page.html'], /neither an image nor a PDF/],
    ['that is not there', ['/gone.png'], /HTTP 404/],
    ['that is too large', ['/large.png'], /larger than 65536 bytes/],
    ['that does not come', ['/slow.png'], /did not answer in time/],
    ['behind a redirect to a metadata service', ['/inside.png'], /private address/],
    ['that is the twenty-first', Array.from({ length: 21 }, () => '/cat.png'), /more than 20 files/],
  ];

  test.each(refused)('a file %s is a 400 that names the field', async (_what, paths, problem) => {
    const answer = await show(caller, bytes, paths);
    expect(answer.status).toBe(400);
    expect(caller?.errorOf(answer).message).toMatch(problem);
    const place = paths.length;
    expect(caller?.errorOf(answer).message).toContain(`messages.0.content.${place}.source.url`);
    expect(upstream.calls).toEqual([]);
    expect(answer.text).not.toContain('169.254');
  });

  test('twenty files are fetched', async () => {
    const paths = Array.from({ length: 20 }, (_, index) => `/cat.png?${index}`);
    expect((await show(caller, bytes, paths)).text).toContain('I see 20 picture(s).');
    expect(asked).toEqual(paths);
  });

  test.each(['127.0.0.1', 'localhost', '[::1]', '2130706433'])(
    'an address of this machine, %s, is refused unless the configuration allows it',
    async (host) => {
      const url = `http://${host}:${new URL(origin).port}/cat.png`;
      const answer = await show(caller, bytes, [url], guarded);
      expect(answer.status).toBe(400);
      expect(caller?.errorOf(answer).message).toContain('messages.0.content.1.source.url');
      expect(caller?.errorOf(answer).message).toContain('private address');
      expect([asked, upstream.calls]).toEqual([[], []]);
    },
  );
});

test.each([MESSAGES, RESPONSES])('a PDF is fetched as a file: %s', async (caller) => {
  expect((await show(caller, 'bytes-of-chat', ['/doc.pdf'])).status, 'the PDF').toBe(200);
  expect(upstream.onlyCall().body.toString()).toContain(`data:application/pdf;base64,${PDF.toString('base64')}`);
});

test('a PDF where an image should be is refused, and the other way round', async () => {
  const pdfAsImage = await show(CHAT, 'bytes-of-responses', ['/doc.pdf']);
  expect([pdfAsImage.status, pdfAsImage.text]).toEqual([400, expect.stringContaining('is application/pdf')]);
  const source = { type: 'url', url: `${origin}/cat.png` };
  const messages = [{ role: 'user', content: [{ type: 'document', source }] }];
  const imageAsPdf = await gateway.messages({ model: 'bytes-of-chat', max_tokens: 9, messages });
  expect([imageAsPdf.status, imageAsPdf.text]).toEqual([400, expect.stringContaining('is image/png')]);
  expect(upstream.calls).toEqual([]);
});

test('P22 a picture inside a tool result is fetched too', async () => {
  const source = { type: 'url', url: `${origin}/cat.png` };
  const answer = await gateway.messages({
    model: 'bytes-of-chat',
    max_tokens: 9,
    tools: [{ name: 'look', input_schema: { type: 'object' } }],
    messages: [
      { role: 'user', content: 'look' },
      { role: 'assistant', content: [{ type: 'tool_use', id: 'toolu_1', name: 'look', input: {} }] },
      {
        role: 'user',
        content: [{ type: 'tool_result', tool_use_id: 'toolu_1', content: [{ type: 'image', source }] }],
      },
    ],
  });
  expect(answer.status, answer.text).toBe(200);
  expect(upstream.onlyCall().body.toString()).toContain(PNG.toString('base64'));
});

test('x-ezmodel-strict refuses what would have to be fetched', async () => {
  if (!MESSAGES) throw new Error('no such client');
  const body = { ...MESSAGES.ask('bytes-of-chat', ''), ...CONTENTS.Messages([`${origin}/cat.png`]) };
  const answer = await gateway.messages(body, { 'x-ezmodel-strict': 'true' });
  expect([answer.status, answer.text]).toEqual([400, expect.stringContaining('messages.0.content.1.source.url')]);
  expect(upstream.calls).toEqual([]);
});

test('C1 a client that goes away ends the fetch and asks no upstream', async () => {
  if (!MESSAGES) throw new Error('no such client');
  const closed = Promise.withResolvers<void>();
  files.once('request', (request: IncomingMessage) => request.socket.once('close', () => closed.resolve()));
  const body = { ...MESSAGES.ask('bytes-of-chat', ''), ...CONTENTS.Messages([`${origin}/slow.png`]) };
  const leaving = new AbortController();
  const sent = globalThis
    .fetch(`${gateway.url}/v1/messages`, {
      method: 'POST',
      headers: gateway.headers(),
      body: JSON.stringify(body),
      signal: leaving.signal,
    })
    .catch(() => 'gone');
  await waitFor('the file to be asked for', () => asked.length === 1);
  leaving.abort();
  expect(await sent).toBe('gone');
  await within('the fetch to end', closed.promise);
  expect(upstream.calls).toEqual([]);
});
