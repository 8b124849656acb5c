import { type StatsListener, unwatchFile, watchFile } from 'node:fs';
import type { Config } from './config.ts';

const POLL_INTERVAL = 200;
const SETTLING_TIME = 50;

/** What to do with a changed file. */
export type WatchOptions = {
  file: string;
  /** Reads and checks the whole file; a throw keeps the old configuration. */
  load(): Config;
  onConfig(config: Config): void;
  onError(error: unknown): void;
};

/**
 * Follows a config file through writes in place, renames over it and swapped symbolic links (`dependencies.md` §6), and
 * hands on each good version whole. A file that stays bad or goes away is reported and changes nothing. Keeps no process alive.
 */
export function watchConfig({ file, load, onConfig, onError }: WatchOptions): { close(): void } {
  let settling: NodeJS.Timeout | undefined;

  const reload = () => {
    let config: Config;
    try {
      config = load();
    } catch (error) {
      onError(error);
      return;
    }
    onConfig(config);
  };

  // A writer may be half way through: a cut file can be valid and mean something else.
  const onChange: StatsListener = () => {
    clearTimeout(settling);
    settling = setTimeout(reload, SETTLING_TIME).unref();
  };

  watchFile(file, { interval: POLL_INTERVAL, persistent: false }, onChange);
  return {
    close() {
      clearTimeout(settling);
      unwatchFile(file, onChange);
    },
  };
}
