import { folderOf, isTest, type SourceFile } from './source-tree.ts';

/** A law of `design.md` §3: the offences that a set of files holds against it, one line each. */
export type Law = (files: SourceFile[]) => string[];

/** What each folder of `src/` may import directly; through these it may import all that they may (`closureOf`). */
const MAY_IMPORT: Record<string, readonly string[]> = {
  core: [],
  framing: ['core'],
  dialects: ['framing', 'core'],
  providers: ['core'],
  simulator: ['dialects'],
  config: ['core'],
  store: ['core'],
  telemetry: ['core'],
  upstream: ['simulator', 'config'],
  routing: ['store', 'config', 'framing'],
  metering: ['store', 'config', 'framing'],
  access: ['store', 'config', 'framing'],
  gateway: ['dialects', 'providers', 'upstream', 'routing', 'metering', 'access', 'telemetry'],
  admin: ['routing', 'metering', 'access', 'telemetry'],
  server: ['gateway', 'admin'],
  cli: ['server'],
  main: ['cli'],
};

function closureOf(folder: string): Set<string> {
  const reached = new Set<string>();
  const visit = (name: string): void => {
    for (const next of MAY_IMPORT[name] ?? []) {
      if (!reached.has(next)) visit(next);
      reached.add(next);
    }
  };
  visit(folder);
  return reached;
}

const product: (files: SourceFile[]) => SourceFile[] = (files) =>
  files.filter((file) => file.path.startsWith('src/') && !isTest(file.path));

const importedFolders = (file: SourceFile): Set<string> =>
  new Set(file.imports.filter((each) => each.ours).map((each) => folderOf(each.target)));

/** Folders import only folders that the table allows; core nothing of ours, framing only core. */
export const directionOfImports: Law = (files) =>
  product(files).flatMap((file) => {
    const from = folderOf(file.path);
    if (!(from in MAY_IMPORT)) return [`${file.path}: folder ${from} is not in the table of folders`];
    const allowed = closureOf(from);
    return file.imports
      .filter((each) => each.ours && folderOf(each.target) !== from && !allowed.has(folderOf(each.target)))
      .map((each) => `${file.path} imports ${each.target}`);
  });

/** `dialects/x` never imports `dialects/y`; what several share stands in `dialects/shared`, which imports none of them. */
export const dialectsApart: Law = (files) => {
  const dialectOf = (path: string): string | undefined => /^src\/dialects\/([^/]+)\//.exec(path)?.[1];
  return product(files).flatMap((file) => {
    const own = dialectOf(file.path);
    if (own === undefined) return [];
    return file.imports
      .filter((each) => ![own, 'shared'].includes(dialectOf(each.target) ?? own))
      .map((each) => `${file.path} imports ${each.target}`);
  });
};

const IMPURE_MODULES =
  /^(?:node:)?(?:net|http|https|http2|tls|dgram|dns|fs|process|child_process|cluster|crypto|os|perf_hooks|readline|timers|worker_threads|undici)(?:\/|$)/;
