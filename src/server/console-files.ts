import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** How bytes are packed, best first; files lie beside their packed forms. */
const ENCODINGS = [
  ['br', '.br'],
  ['gzip', '.gz'],
] as const;

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.woff2': 'font/woff2',
};

/** A file of the console, in one of its forms. */
export type ConsoleFile = { bytes: Buffer; type: string; encoding: string | undefined; etag: string };

/** The built console. */
export type ConsoleFiles = {
  /**
   * @param name path below the folder, such as `assets/main-x.js`.
   * @param accepted the `accept-encoding` header.
   * @returns undefined when there is no such file.
   */
  read(name: string, accepted: string): Promise<ConsoleFile | undefined>;
};

/** The folder of the built console: beside the compiled server, or in `dist/` when the sources run. Undefined when it is not built. */
export function consoleFolder(): string | undefined {
  return ['../console', '../../dist/console']
    .map((path) => fileURLToPath(new URL(path, import.meta.url)))
    .find((folder) => existsSync(join(folder, 'index.html')));
}

/** The files of a folder, by a list made now: no path of a request is ever joined to the folder. */
export async function openConsoleFiles(folder: string): Promise<ConsoleFiles> {
  const listed = await readdir(folder, { recursive: true });
  const names = new Set(listed.map((name) => name.replaceAll('\\', '/')).filter((name) => extname(name) !== ''));
  const read = new Map<string, Promise<Buffer>>();
  const bytesOf = (name: string): Promise<Buffer> => {
    const known = read.get(name) ?? readFile(join(folder, name));
    read.set(name, known);
    return known;
  };
  return {
    read: async (name, accepted) => {
      const type = TYPES[extname(name)];
      if (type === undefined || !names.has(name)) return undefined;
      const packed = ENCODINGS.find(([encoding, end]) => accepts(accepted, encoding) && names.has(name + end));
      const bytes = await bytesOf(packed ? name + packed[1] : name);
      return {
        bytes,
        type,
        encoding: packed?.[0],
        etag: `"${createHash('sha256').update(bytes).digest('base64url')}"`,
      };
    },
  };
}

function accepts(header: string, encoding: string): boolean {
  return header.split(',').some((part) => {
    const [name, quality = ''] = part.trim().split(';');
    return name === encoding && !/q=0(?:\.0*)?$/.test(quality.trim());
  });
}
