import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** A string that must never turn up where nobody should see it, and what it stands for. */
export type Canary = { name: string; secret: string };

/** The names of the canaries that the text holds. */
export function sing(canaries: readonly Canary[], text: string | Buffer): string[] {
  return canaries.filter(({ secret }) => text.includes(secret)).map(({ name }) => name);
}

/** Every file below the folder that holds a canary, as `file: canary`. */
export function singInFiles(canaries: readonly Canary[], folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .flatMap((entry) => {
      const file = join(entry.parentPath, entry.name);
      return sing(canaries, readFileSync(file)).map((name) => `${file}: ${name}`);
    });
}
