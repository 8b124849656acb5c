import { describe, expect, it } from 'vitest';
import * as consoleLaws from './support/console-laws.ts';
import * as laws from './support/laws.ts';
import { splitSource } from './support/source-text.ts';
import { parseSource, readConsoleSources, readSources } from './support/source-tree.ts';

const sources = readSources('src', 'test', 'scripts', 'bench');

/** Each law, the sentence it stands for, and a small tree that breaks it. */
const LAWS: { name: string; law: laws.Law; planted: Record<string, string> }[] = [
  {
    name: 'law 1 and direction: folders import only what lies below them',
    law: laws.directionOfImports,
    planted: { 'src/core/event.ts': "import type { Frame } from '../framing/sse-frames.ts';" },
  },
  {
    name: 'law 2: no dialect imports another dialect',
    law: laws.dialectsApart,
    planted: { 'src/dialects/openai-chat/stream.ts': "export { usageOf } from '../anthropic-messages/usage.ts';" },
  },
  {
    name: 'law 3: core, framing, dialects and providers use no network, files, process, clock or randomness',
    law: laws.pureFolders,
    planted: { 'src/framing/clock.ts': 'export const stamp = () => Date.now();' },
  },
  {
    name: 'law 3: the simulator uses no randomness and no sockets',
    law: laws.deterministicSimulator,
    planted: { 'src/simulator/id.ts': 'export const id = () => Math.random();' },
  },
  {
    name: 'law 4: provider ids and model names are literals only in providers/, config/ and metering/prices',
    law: laws.namesAreData,
    planted: {
      'src/providers/acme.ts': "export const acme = { id: 'acme' };",
      'src/gateway/attempt.ts': "export const special = (provider: string) => provider === 'acme';",
    },
  },
  {
    name: 'law 5: outgoing sockets only in upstream/',
    law: laws.socketsOnlyInUpstream,
    planted: { 'src/gateway/call.ts': "import { request } from 'undici';" },
  },
  {
    name: 'law 5: SQL only in store/',
    law: laws.sqlOnlyInStore,
    planted: { 'src/metering/rows.ts': 'export const rows = `SELECT id FROM ledger`;' },
  },
  {
    name: 'no text is run: no eval, no Function, no vm, no other program',
    law: laws.runsNoText,
    planted: { 'src/admin/template.ts': 'export const filled = (text: string) => new Function(text)();' },
  },
  {
    name: 'law 5: process.env only in config/',
    law: laws.environmentOnlyInConfig,
    planted: { 'src/server/port.ts': 'export const port = Number(process.env.PORT);' },
  },
  {
    name: 'law 6: only gateway/ sees dialects, providers and upstream together',
    law: laws.onlyGatewaySeesAll,
    planted: {
      'src/server/a.ts': "import { dialects } from '../dialects/index.ts'; import { send } from '../upstream/send.ts';",
      'src/server/b.ts': "import { providers } from '../providers/index.ts';",
    },
  },
  {
    name: 'law 7: no cycles',
    law: laws.noCycles,
    planted: {
      'src/core/a.ts': "import { b } from './b.ts';",
      'src/core/b.ts': "import { c } from './c.ts';",
      'src/core/c.ts': "const a = await import('./a.ts');",
    },
  },
  {
    name: 'imports name files that exist',
    law: laws.importsExist,
    planted: { 'src/core/a.ts': "import './gone.ts';" },
  },
  {
    name: 'law 8: no file over 400 lines (wire.ts and tests: 900)',
    law: laws.shortFiles,
    planted: { 'src/core/long.ts': '\n'.repeat(401) },
  },
  {
    name: 'law 8: no any',
    law: laws.noAny,
    planted: { 'src/core/loose.ts': 'export const loose = (value: any) => value;' },
  },
  {
    name: 'law 8: no default export',
    law: laws.noDefaultExport,
    planted: { 'src/core/thing.ts': 'export default function thing() {}' },
  },
  {
    name: 'no accessors in object literals, which keep finished requests alive',
    law: laws.noAccessorsInLiterals,
    planted: {
      'src/core/writer.ts': `
        export class Writer<T> extends Base { get open() { return { begun: true }; } set size(n) {} }
        export const writerOf = (n: number) => ({ write() { if (n > 0) { n--; } }, get begun() { return n > 0; } });
        export const gets = { get: (name: string) => name, set(name: string) { return target (name); } };`,
    },
  },
];

