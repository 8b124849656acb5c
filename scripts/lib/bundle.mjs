// Bundles the server into a folder: `node scripts/lib/bundle.mjs dist/server`. Runs on the pinned Node.
import { join } from 'node:path';
import { build } from 'vite';
import { root } from './setup.mjs';

const [folder] = process.argv.slice(2);
if (folder === undefined) throw new Error('the folder to bundle into is missing');

/** The program, and the threads that it starts by the name of their file. All lie side by side: they find each other by `import.meta.url`. */
const ENTRIES = {
  main: 'src/main.ts',
  'writer-worker': 'src/store/sqlite/writer-worker.ts',
  'checkpoint-worker': 'src/store/sqlite/checkpoint-worker.ts',
  'reader-worker': 'src/store/sqlite/reader-worker.ts',
  'payload-worker': 'src/access/payloads/payload-worker.ts',
  'password-worker': 'src/access/sign-in/password-worker.ts',
};

await build({
  configFile: false,
  root,
  logLevel: 'warn',
  plugins: [httpParts(), asciiOnly()],
  resolve: {
    alias: [
      { find: /^undici$/, replacement: join(import.meta.dirname, 'undici-parts.mjs') },
      { find: /^\.\/client-h2\.js$/, replacement: join(import.meta.dirname, 'no-http2.cjs') },
    ],
  },
  // Everything into the bundle: some 400 small files of packages cost more than half of a start.
  ssr: { noExternal: true },
  build: {
    ssr: true,
    outDir: folder,
    emptyOutDir: true,
    copyPublicDir: false,
    target: 'node24',
    minify: false,
    sourcemap: true,
    license: { fileName: 'third-party-licences.md' },
    rolldownOptions: {
      platform: 'node',
      input: ENTRIES,
      output: {
        format: 'es',
        comments: false,
        entryFileNames: '[name].js',
        chunkFileNames: '[name]-[hash].js',
        sourcemapExcludeSources: true,
      },
    },
  },
});

/** Only statements read all exports; what `require` gives is the module itself, with all that is loaded when it is asked for. */
function httpParts() {
  return {
    name: 'http-parts',
    enforce: 'pre',
    resolveId: (id, _, { kind }) =>
      id === 'node:http' && kind === 'import-statement' ? join(import.meta.dirname, 'http-parts.mjs') : undefined,
  };
}

/** Escapes what is not ASCII: one such letter, and V8 holds the whole text of a file in two bytes per letter. */
function asciiOnly() {
  const escaped = (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`;
  return {
    name: 'ascii-only',
    generateBundle: (_, files) => {
      for (const file of Object.values(files)) {
        // Units of UTF-16, so that each half of a pair becomes an escape.
        if (file.type === 'chunk') file.code = file.code.replace(/[^\0-\x7f]/g, escaped);
      }
    },
  };
}
