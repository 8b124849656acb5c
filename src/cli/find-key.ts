import type { KeyRecord } from '../store/keys.ts';
import { CliError } from './output.ts';

/** The key of this id, or of this name where only one has it. @throws CliError */
export function findOne(keys: readonly KeyRecord[], idOrName: string): KeyRecord {
  const byId = keys.find(({ id }) => id === idOrName);
  if (byId !== undefined) return byId;
  const [named, ...others] = keys.filter(({ name }) => name === idOrName);
  if (named === undefined) throw new CliError(`no API key has the id or name ${JSON.stringify(idOrName)}`);
  if (others.length === 0) return named;
  const ids = [named, ...others].map(({ id }) => id).join(', ');
  throw new CliError(`several API keys are called ${JSON.stringify(idOrName)}: give one of the ids ${ids}`);
}
