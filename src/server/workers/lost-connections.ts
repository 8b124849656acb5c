import type { Worker } from 'node:cluster';
import type { EventEmitter } from 'node:events';
import { isJsonObject } from '../../core/json.ts';

type Closable = { close(): void };

/**
 * Closes the connections that a worker was given and had not taken when it died: `node:cluster` forgets them open, and their
 * clients would wait for good instead of trying again. Goes by messages of `node:cluster` (`newconn`, and `ack` with its number);
 * without them it does nothing.
 */
export function closeLostConnections(worker: Worker): void {
  const given = new Map<unknown, Closable>();
  const { process } = worker;
  process.send = new Proxy(process.send, {
    apply: (send, self, parameters) => {
      const [message, connection] = parameters;
      if (isJsonObject(message) && message['act'] === 'newconn' && isClosable(connection)) {
        given.set(message['seq'], connection);
      }
      return Reflect.apply(send, self, parameters);
    },
  });
  const channel: EventEmitter = process;
  channel.on('internalMessage', (message: unknown) => {
    if (isJsonObject(message) && message['ack'] !== undefined) given.delete(message['ack']);
  });
  worker.once('exit', () => {
    for (const connection of given.values()) connection.close();
    given.clear();
  });
}

function isClosable(value: unknown): value is Closable {
  return typeof value === 'object' && value !== null && 'close' in value && typeof value.close === 'function';
}
