import { createServer } from 'node:http';
import { announce } from './announce.ts';

/** What refusals are measured against: the least that refuses at all. What its figures show is the machine and the load itself. */
const BODY = Buffer.from(
  JSON.stringify({ type: 'error', error: { type: 'overloaded_error', message: 'x'.repeat(100) } }),
);
const HEADERS = { 'content-type': 'application/json', 'content-length': String(BODY.length), 'retry-after': '1' };

const server = createServer((_request, response) => {
  response.writeHead(529, HEADERS);
  response.end(BODY);
});
announce(server);