describe('the laws of the source tree', () => {
  it('sees the modules of src/ and their imports', () => {
    const modules = sources.filter((file) => file.path.startsWith('src/'));
    expect(modules.length).toBeGreaterThan(20);
    expect(modules.flatMap((file) => file.imports).length).toBeGreaterThan(modules.length);
  });

  it.each(LAWS)('$name', ({ law }) => {
    expect(law(sources)).toEqual([]);
  });

  it.each(LAWS)('catches a planted offence: $name', ({ law, planted }) => {
    const tree = Object.entries(planted).map(([path, text]) => parseSource(path, text));
    expect(law(tree)).toHaveLength(1);
  });
});

const CONSOLE_LAWS: { name: string; law: consoleLaws.ConsoleLaw; planted: string }[] = [
  {
    name: 'of the server the console imports only types of the admin API',
    law: consoleLaws.onlyTypesOfTheAdminApi,
    planted: "import { ROLES } from '../../../src/core/role.ts';",
  },
  {
    name: 'no page imports another',
    law: consoleLaws.pagesApart,
    planted: "import { Page } from '../pages/keys/page.tsx';",
  },
  {
    name: 'texts are drawn as text, and only api/ asks the network',
    law: consoleLaws.textAsText,
    planted: 'export const Raw = (html: string) => <p dangerouslySetInnerHTML={{ __html: html }} />;',
  },
  {
    name: 'short files, no any, no default export, no assertion',
    law: consoleLaws.plainFiles,
    planted: 'export const loose = (value: unknown) => value as Session;',
  },
];

describe('the laws of the console', () => {
  const files = readConsoleSources();

  it('sees its files', () => {
    expect(files.length).toBeGreaterThan(20);
  });

  it.each(CONSOLE_LAWS)('$name', ({ law, planted }) => {
    expect(law(files)).toEqual([]);
    expect(law([{ path: 'console/src/ui/planted.tsx', text: planted }])).toHaveLength(1);
  });
});

describe('reading a source', () => {
  const importsOf = (text: string) => parseSource('src/store/open.ts', text).imports;

  it.each([
    ["import { a } from '../core/json.ts';", 'src/core/json.ts'],
    ["import {\n  a,\n  type B,\n} from '../core/json.ts';", 'src/core/json.ts'],
    ["export * from './tables/row.ts';", 'src/store/tables/row.ts'],
    ["const a = await import('./tables/row.ts');", 'src/store/tables/row.ts'],
    ["new Worker(new URL('./sqlite/worker.ts', import.meta.url));", 'src/store/sqlite/worker.ts'],
    ["import './tables/row.ts';", 'src/store/tables/row.ts'],
    ["import { DatabaseSync } from 'node:sqlite';", 'node:sqlite'],
  ])('finds the import of %j', (text, target) => {
    expect(importsOf(text).map((each) => each.target)).toEqual([target]);
  });

  it('knows a type import, and leaves comments and plain strings alone', () => {
    expect(importsOf("import type { A } from './a.ts';")[0]?.typeOnly).toBe(true);
    expect(importsOf("// import { a } from './a.ts';\nconst b = 'import from';")).toEqual([]);
  });

  it('keeps words of comments, strings and regular expressions out of the code', () => {
    const { code, strings } = splitSource(
      "/* Date.now */ const a = 'process.env'; const b = /any[/]/; // fetch(\nlet c;",
    );
    expect(code).not.toMatch(/Date|env|any|fetch/);
    expect(code).toContain('let c');
    expect(strings.map((each) => each.text)).toEqual(['process.env']);
  });

  it('sees the code inside a template literal, and the line it stands on', () => {
    const { code, strings } = splitSource(
      'const a = `x\nDOLLAR{ { b: call(`in DOLLAR{deep}`) } } y`;\nconst last = "z";'.replaceAll('DOLLAR', '$'),
    );
    expect(code).toMatch(/call\(.*deep/);
    expect(strings.at(-1)).toMatchObject({ text: 'z', line: 3 });
  });
});
