import { resolve } from 'node:path';
import type { Variables } from './expand.ts';

/** How much is logged, most talkative first. */
export const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const;

/** One log level. */
export type LogLevel = (typeof LOG_LEVELS)[number];

/** Where and how this process runs: what must be known before any config file is read. */
export type Environment = {
  host: string;
  /** 0 lets the system choose. */
  port: number;
  /** Of the console and the admin API; undefined: what the config file says. */
  adminPort: number | undefined;
  /** Absolute. */
  dataDir: string;
  /** Absolute path of the config file; undefined when there is none. */
  configFile: string | undefined;
  logLevel: LogLevel;
  /** Processes that serve; with 1 it is this one alone. */
  workers: number;
  /** Address of a PostgreSQL database; undefined: everything is kept in a file of the data directory. */
  databaseUrl: string | undefined;
  /** Where processes share their limits; undefined: each counts for itself. */
  redisUrl: string | undefined;
};

/** What `readEnvironment` needs to know of the world. */
export type EnvironmentSource = {
  variables: Variables;
  /** The value of `--config`; it wins over `EZMODEL_CONFIG`. */
  configFlag: string | undefined;
  /** Relative paths start here. */
  workingDirectory: string;
  fileExists(path: string): boolean;
};

/** A setting from outside that cannot be used; the message names it. */
export class EnvironmentError extends Error {
  override readonly name = 'EnvironmentError';
}

/**
 * Reads `PORT`, `ADMIN_PORT`, `HOST`, `DATABASE_URL`, `REDIS_URL`, `EZMODEL_DATA_DIR`, `EZMODEL_CONFIG`, `EZMODEL_LOG_LEVEL` and `EZMODEL_WORKERS`; an
 * empty variable counts as unset.
 * @throws EnvironmentError naming the variable that is wrong.
 */
export function readEnvironment(source: EnvironmentSource): Environment {
  const { variables, workingDirectory } = source;
  return {
    host: hostOf(variables['HOST'] || '127.0.0.1'),
    port: portOf(variables['PORT'] || '8787'),
    adminPort: variables['ADMIN_PORT'] ? adminPortOf(variables['ADMIN_PORT']) : undefined,
    dataDir: resolve(workingDirectory, variables['EZMODEL_DATA_DIR'] || 'data'),
    configFile: configFileOf(source),
    logLevel: logLevelOf(variables['EZMODEL_LOG_LEVEL'] || 'info'),
    workers: workersOf(variables['EZMODEL_WORKERS'] || '1', 'EZMODEL_WORKERS'),
    databaseUrl: databaseUrlOf(variables['DATABASE_URL'] || undefined),
    redisUrl: redisUrlOf(variables['REDIS_URL'] || undefined),
  };
}

function hostOf(host: string): string {
  if (/^[A-Za-z0-9._:%-]+$/.test(host)) return host;
  throw new EnvironmentError(`HOST must be a host name or an address without brackets, not ${JSON.stringify(host)}`);
}

function portOf(text: string): number {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : Number.NaN;
  if (port <= 65_535) return port;
  throw new EnvironmentError(`PORT must be a number from 0 to 65535, not ${JSON.stringify(text)}`);
}

/** Never 0: several processes must find the same one. */
function adminPortOf(text: string): number {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : 0;
  if (port >= 1 && port <= 65_535) return port;
  throw new EnvironmentError(`ADMIN_PORT must be a number from 1 to 65535, not ${JSON.stringify(text)}`);
}

/** The address may hold a password, so the message doesn't repeat it. */
function databaseUrlOf(url: string | undefined): string | undefined {
  if (url === undefined || /^postgres(?:ql)?:\/\/./.test(url)) return url;
  throw new EnvironmentError('DATABASE_URL must begin with postgres:// or postgresql://');
}

function logLevelOf(text: string): LogLevel {
  const level = LOG_LEVELS.find((known) => known === text);
  if (level !== undefined) return level;
  throw new EnvironmentError(`EZMODEL_LOG_LEVEL must be one of ${LOG_LEVELS.join(', ')}, not ${JSON.stringify(text)}`);
}

/** More than this many processes on one SQLite file wait for each other more than they do. */
const MOST_WORKERS = 64;

/** A number of worker processes. @throws EnvironmentError naming `setting`. */
export function workersOf(text: string, setting: string): number {
  const workers = /^\d{1,3}$/.test(text) ? Number(text) : 0;
  if (workers >= 1 && workers <= MOST_WORKERS) return workers;
  throw new EnvironmentError(`${setting} must be a number from 1 to ${MOST_WORKERS}, not ${JSON.stringify(text)}`);
}

/** Never quoted in a message: it can hold a password. */
function redisUrlOf(url: string | undefined): string | undefined {
  if (url === undefined || (/^rediss?:\/\/[^/]/.test(url) && URL.canParse(url))) return url;
  throw new EnvironmentError('REDIS_URL must be an address such as redis://user:password@host:6379/0');
}

function configFileOf({ variables, configFlag, workingDirectory, fileExists }: EnvironmentSource): string | undefined {
  if (configFlag === '') throw new EnvironmentError('--config needs the path of a file');
  const named = configFlag ?? (variables['EZMODEL_CONFIG'] || undefined);
  if (named !== undefined) return resolve(workingDirectory, named);
  const usual = resolve(workingDirectory, 'ezmodel.yaml');
  return fileExists(usual) ? usual : undefined;
}
