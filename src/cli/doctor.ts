import type { Command } from 'commander';
import { findPepper } from '../access/pepper.ts';
import { findSealingKeys, sealingKeysFile } from '../access/sealing/key-file.ts';
import { sealedByKey } from '../access/sealing/rewrap.ts';
import { type Check, checkBooks } from '../metering/doctor.ts';
import { listKeys } from '../store/keys.ts';
import type { Store } from '../store/open.ts';
import { formatTable, print, printJson } from './output.ts';
import { configOf, environmentOf, withStore } from './settings.ts';

/** Adds `doctor`: exit status 1 when a check fails. */
export function addDoctorCommand(program: Command): void {
  program
    .command('doctor')
    .description('check the configuration, the keys and every sum of the books')
    .option('--json', 'print JSON')
    .action(doctor);
}

async function doctor({ json }: { json?: true }, command: Command): Promise<void> {
  const environment = environmentOf(command);
  const config = await attempt('configuration', () => {
    const { file, channels } = configOf(environment);
    return `${file ?? 'made from the environment'}: ${channels.map(({ name }) => name).join(', ')}`;
  });
  const books = await withStore(environment.dataDir, async (store) => [
    await attempt('API keys', () => checkKeys(store, environment.dataDir)),
    await attempt('sealing keys', () => checkSealingKeys(store, environment.dataDir)),
    ...(await checkBooks(store)),
  ]).catch((error: unknown) => [failed('store', error)]);
  const checks = [config, ...books];
  const isWell = checks.every(({ ok }) => ok);
  if (json) printJson({ ok: isWell, checks });
  else print(formatTable([{ title: 'CHECK' }, { title: '' }, { title: 'FOUND' }], checks.map(checkRow)));
  if (!isWell) process.exitCode = 1;
}

async function checkKeys(store: Store, dataDir: string): Promise<string> {
  const keys = await listKeys(store);
  if (keys.length > 0 && findPepper(dataDir) === undefined) {
    throw new Error(`key-pepper is missing in ${dataDir}: none of the ${keys.length} keys can be checked`);
  }
  return `${keys.length} stored`;
}

async function checkSealingKeys(store: Store, dataDir: string): Promise<string> {
  const here = findSealingKeys(sealingKeysFile(dataDir)).map(({ id }) => id);
  const counts = await sealedByKey(store);
  const missing = [...counts].find(([id]) => !here.includes(id));
  if (missing !== undefined) throw new Error(`key ${missing[0]} is missing: ${missing[1]} sealed values need it`);
  const values = [...counts.values()].reduce((sum, count) => sum + count, 0);
  return `${here.length} for ${values} sealed values`;
}

async function attempt(name: string, check: () => string | Promise<string>): Promise<Check> {
  try {
    return { name, ok: true, detail: await check() };
  } catch (error) {
    return failed(name, error);
  }
}

function failed(name: string, error: unknown): Check {
  return { name, ok: false, detail: error instanceof Error ? error.message : String(error) };
}

function checkRow({ name, ok, detail }: Check): string[] {
  return [name, ok ? 'ok' : 'FAILED', detail];
}
