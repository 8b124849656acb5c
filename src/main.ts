#!/usr/bin/env node
import { enableCompileCache } from 'node:module';
import { join } from 'node:path';

// Whatever is written is for its owner alone, also where SQLite writes it.
process.umask(0o077);
// As `--disable-proto=delete` would: no key of a document becomes the prototype of an object.
Reflect.deleteProperty(Object.prototype, '__proto__');
// Only what is bundled: the sources have no folder for it. Where it cannot be written, a start takes longer, and that is all.
if (import.meta.filename.endsWith('.js')) enableCompileCache(join(import.meta.dirname, 'cache'));
const { runCli } = await import('./cli/run.ts');
await runCli(process.argv.slice(2));
