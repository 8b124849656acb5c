import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const FOLDER = join(import.meta.dirname, '../fixtures');

/** A recorded-shape file: its name without suffix, and its exact bytes. */
export type Fixture = { name: string; bytes: Buffer };

function fixturesIn(folder: string, suffix: string): Fixture[] {
  return readdirSync(join(FOLDER, folder))
    .filter((file) => file.endsWith(suffix))
    .sort()
    .map((file) => ({ name: file.slice(0, -suffix.length), bytes: readFileSync(join(FOLDER, folder, file)) }));
}

/** Bodies of `POST /v1/messages`, as clients send them. */
export const requestFixtures = (): Fixture[] => fixturesIn('anthropic-messages/requests', '.request.json');

/** Whole streams of `POST /v1/messages`. */
export const streamFixtures = (): Fixture[] => fixturesIn('anthropic-messages/streams', '.sse');

/** Whole answers of `POST /v1/messages`. */
export const responseFixtures = (): Fixture[] => fixturesIn('anthropic-messages/responses', '.response.json');

/** Whole streams of Chat Completions upstreams, OpenAI's own and those of its imitators. */
export const chatStreamFixtures = (): Fixture[] => fixturesIn('openai-chat', '.sse');

/** Whole streams of Responses upstreams. */
export const responsesStreamFixtures = (): Fixture[] => fixturesIn('openai-responses', '.sse');

/** An example of the API document, as printed there. */
export const documentExample = (name: string): string =>
  readFileSync(join(FOLDER, 'api-document', `${name}.txt`), 'utf8');
