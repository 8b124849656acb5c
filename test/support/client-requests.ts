import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as z from 'zod';
import type { DialectId } from '../../src/core/dialect.ts';

const FOLDER = join(import.meta.dirname, '../fixtures/client-requests');

const UPSTREAM = z.enum(['messages', 'chat', 'responses']);

const FIXTURE = z.strictObject({
  client: z.string(),
  /** With its query. */
  path: z.string(),
  headers: z.record(z.string(), z.string()),
  body: z.record(z.string(), z.json()),
  /** The tool that the model calls, under the client's own name for it; free-form tools are called with `input`. */
  call: z
    .strictObject({
      tool: z.string(),
      namespace: z.string().optional(),
      args: z.string(),
      input: z.string().optional(),
    })
    .optional(),
  /** Upstreams that cannot have it, and the field that the 400 names. */
  refusedBy: z.partialRecord(UPSTREAM, z.string()).optional(),
  /** The codes of `x-ezmodel-losses`, sorted, by upstream. */
  losses: z.partialRecord(UPSTREAM, z.array(z.string())),
});

/** A request as a coding agent sends it (`clients.md` §2), `MODEL` in place of the model. */
export type ClientRequest = z.output<typeof FIXTURE> & { name: string; dialect: DialectId };

/** The requests of coding agents, by file name. */
export function clientRequests(): ClientRequest[] {
  return readdirSync(FOLDER)
    .sort()
    .map((file) => {
      const fixture = FIXTURE.parse(JSON.parse(readFileSync(join(FOLDER, file), 'utf8')));
      return { ...fixture, name: file.replace('.json', ''), dialect: dialectOf(fixture.path) };
    });
}

function dialectOf(path: string): DialectId {
  if (path.startsWith('/v1/messages')) return 'anthropic-messages';
  return path.startsWith('/v1/responses') ? 'openai-responses' : 'openai-chat';
}
