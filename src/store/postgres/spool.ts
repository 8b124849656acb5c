import { type FileHandle, open } from 'node:fs/promises';
import { crc32 } from 'node:zlib';
import { StoreError } from '../failure.ts';
import type { Operation } from '../sqlite/protocol.ts';

/** Above this many bytes nothing more is taken: the gateway then fails closed (`reliability.md` §2.5). */
const MOST_BYTES = 1024 ** 3;

/** Before each record: its length and its CRC, 4 bytes each. */
const HEADER_BYTES = 8;

/** What is read at once when the spool is replayed. */
const CHUNK_BYTES = 1024 ** 2;

/** Operations that wait on the local disk for the database: an append-only file, its records each with a CRC. */
export type Spool = {
  /** Bytes of records that have not been replayed. */
  size(): number;
  /** Keeps operations, synced to the disk. @throws StoreError `overloaded` when the file is full; a file system error. */
  append(operations: readonly Operation[]): Promise<void>;
  /** Gives the oldest operations to `apply`, and forgets them once that resolves; empties the file with the last. */
  replaySome(apply: (operations: Operation[]) => Promise<void>): Promise<void>;
  close(): Promise<void>;
};

/** Opens or makes the spool (mode 0600). What a crash left half written at its end was never acknowledged, and is cut off. */
export async function openSpool(file: string, mostBytes = MOST_BYTES): Promise<Spool> {
  const handle = await open(file, 'a+', 0o600);
  const { size: found } = await handle.stat();
  let end = await soundLength(handle, found);
  let start = 0;
  if (end < found) await handle.truncate(end);
  return {
    size: () => end - start,
    append: async (operations) => {
      const records = Buffer.concat(operations.map(recordOf));
      if (end + records.length > mostBytes) throw new StoreError('overloaded', `the spool ${file} is full`);
      try {
        await handle.appendFile(records);
        await handle.datasync();
      } catch (error) {
        // Half a record would hide what is written after it.
        await handle.truncate(end).catch(() => undefined);
        throw error;
      }
      end += records.length;
    },
    replaySome: async (apply) => {
      const { operations, bytes } = await readSome(handle, start, end);
      await apply(operations);
      start += bytes;
      if (start < end && bytes > 0) return;
      await handle.truncate(0);
      start = 0;
      end = 0;
    },
    close: () => handle.close(),
  };
}

/** Keeps nothing: for commands, which tell their user that the database is down. */
export function noSpool(): Spool {
  return {
    size: () => 0,
    append: async () => {
      throw new StoreError('unavailable', 'the database cannot be reached at the moment');
    },
    replaySome: async () => undefined,
    close: async () => undefined,
  };
}

function recordOf(operation: Operation): Buffer {
  const body = Buffer.from(JSON.stringify(operation));
  const header = Buffer.alloc(HEADER_BYTES);
  header.writeUInt32LE(body.length, 0);
  header.writeUInt32LE(crc32(body), 4);
  return Buffer.concat([header, body]);
}

/** How many bytes from the start of the file are whole records. */
export async function soundLength(handle: FileHandle, size: number): Promise<number> {
  let at = 0;
  for (;;) {
    const { bytes } = await readSome(handle, at, size);
    if (bytes === 0) return at;
    at += bytes;
  }
}

/** The whole, sound records from `start` on, about a chunk of them. */
async function readSome(
  handle: FileHandle,
  start: number,
  end: number,
): Promise<{ operations: Operation[]; bytes: number }> {
  const first = await read(handle, start, Math.min(HEADER_BYTES, end - start));
  const firstLength = first.length < HEADER_BYTES ? 0 : HEADER_BYTES + first.readUInt32LE(0);
  const chunk = await read(handle, start, Math.min(Math.max(CHUNK_BYTES, firstLength), end - start));
  const operations: Operation[] = [];
  let at = 0;
  while (at + HEADER_BYTES <= chunk.length) {
    const next = at + HEADER_BYTES + chunk.readUInt32LE(at);
    const body = chunk.subarray(at + HEADER_BYTES, next);
    if (next > chunk.length || crc32(body) !== chunk.readUInt32LE(at + 4)) break;
    operations.push(JSON.parse(body.toString()));
    at = next;
  }
  return { operations, bytes: at };
}

async function read(handle: FileHandle, position: number, length: number): Promise<Buffer> {
  const { buffer, bytesRead } = await handle.read(Buffer.alloc(length), 0, length, position);
  return buffer.subarray(0, bytesRead);
}
