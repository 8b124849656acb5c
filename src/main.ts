#!/usr/bin/env node
import { enableCompileCache } from 'node:module';
import { join } from 'node:path';
import { hardenProcess } from './cli/harden-process.ts';

hardenProcess();
// Only what is bundled: the sources have no folder for it. Where it cannot be written, a start takes longer, and that is all.
if (import.meta.filename.endsWith('.js')) enableCompileCache(join(import.meta.dirname, 'cache'));
const { runCli } = await import('./cli/run.ts');
await runCli(process.argv.slice(2));