const IMPURE_CODE =
  /\bDate\.now\b|\bnew Date\(\s*\)|\bDate\(\s*\)|\bMath\.random\b|\bperformance\.now\b|\brandom(?:UUID|Bytes|Int)\b|\bgetRandomValues\b|\bprocess\.\w+|\bset(?:Timeout|Interval|Immediate)\(|\bfetch\(/g;

/** core, framing, dialects and providers (but auth/) touch no net, http, fs, process, clock or randomness. */
export const pureFolders: Law = (files) =>
  product(files)
    .filter((file) => ['core', 'framing', 'dialects', 'providers'].includes(folderOf(file.path)))
    .filter((file) => !file.path.startsWith('src/providers/auth/'))
    .flatMap((file) => [
      ...file.imports
        .filter((each) => IMPURE_MODULES.test(each.target))
        .map((each) => `${file.path} imports ${each.target}`),
      ...found(file, IMPURE_CODE),
    ]);

/** The simulator answers the same request the same way and opens no socket: no randomness, no network. */
export const deterministicSimulator: Law = (files) =>
  product(files)
    .filter((file) => folderOf(file.path) === 'simulator')
    .flatMap((file) => [
      ...file.imports
        .filter((each) => /^(?:node:)?(?:net|http|https|http2|tls|dgram|undici)$/.test(each.target))
        .map((each) => `${file.path} imports ${each.target}`),
      ...found(file, /\bMath\.random\b|\brandom(?:UUID|Bytes|Int)\b|\bgetRandomValues\b|\bfetch\(/g),
    ]);

// `x-claude-code-session-id` is a header, no model.
const MODEL_NAME = /(?<!\bx-)\b(?:claude|gpt|gemini|llama|mistral|deepseek|qwen)-[a-z0-9]/i;
const NAMES_ALLOWED_IN = /^src\/(?:providers\/|config\/|metering\/prices)/;

/** Provider ids and model names are data: as literals they stand only in providers/, config/ and metering/prices. */
export const namesAreData: Law = (files) => {
  const ids = new Set(
    product(files)
      .filter((file) => folderOf(file.path) === 'providers')
      .flatMap((file) => idLiterals(file))
      .filter((id) => id !== 'simulator'),
  );
  return product(files)
    .filter((file) => !NAMES_ALLOWED_IN.test(file.path))
    .flatMap((file) =>
      file.strings
        .filter(({ text }) => ids.has(text) || MODEL_NAME.test(text))
        .map(({ text, line }) => `${file.path}:${line} says '${text}'`),
    );
};

/** The strings that stand after `id:` in a file: in a table of providers, their ids (model ids are caught by form). */
function idLiterals(file: SourceFile): string[] {
  return file.strings
    .filter(({ text, offset }) => /\bid:\s*$/.test(file.code.slice(0, offset)) && /^[a-z]+$/.test(text))
    .map(({ text }) => text);
}

const SOCKET_MODULES = /^(?:node:)?(?:net|http|https|http2|tls|dgram|undici)(?:\/|$)/;

/** Outgoing sockets only in upstream/; server/ may use `node:http` and `node:net` to listen, never to call. */
export const socketsOnlyInUpstream: Law = (files) =>
  product(files)
    .filter((file) => folderOf(file.path) !== 'upstream')
    .flatMap((file) => [
      ...file.imports
        .filter((each) => SOCKET_MODULES.test(each.target) && !each.typeOnly)
        .filter((each) => folderOf(file.path) !== 'server' || !/^node:(?:http|net)$/.test(each.target))
        .map((each) => `${file.path} imports ${each.target}`),
      ...found(
        file,
        /(?:\b(?:await|return|void)\s+|[=(,:?>][ \t]*|\bglobalThis\.)fetch\(|\bhttp\.(?:request|get)\(|\bnet\.(?:connect|createConnection)\(|\bnew WebSocket\(/g,
      ),
    ]);

const SQL =
  /\b(?:SELECT\s[\s\S]*?\sFROM\s|INSERT\s+(?:OR\s+\w+\s+)?INTO\s|UPDATE\s+\w+\s+SET\s|DELETE\s+FROM\s|CREATE\s+(?:UNIQUE\s+)?(?:TABLE|INDEX|TRIGGER|VIEW)\s|ALTER\s+TABLE\s|DROP\s+TABLE\s|PRAGMA\s)|^\s*BEGIN\s+IMMEDIATE/;

/** SQL, its drivers and its query builder only in store/. */
export const sqlOnlyInStore: Law = (files) =>
  product(files)
    .filter((file) => folderOf(file.path) !== 'store')
    .flatMap((file) => [
      ...file.imports
        .filter((each) => /^(?:node:sqlite|kysely|pg)(?:\/|$)/.test(each.target))
        .map((each) => `${file.path} imports ${each.target}`),
      ...file.strings
        .filter(({ text }) => SQL.test(text))
        .map(({ text, line }) => `${file.path}:${line} holds SQL: ${text.slice(0, 60)}`),
    ]);

/** Nothing that is read from outside is ever run: no `eval`, no `Function` of a text, no `vm`, no other program. */
export const runsNoText: Law = (files) =>
  product(files).flatMap((file) => [
    ...file.imports
      .filter((each) => /^(?:node:)?(?:child_process|vm|repl|inspector)(?:\/|$)/.test(each.target))
      .map((each) => `${file.path} imports ${each.target}`),
    ...found(file, /(?<![.\w])eval\(|\bnew Function\(|(?<![.\w])Function\(|\bglobalThis\.(?:eval|Function)\b/g),
  ]);

/** `process.env` only in config/. */
export const environmentOnlyInConfig: Law = (files) =>
  product(files)
    .filter((file) => folderOf(file.path) !== 'config')
    .flatMap((file) =>
      found(file, /\bprocess\s*\.\s*env\b|\bprocess\[|\{[^}]*\benv\b[^}]*\}\s*=\s*process\b|\bloadEnvFile\b/g),
    );

/** Only gateway/ sees dialects, providers and upstream together; cli/ is where the program is put together. */
export const onlyGatewaySeesAll: Law = (files) => {
  const seen = new Map<string, Set<string>>();
  for (const file of product(files)) {
    const folder = folderOf(file.path);
    seen.set(folder, new Set([...(seen.get(folder) ?? []), ...importedFolders(file)]));
  }
  return [...seen]
    .filter(([folder]) => folder !== 'gateway' && folder !== 'cli')
    .filter(([, imported]) => ['dialects', 'providers', 'upstream'].every((each) => imported.has(each)))
    .map(([folder]) => `${folder}/ imports dialects, providers and upstream`);
};

/** No cycles, type imports included. */
export const noCycles: Law = (files) => {
  const graph = new Map(
    product(files).map((file) => [file.path, file.imports.filter((each) => each.ours).map((each) => each.target)]),
  );
  const state = new Map<string, 'open' | 'done'>();
  const cycles: string[] = [];
  const visit = (path: string, trail: string[]): void => {
    if (state.get(path) === 'done') return;
    if (state.get(path) === 'open') {
      cycles.push([...trail.slice(trail.indexOf(path)), path].join(' -> '));
      return;
    }
    state.set(path, 'open');
    for (const next of graph.get(path) ?? []) visit(next, [...trail, path]);
    state.set(path, 'done');
  };
  for (const path of graph.keys()) visit(path, []);
  return cycles;
};

/** Every import of ours names a file that is there. */
export const importsExist: Law = (files) => {
  const paths = new Set(files.map((file) => file.path));
  return files.flatMap((file) =>
    file.imports
      .filter((each) => each.ours && each.target.endsWith('.ts') && !paths.has(each.target))
      .map((each) => `${file.path} imports ${each.target}, which is not there`),
  );
};

/** No file over 400 lines; `wire.ts` and tests up to 900. */
export const shortFiles: Law = (files) =>
  files
    .filter((file) => file.lines > (isTest(file.path) || file.path.endsWith('/wire.ts') ? 900 : 400))
    .map((file) => `${file.path} has ${file.lines} lines`);

/** No `any`. */
export const noAny: Law = (files) =>
  files.flatMap((file) => found(file, /(?:[:<|&,(]\s*|\bas\s+|=>\s*|=\s*)any\b(?!\s*[.:(])/g));

/** No default export, configs and the test reporter (whose host demands one) aside. */
export const noDefaultExport: Law = (files) =>
  files
    .filter((file) => file.path !== 'test/support/closing-line-reporter.ts')
    .flatMap((file) => found(file, /\bexport\s+default\b|\bas\s+default\b/g));

const ACCESSOR = /(?<![.\w$#])[gs]et\s+(?:[\w$]+|\[[^\]]*\])\s*\(/g;
const CLASS_HEAD = /\bclass\b[^{};]*$/;

/**
 * No accessors in object literals: V8 makes a class of its own for each such object, in the old generation, which keeps what the
 * closure sees alive until a full collection (decision 0015). In classes they are as good as methods.
 */
export const noAccessorsInLiterals: Law = (files) =>
  product(files).flatMap((file) => found(file, ACCESSOR, (offset) => !stands(file.code, offset, CLASS_HEAD)));

/** Whether the innermost block around a place begins with such a head. */
function stands(code: string, offset: number, head: RegExp): boolean {
  let depth = 0;
  for (let at = offset - 1; at >= 0; at--) {
    if (code[at] === '}') depth++;
    else if (code[at] === '{' && depth-- === 0) return head.test(code.slice(0, at));
  }
  return false;
}

function found(file: SourceFile, pattern: RegExp, counts = (_offset: number) => true): string[] {
  return [...file.code.matchAll(pattern)]
    .filter(({ index }) => counts(index))
    .map((match) => {
      const line = file.code.slice(0, match.index).split('\n').length;
      return `${file.path}:${line} has ${match[0].trim()}`;
    });
}
