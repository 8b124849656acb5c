import { createHash } from 'node:crypto';
import { Redis } from 'ioredis';

/** A command that is not answered in this time has failed, in ms: limits must not hold up a request for longer (S7). */
const COMMAND_TIMEOUT = 100;
const CONNECT_TIMEOUT = 1_000;
const LONGEST_RECONNECT = 1_000;

/** A script that Redis keeps under its hash. */
export type Script = { text: string; sha: string };

/** Makes a script of its Lua text. */
export function scriptOf(text: string): Script {
  return { text, sha: createHash('sha1').update(text).digest('hex') };
}

/** What the gateway asks of Redis. Commands reject at once while there is no connection, and after 100 ms otherwise. */
export type RedisConnection = {
  /** Runs a script, which Redis is sent only when it does not know it. */
  run(script: Script, keys: readonly string[], values: readonly (string | number)[]): Promise<unknown>;
  get(key: string): Promise<string | null>;
  /** @param ttl ms. */
  set(key: string, value: string, ttl: number): Promise<void>;
  /** Tells all that listen to a channel. */
  publish(channel: string, message: string): Promise<void>;
  /** Calls `action` each time that a connection is there. */
  onReady(action: () => void): void;
  close(): void;
};

const RECONNECTING = {
  connectTimeout: CONNECT_TIMEOUT,
  retryStrategy: (attempt: number) => Math.min(50 * attempt, LONGEST_RECONNECT),
};

/** Listens to a channel over a connection of its own, again and again; what is said while it is broken is not heard. */
export function subscribeRedis(url: string, channel: string, take: (message: string) => void): { close(): void } {
  const client = new Redis(url, { ...RECONNECTING, maxRetriesPerRequest: null, connectionName: 'ezmodel listener' });
  client.on('error', () => undefined);
  client.on('message', (_, message) => take(message));
  // ioredis subscribes again by itself whenever it has connected again.
  client.subscribe(channel).catch(() => undefined);
  return { close: () => client.disconnect() };
}

/** Connects to `redis://…` in the background, again and again. Never rejects. */
export function connectRedis(url: string): RedisConnection {
  const client = new Redis(url, {
    ...RECONNECTING,
    // Without a connection a command fails at once instead of waiting for one.
    enableOfflineQueue: false,
    autoResendUnfulfilledCommands: false,
    maxRetriesPerRequest: 0,
    commandTimeout: COMMAND_TIMEOUT,
    connectionName: 'ezmodel',
  });
  // Every failed command says so itself.
  client.on('error', () => undefined);
  return {
    async run({ text, sha }, keys, values) {
      try {
        return await client.evalsha(sha, keys.length, ...keys, ...values);
      } catch (error) {
        if (!isUnknownScript(error)) throw error;
        return await client.eval(text, keys.length, ...keys, ...values);
      }
    },
    get: (key) => client.get(key),
    set: async (key, value, ttl) => {
      await client.set(key, value, 'PX', ttl);
    },
    publish: async (channel, message) => {
      await client.publish(channel, message);
    },
    onReady: (action) => {
      client.on('ready', action);
    },
    close: () => client.disconnect(),
  };
}

function isUnknownScript(error: unknown): boolean {
  return error instanceof Error && error.message.startsWith('NOSCRIPT');
}
