import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { Pool } from 'undici';
import { announce } from './announce.ts';

/** What the gateway is measured against: the least that relays at all. No keys, no checks, no books. */
const pool = new Pool(process.argv[2] ?? '', { headersTimeout: 0, bodyTimeout: 0, keepAliveTimeout: 30_000 });

async function relay(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of request) chunks.push(chunk);
  const answer = await pool.request({
    method: 'POST',
    path: request.url ?? '/',
    headers: {
      'content-type': 'application/json',
      'x-api-key': String(request.headers['x-api-key']),
      'anthropic-version': String(request.headers['anthropic-version']),
    },
    body: Buffer.concat(chunks),
  });
  // Broken off on purpose when the client has gone; the loop below then ends with the error that says so.
  response.once('close', () => answer.body.destroy());
  const { 'content-type': type, 'content-length': length } = answer.headers;
  response.writeHead(answer.statusCode, {
    'content-type': String(type),
    ...(typeof length === 'string' && { 'content-length': length }),
  });
  for await (const chunk of answer.body) {
    if (!response.write(chunk)) await once(response, 'drain');
  }
  response.end();
}

const server = createServer((request, response) => {
  relay(request, response).catch(() => response.destroy());
});
announce(server);
