import { createReadStream } from 'node:fs';
import { open, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { soundLength } from './spool.ts';

/** The spools of workers, whatever their number was. */
const OF_WORKERS = /^spool-\d+\.log$/;

/**
 * Appends to `target`, a spool that nobody has open, what workers of an earlier start have left in theirs: there may be fewer
 * workers now, or none. A crash half way leaves records twice, which count once. Only for the holder of the server lock.
 */
export async function absorbSpools(folder: string, target: string): Promise<void> {
  const names = (await readdir(folder)).filter((name) => OF_WORKERS.test(name)).toSorted();
  for (const name of names) {
    const file = join(folder, name);
    await append(file, join(folder, target));
    await rm(file);
  }
}

async function append(source: string, target: string): Promise<void> {
  const [from, to] = [await open(source, 'r'), await open(target, 'a+', 0o600)];
  try {
    // A record that is torn would hide all that is written behind it.
    await to.truncate(await soundLength(to, (await to.stat()).size));
    const length = await soundLength(from, (await from.stat()).size);
    if (length === 0) return;
    for await (const chunk of createReadStream(source, { end: length - 1 })) await to.appendFile(chunk);
    await to.sync();
  } finally {
    await from.close();
    await to.close();
  }
}
