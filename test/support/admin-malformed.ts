import type { Endpoint } from '../../src/admin/endpoint.ts';
import { ENDPOINTS } from '../../src/admin/endpoints.ts';
import type { JsonObject } from '../../src/core/json.ts';
import { type MalformedRequest, malformedBytes, ODD_VALUES } from './malformed.ts';

/** A request that no endpoint of the admin API would take, and how it is sent. */
export type MalformedAdminRequest = MalformedRequest & { method: string };

/** Every request of the corpus of the admin API, made from its own table, so that a new endpoint has its share; the same each time. */
export function malformedAdminRequests(): MalformedAdminRequest[] {
  return [...ENDPOINTS.flatMap(malformedFor), ...wrongMethods(), ...wrongPaths()];
}

function malformedFor(endpoint: Endpoint): MalformedAdminRequest[] {
  const path = endpoint.path.replaceAll(/\{\w+\}/g, 'missing');
  const method = endpoint.method.toUpperCase();
  const queries = wrongQueries(endpoint).map((query) => made(method, `${path}?${query}`, undefined));
  if (endpoint.method === 'get') return queries;
  const valid = { name: 'n', nested: { list: [1, 'two', null], flag: true } };
  const bytes = malformedBytes(path, valid, 20).filter(({ body }) => !asksForNothing(endpoint, body));
  return [
    ...queries,
    ...bytes.map((malformed) => ({ ...malformed, method })),
    ...wrongFields(endpoint).map((body) => made(method, path, body)),
    ...['text/plain', 'multipart/form-data; boundary=x', 'application/x-www-form-urlencoded'].map((type) => ({
      ...made(method, path, { name: 'n' }),
      name: `${method} ${path} as ${type}`,
      headers: { 'content-type': type },
    })),
  ];
}

/** Where every field may be left out, a body that holds none is well formed, and so is one of nothing but a byte order mark. */
function asksForNothing({ body: schema }: Endpoint, body: Buffer): boolean {
  const text = new TextDecoder().decode(body).trim();
  return body.length === 0 || (['', '{}'].includes(text) && schema.safeParse({}).success);
}

function made(method: string, path: string, body: JsonObject | undefined): MalformedAdminRequest {
  const text = body === undefined ? '' : JSON.stringify(body);
  return { name: `${method} ${path} ${text}`, method, path, headers: {}, without: [], body: Buffer.from(text) };
}

/** Each field with what its schema does not take, and fields that there are not. */
function wrongFields({ body }: Endpoint): JsonObject[] {
  const wrong = Object.entries(body.shape).flatMap(([field, schema]) =>
    ODD_VALUES.filter((value) => !schema.safeParse(value).success).map((value) => ({ [field]: value })),
  );
  return [...wrong, { no_such_field: 1 }, { constructor: 1 }, { toString: null }];
}

function wrongQueries({ query }: Endpoint): string[] {
  const odd = ['', '-1', '1.5', 'x'.repeat(3_000), '%00', '[]', '{}', '1e999'];
  const wrong = Object.entries(query.shape).flatMap(([field, schema]) =>
    odd.filter((value) => !schema.safeParse(decodeURIComponent(value)).success).map((value) => `${field}=${value}`),
  );
  return [...wrong, 'no_such_field=1', 'no_such_field', '__proto__=1'];
}

function wrongMethods(): MalformedAdminRequest[] {
  return ENDPOINTS.map(({ path, method }) =>
    made(method === 'get' ? 'PATCH' : 'PUT', path.replaceAll(/\{\w+\}/g, 'missing'), { name: 'n' }),
  ).filter(({ method, path }) => !ENDPOINTS.some((one) => one.method.toUpperCase() === method && one.path === path));
}

function wrongPaths(): MalformedAdminRequest[] {
  const paths = ['/', '/key', '/keys/', '/keys//x', '/KEYS', '/keys/%00', '/keys/..%2f..%2fusers', '/%'];
  return paths.flatMap((path) => ['DELETE', 'POST'].map((method) => made(method, path, { name: 'n' })));
}
