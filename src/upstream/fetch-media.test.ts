import { createServer, type RequestListener, type Server } from 'node:http';
import { afterEach, describe, expect, test } from 'vitest';
import { GatewayError } from '../core/error.ts';
import { createMediaFetcher, type MediaLimits } from './fetch-media.ts';

const LIMITS: MediaLimits = { maxBytes: 1_000, timeout: 5_000, privateAddressesAllowed: true };
const PNG = Buffer.from([0x89, 0x50, 0x4e, 0x47]);
const NEVER = new AbortController().signal;

const servers: Server[] = [];

afterEach(() => {
  for (const server of servers.splice(0)) server.close().closeAllConnections();
});

/** Serves on loopback. @returns the origin. */
async function serve(listener: RequestListener): Promise<string> {
  const server = createServer(listener);
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('not listening on a port');
  return `http://127.0.0.1:${address.port}`;
}

const fetch = (url: string, limits: Partial<MediaLimits> = {}, gone = NEVER) =>
  createMediaFetcher().fetch(url, { ...LIMITS, ...limits }, gone);

/** What the fetch is refused with. */
async function problemWith(url: string, limits: Partial<MediaLimits> = {}): Promise<string> {
  const thrown: unknown = await fetch(url, limits).catch((error: unknown) => error);
  if (!(thrown instanceof GatewayError)) throw new Error(`not refused: ${thrown}`);
  expect(thrown.kind).toBe('invalid_request');
  return thrown.message;
}

const png: RequestListener = (_request, response) => response.writeHead(200, { 'content-type': 'image/png' }).end(PNG);

describe('a file is fetched', () => {
  test.each(['image/png', 'image/jpeg', 'image/gif', 'IMAGE/WEBP; charset=binary', 'application/pdf'])(
    'of type %s',
    async (type) => {
      const origin = await serve((_request, response) => response.writeHead(200, { 'content-type': type }).end(PNG));
      const { mediaType, bytes } = await fetch(`${origin}/a/b.png?c=d`);
      expect(mediaType).toBe(type.split(';')[0]?.toLowerCase());
      expect(Buffer.from(bytes)).toEqual(PNG);
    },
  );

  test('up to the largest size, with path and query, and without anything of ours', async () => {
    const seen: { url: string | undefined; headers: string[] }[] = [];
    const origin = await serve((request, response) => {
      seen.push({ url: request.url, headers: Object.keys(request.headers) });
      response.writeHead(200, { 'content-type': 'image/png' }).end(Buffer.alloc(LIMITS.maxBytes));
    });
    expect((await fetch(`${origin}/a%20b.png?c=d#e`)).bytes).toHaveLength(LIMITS.maxBytes);
    expect(seen[0]?.url).toBe('/a%20b.png?c=d');
    expect(seen[0]?.headers.sort()).toEqual(['accept', 'accept-encoding', 'connection', 'host', 'user-agent']);
  });

  test('through three redirects, relative ones too', async () => {
    const other = await serve(png);
    const origin = await serve((request, response) => {
      const next: Record<string, string> = { '/1': '2', '/2': '/3', '/3': `${other}/4` };
      response.writeHead(302, { location: next[request.url ?? ''] ?? '' }).end();
    });
    expect((await fetch(`${origin}/1`)).mediaType).toBe('image/png');
  });
});

describe('a file is refused', () => {
  test.each([
    ['ftp://example.com/a.png', 'no http or https'],
    ['file:///etc/passwd', 'no http or https'],
    ['javascript:alert(1)', 'no http or https'],
    ['not an address', 'no http or https'],
    ['http://user:pass@example.com/a.png', 'user or password'],
  ])('%s', async (url, problem) => {
    expect(await problemWith(url)).toContain(problem);
  });

  const local = { privateAddressesAllowed: false };

  test.each([
    'http://127.0.0.1:9/a.png',
    'http://2130706433:9/a.png',
    'http://0x7f.1:9/a.png',
    'http://localhost:9/a.png',
    'http://[::1]:9/a.png',
    'http://[::ffff:127.0.0.1]:9/a.png',
    'http://10.0.0.1/a.png',
    'http://192.168.1.1/a.png',
    'http://169.254.169.254/latest/meta-data',
    'http://[fd00::1]/a.png',
    'http://0.0.0.0:9/a.png',
  ])('at a private address: %s', async (url) => {
    expect(await problemWith(url, local)).toContain('private address');
  });

  test('at the address of a metadata service even where private ones are allowed', async () => {
    expect(await problemWith('http://169.254.169.254/latest')).toContain('private address');
  });

  test('when a redirect leads to what may not be asked', async () => {
    for (const location of ['http://169.254.169.254/', 'file:///etc/passwd', 'http://a:b@example.com/']) {
      const origin = await serve((_request, response) => response.writeHead(301, { location }).end());
      expect(await problemWith(origin)).toMatch(/private address|no http|user or password/);
    }
  });

  test('when it redirects four times, or for ever', async () => {
    const origin = await serve((_request, response) => response.writeHead(307, { location: '/again' }).end());
    expect(await problemWith(origin)).toContain('redirects too often');
  });

  test.each([204, 304, 401, 404, 500])('when the server answers %i', async (status) => {
    const origin = await serve((_request, response) =>
      response.writeHead(status, { 'content-type': 'image/png' }).end(),
    );
    expect(await problemWith(origin)).toContain(`HTTP ${status}`);
  });

  test.each([undefined, 'text/html', 'image/svg+xml', 'application/octet-stream', 'image/pngx', 'image'])(
    'when its type is %s',
    async (type) => {
      const headers = type === undefined ? {} : { 'content-type': type };
      const origin = await serve((_request, response) => response.writeHead(200, headers).end(PNG));
      expect(await problemWith(origin)).toContain('neither an image nor a PDF');
    },
  );

  test('when it is larger than it may be, whatever its length says', async () => {
    const origin = await serve((_request, response) => {
      response.writeHead(200, { 'content-type': 'image/png' });
      const write = () => {
        while (!response.destroyed && response.write(Buffer.alloc(10_000)));
        response.once('drain', write);
      };
      write();
    });
    expect(await problemWith(origin)).toContain(`larger than ${LIMITS.maxBytes} bytes`);
  });

  test('when it takes too long, before and after its headers', async () => {
    const silent = await serve(() => undefined);
    const dripping = await serve((_request, response) =>
      response.writeHead(200, { 'content-type': 'image/png' }).write('x'),
    );
    for (const origin of [silent, dripping]) {
      expect(await problemWith(origin, { timeout: 100 })).toContain('did not answer in time');
    }
  });

  test('when the connection breaks off or cannot be made', async () => {
    const broken = await serve((request) => request.socket.destroy());
    const cut = await serve((request, response) => {
      response.writeHead(200, { 'content-type': 'image/png', 'content-length': '500' });
      response.write('x', () => request.socket.destroy());
    });
    for (const url of [broken, cut, 'http://no-such-host.invalid/a.png']) {
      expect(await problemWith(url)).toContain('could not be fetched');
    }
  });
});

test('C1 a client that goes away ends the fetch', async () => {
  const asked = Promise.withResolvers<void>();
  const closed = Promise.withResolvers<void>();
  const origin = await serve((request) => {
    request.socket.once('close', () => closed.resolve());
    asked.resolve();
  });
  const client = new AbortController();
  const fetched = fetch(origin, {}, client.signal).catch((error: unknown) => error);
  await asked.promise;
  client.abort();
  expect(await fetched).toMatchObject({ kind: 'aborted' });
  await closed.promise;
});
