import type { Alert } from '../../core/alert.ts';

/** The same trouble is told once in this time, in ms. */
const REPEAT = 600_000;

/** What is told of a circuit of a channel that has opened: once in ten minutes, whichever processes notice. */
export function channelAlert(channel: string, scope: string, reason: string, at: number): Alert {
  const id = `channel.down:${channel}:${scope}:${Math.floor(at / REPEAT)}`;
  return { id, event: 'channel.down', at, data: { channel, scope, reason } };
}

/** What is told of a disk that fills up, with the bytes that are free: once in ten minutes for each process and state. */
export function diskAlert(node: string, state: 'low' | 'full', freeBytes: number, at: number): Alert {
  const id = `disk.low:${node}:${state}:${Math.floor(at / REPEAT)}`;
  return { id, event: 'disk.low', at, data: { node, state, free_bytes: Math.trunc(freeBytes) } };
}

/** What is told when the use of an exchange could not be written: once in ten minutes for each process. */
export function ledgerAlert(node: string, at: number): Alert {
  const id = `ledger.trouble:${node}:${Math.floor(at / REPEAT)}`;
  return { id, event: 'ledger.trouble', at, data: { node } };
}
