import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Provider } from '../core/provider.ts';
import type { Config } from './config.ts';
import { type Environment, readEnvironment } from './environment.ts';
import type { Variables } from './expand.ts';
import { ConfigError, schemaProblems } from './problem.ts';
import { configFromVariables, resolveConfig } from './resolve.ts';
import { configFileSchema } from './schema.ts';
import { readYaml } from './yaml-source.ts';

/**
 * Where and how this process runs.
 * @param configFlag the value of `--config`.
 * @throws EnvironmentError naming the variable that is wrong.
 */
export function loadEnvironment(configFlag?: string): Environment {
  return readEnvironment({
    variables: process.env,
    configFlag,
    workingDirectory: process.cwd(),
    fileExists: existsSync,
  });
}

/** `EZMODEL_SECRET`, which all nodes of one database share; undefined when it is not set. */
export function loadSecret(): string | undefined {
  return process.env['EZMODEL_SECRET'] || undefined;
}

/** `EZMODEL_SEALING_KEYS`, the absolute path of the file of sealing keys; undefined when it is not set. */
export function loadSealingKeysFile(): string | undefined {
  const file = process.env['EZMODEL_SEALING_KEYS'];
  return file ? resolve(file) : undefined;
}

/**
 * The whole configuration: of the file, or of the environment when there is no file.
 * @throws ConfigError with every problem and its place.
 */
export function loadConfig(
  file: string | undefined,
  providers: readonly Provider[],
  variables: Variables = process.env,
): Config {
  return file === undefined
    ? configFromVariables(variables, providers)
    : parseConfig(file, readConfigFile(file), providers, variables);
}

/**
 * Checks the text of a config file as a whole; nothing of it may be used when this throws (`reliability.md` S10).
 * @throws ConfigError with every problem and its place.
 */
export function parseConfig(file: string, text: string, providers: readonly Provider[], variables: Variables): Config {
  const source = readYaml(file, text, variables);
  const checked = configFileSchema.safeParse(source.value);
  if (!checked.success) throw new ConfigError(source.locate(schemaProblems(checked.error.issues)));
  const { config, problems } = resolveConfig(file, checked.data, providers);
  if (problems.length > 0) throw new ConfigError(source.locate(problems));
  return config;
}

function readConfigFile(file: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(readFileSync(file));
  } catch (error) {
    const message = error instanceof TypeError ? 'is not UTF-8 text' : readFailure(error);
    throw new ConfigError([{ file, line: 1, column: 1, path: '', message }]);
  }
}

const READ_FAILURES = new Map([
  ['ENOENT', 'this file does not exist'],
  ['EISDIR', 'this is a directory, not a file'],
  ['EACCES', 'this file may not be read by this user'],
]);

function readFailure(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  return READ_FAILURES.get(code) ?? `cannot be read (${code || 'unknown reason'})`;
}
