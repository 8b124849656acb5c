import type { Command } from 'commander';
import { verifyAudit } from '../store/people/audit.ts';
import { print, printJson } from './output.ts';
import { environmentOf, withStore } from './settings.ts';

/** Adds `audit verify`: exit status 1 when a row is not as it was written. */
export function addAuditCommand(program: Command): void {
  program
    .command('audit')
    .description('the log of who changed what')
    .command('verify')
    .description('check that every row is as it was written')
    .option('--json', 'print JSON')
    .action(verify);
}

async function verify({ json }: { json?: true }, command: Command): Promise<void> {
  const { rows, firstBroken } = await withStore(environmentOf(command).dataDir, verifyAudit);
  if (json) printJson({ ok: firstBroken === undefined, rows, first_broken: firstBroken ?? null });
  else if (firstBroken === undefined) print(`All ${rows} rows are as they were written.`);
  else print(`Row ${firstBroken} is missing or is not as it was written; the ${rows} before it are.`);
  if (firstBroken !== undefined) process.exitCode = 1;
}
