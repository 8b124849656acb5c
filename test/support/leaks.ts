import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Shorter ones stand in ordinary texts too. */
const SHORTEST_SECRET = 12;

/**
 * Where secrets are found in clear, as `what: where`: in a text, or in any file of a folder. Keys are shown with their ids and
 * their ends, so that only the part between them counts as found.
 */
export function leaksOf(secrets: readonly string[], { text, folder }: { text: string; folder: string }): string[] {
  const wanted = secrets.map(secretPartOf).filter((secret) => secret.length >= SHORTEST_SECRET);
  if (wanted.length === 0) return [];
  const places = new Map([['the output', Buffer.from(text)]]);
  for (const file of filesIn(folder)) places.set(file, readFileSync(join(folder, file)));
  return [...places].flatMap(([place, bytes]) =>
    wanted.filter((secret) => bytes.includes(secret)).map((secret) => `${secret.slice(0, 6)}…: ${place}`),
  );
}

/** The credentials of the channels in a config file. */
export function secretsOfConfig(file: string | undefined): string[] {
  if (file === undefined || !existsSync(file)) return [];
  const written = readFileSync(file, 'utf8').matchAll(/"?(?:api_key|secret|client_secret)"?:\s*"?([\w-]+)/g);
  return [...written].flatMap(([, secret]) => secret ?? []);
}

function secretPartOf(secret: string): string {
  return /^sk-ez-\w{12}-(\w{43})-\w{6}$/.exec(secret)?.[1] ?? secret;
}

function filesIn(folder: string): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1));
}
