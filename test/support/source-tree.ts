import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, posix } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type StringLiteral, splitSource } from './source-text.ts';

/** The folder that holds package.json. */
export const PROJECT_ROOT = join(dirname(fileURLToPath(import.meta.url)), '../..');

/** One import, re-export, dynamic import or worker file. `target` is a path from the root for our own files. */
export type Import = { target: string; ours: boolean; typeOnly: boolean };

/** A source file as the laws see it. `path` is from the root, with `/`. */
export type SourceFile = {
  path: string;
  lines: number;
  /** Without comments; strings are empty. */
  code: string;
  strings: StringLiteral[];
  imports: Import[];
};

/** The folder of `src/` that a file belongs to: `src/store/tables/x.ts` -> `store`, `src/main.ts` -> `main`. */
export function folderOf(path: string): string {
  return /^src\/([^/]+?)(?:\/|\.ts$)/.exec(path)?.[1] ?? '';
}

/** True for files that hold tests or serve only tests. */
export function isTest(path: string): boolean {
  return path.endsWith('.test.ts') || path.startsWith('test/');
}

/** All `.ts` files under the given folders of the project, parsed. */
export function readSources(...folders: string[]): SourceFile[] {
  return folders.flatMap((folder) =>
    readdirSync(join(PROJECT_ROOT, folder), { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.ts'))
      .map((name) => posix.join(folder, name.replaceAll('\\', '/')))
      .sort()
      .map((path) => parseSource(path, readFileSync(join(PROJECT_ROOT, path), 'utf8'))),
  );
}

/** All sources of the console, as texts. */
export function readConsoleSources(): { path: string; text: string }[] {
  return readdirSync(join(PROJECT_ROOT, 'console'), { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.tsx?$/.test(name))
    .map((name) => posix.join('console', name.replaceAll('\\', '/')))
    .map((path) => ({ path, text: readFileSync(join(PROJECT_ROOT, path), 'utf8') }));
}

/** Parses one source text as if it stood at `path`. */
export function parseSource(path: string, text: string): SourceFile {
  const { code, strings } = splitSource(text);
  return { path, lines: text.split('\n').length - 1, code, strings, imports: findImports(path, code, strings) };
}

/** What stands before a module's name: `from`, `import`, `import(`, or `new URL(` of a worker's file. */
const IMPORT_HEAD = /(?:\b(import|export)\b(\s+type\b)?(?:[^;'"`]*?\bfrom)?\s*\(?\s*|\bnew URL\(\s*)$/;

function findImports(path: string, code: string, strings: StringLiteral[]): Import[] {
  return strings.flatMap(({ text, offset }) => {
    const head = IMPORT_HEAD.exec(code.slice(Math.max(0, offset - 4000), offset));
    if (!head) return [];
    const isWorkerFile = head[0].startsWith('new');
    if (isWorkerFile && !/^\.{1,2}\/.*\.ts$/.test(text)) return [];
    const ours = text.startsWith('.');
    const target = ours ? posix.normalize(posix.join(posix.dirname(path), text)) : text;
    return [{ target, ours, typeOnly: head[2] !== undefined }];
  });
}
