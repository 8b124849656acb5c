import { getHeapSpaceStatistics, setFlagsFromString } from 'node:v8';

/** Size of both its halves together from which on it grows no more, in bytes. */
const LARGE_ENOUGH = 64 * 1024 * 1024;

/** How often it is looked at until then, in ms: it doubles no sooner than so much has survived in it. */
const INTERVAL = 100;

/**
 * Keeps V8's young generation from growing to 128 MiB, which it does as soon as thousands of streams are open, and stays at while they
 * are (decision 0018). Only a flag of the command line could do so from the beginning, and who starts us may not know it.
 * @returns what ends it.
 */
export function boundYoungGeneration(): () => void {
  const timer = setInterval(() => {
    const young = getHeapSpaceStatistics().find(({ space_name }) => space_name === 'new_space');
    if (young === undefined || young.space_size < LARGE_ENOUGH) return;
    setFlagsFromString('--semi-space-growth-factor=1');
    clearInterval(timer);
  }, INTERVAL).unref();
  return () => clearInterval(timer);
}
