import { readFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { isJsonObject, type JsonObject, numberAt } from '../../src/core/json.ts';
import { textStream } from './anthropic-stream.ts';
import { call } from './call.ts';
import { DeafListener } from './deaf-listener.ts';
import { FakeUpstream, type Script } from './fake-upstream.ts';
import { type Gateway, startGateway } from './gateway.ts';
import { gate, waitFor } from './wait.ts';

const STREAM = textStream({ model: 'claude-opus-5', usage: { input: 30, output: 12 } }, ['one ', 'two ', 'three ']);
const TO_START = 2;
const TO_CONTENT = 3;
/** Ms of silence after which pings are sent; the first comes after one and a half of it. */
const KEEP_ALIVE = 60;
/** Ms after which a second attempt is begun beside a silent one. */
const HEDGE_AFTER = 20;

const CHUNK = Buffer.from(
  `data: ${JSON.stringify({
    id: 'c1',
    object: 'chat.completion.chunk',
    created: 1,
    model: 'm',
    choices: [{ index: 0, delta: { role: 'assistant', content: 'one ' }, finish_reason: null }],
  })}\n\n`,
);

/** Where in its life a request is when its client goes. */
export type Phase = {
  name: string;
  /** Calls that its upstreams have seen by then, for this request. */
  calls: number;
  /** Attempts in its row; 0: it has no row. */
  attempts: number;
  /** Sends a request and waits until it is in this phase. */
  reach(rig: AbortRig): Promise<Reached>;
};

/** A request in its phase. */
export type Reached = {
  client: Socket;
  /** Resolves when nothing is left of it at any upstream, or in the queue, with the monotonic ms at which that was. */
  over(): Promise<number>;
  /** Ends what the phase needs beside it. */
  tidy?(): void;
};

/** A gateway with one place, in front of upstreams that stand still at every point of an answer. */
export class AbortRig {
  readonly upstream: FakeUpstream;
  readonly other: FakeUpstream;
  readonly deaf: DeafListener;
  readonly gateway: Gateway;

  private constructor(parts: Pick<AbortRig, 'upstream' | 'other' | 'deaf' | 'gateway'>) {
    this.upstream = parts.upstream;
    this.other = parts.other;
    this.deaf = parts.deaf;
    this.gateway = parts.gateway;
  }

  static async start(): Promise<AbortRig> {
    const rules = { refusalOf: () => undefined, errorBody: (type: string) => ({ type: 'error', error: { type } }) };
    const [upstream, other] = [
      await FakeUpstream.start('sk-credential-of-the-aborts', rules),
      await FakeUpstream.start('sk-credential-beside-it', rules),
    ];
    const deaf = await DeafListener.start();
    const channel = { provider: 'anthropic', api_key: 'sk-credential-of-the-aborts', timeouts: { connect: '60s' } };
    const channels = [
      { ...channel, name: 'plain', base_url: upstream.url, models: ['plain', 'hedged'] },
      { ...channel, name: 'other', base_url: other.url, models: ['hedged'], priority: 1 },
      { ...channel, name: 'deaf', base_url: deaf.url, models: ['deaf'] },
      { ...channel, name: 'chat', base_url: upstream.url, models: ['converted'], provider: 'openai-compatible' },
    ];
    const hedging = { enabled: true, after: `${HEDGE_AFTER}ms`, floor: '1ms', max_share: 1 };
    const config = {
      channels,
      models: { hedged: { hedging } },
      server: { max_requests: 1, max_queue_wait: '1h', keep_alive: `${KEEP_ALIVE}ms` },
      routing: { affinity: false, max_retry_after: '1h', total_time: '1h' },
    };
    const gateway = await startGateway({ config: JSON.stringify(config) });
    return new AbortRig({ upstream, other, deaf, gateway });
  }

  async stop(): Promise<void> {
    await this.gateway.dispose();
    await Promise.all([this.upstream.stop(), this.other.stop(), this.deaf.stop()]);
  }

  /** Sends a request by a client that can go before it has been answered. */
  ask(model: string, more: JsonObject = {}): Socket {
    const messages = [{ role: 'user', content: 'hi' }];
    const body = JSON.stringify({ model, max_tokens: 64, stream: true, messages, ...more });
    const headers = Object.entries(this.gateway.headers({ 'content-length': `${body.length}` }));
    const lines = headers.map(([name, value]) => `${name}: ${value}\r\n`).join('');
    const socket = connect(this.gateway.port, '127.0.0.1');
    socket.on('error', () => undefined);
    socket.write(`POST /v1/messages HTTP/1.1\r\nHost: x\r\n${lines}\r\n${body}`);
    return socket;
  }

  /** Answers a request in full: what the first channel has done wrong is then forgotten. */
  async serveOne(): Promise<void> {
    this.upstream.next((reply) => reply.stream(STREAM));
    const client = this.ask('plain');
    const received = textOf(client);
    await waitFor('an answer', () => received().includes('message_stop'));
    client.destroy();
    this.upstream.calls.pop();
  }

  /** A figure of `/metrics`; 0 where it has no line. */
  async figure(name: string): Promise<number> {
    const { text } = await call(`${this.gateway.url}/metrics`);
    const line = text.split('\n').find((each) => each.startsWith(`${name} `));
    return Number(line?.slice(name.length + 1) ?? 0);
  }

  /** Failures in a row that the gateway knows of the plain channel. */
  async failures(): Promise<number> {
    const { text } = await call(`${this.gateway.url}/healthz/channels`);
    const { channels }: { channels: JsonObject[] } = JSON.parse(text);
    const credentials = channels.find(({ name }) => name === 'plain')?.['credentials'];
    const [credential] = Array.isArray(credentials) ? credentials.filter(isJsonObject) : [];
    const targets = credential?.['targets'];
    const [target] = Array.isArray(targets) ? targets.filter(isJsonObject) : [];
    return (target && numberAt(target, 'failures')) ?? 0;
  }

  /** Connections to the deaf listener that are waiting to be taken, the ones that keep it full left out. */
  get connecting(): number {
    const port = this.deaf.port.toString(16).toUpperCase().padStart(4, '0');
    const waiting = new RegExp(`^ *\\d+: \\S+ 0100007F:${port} 02 `, 'gm');
    return (readFileSync('/proc/net/tcp', 'latin1').match(waiting)?.length ?? 0) - this.deaf.waiting;
  }
}

/** Runs a phase to its client's going, and resolves with the ms from then until nothing was left of it. */
export async function abortIn(rig: AbortRig, phase: Phase): Promise<number> {
  const { client, over, tidy } = await phase.reach(rig);
  const leftAt = performance.now();
  client.destroy();
  const endedAt = await over();
  tidy?.();
  await waitFor('the gateway to be idle', async () => (await rig.figure('ezmodel_open_requests')) === 0);
  return endedAt - leftAt;
}

/** A phase in which the first upstream has done as the script says, and then stands still. */
function standing(
  name: string,
  script: Script,
  more: { body?: JsonObject; model?: string; seen?: string } = {},
): Phase {
  const { body, model = 'plain', seen } = more;
  return {
    name,
    calls: 1,
    attempts: 1,
    reach: async (rig) => {
      const done = gate();
      rig.upstream.next(async (reply) => {
        await script(reply);
        done.open();
      });
      const before = rig.upstream.calls.length;
      const client = rig.ask(model, body);
      const received = textOf(client);
      const upstreamCall = await rig.upstream.arrived(before + 1);
      await done.promise;
      if (seen !== undefined) await waitFor(`"${seen}"`, () => received().includes(seen));
      return { client, over: () => upstreamCall.closed.then(() => upstreamCall.closedAt ?? 0) };
    },
  };
}

const start: Script = async (reply) => {
  await reply.streamHead();
  for (const event of STREAM.slice(0, TO_START)) await reply.chunk(event);
};
const content: Script = async (reply) => {
  await reply.streamHead();
  for (const event of STREAM.slice(0, TO_CONTENT)) await reply.chunk(event);
};
const silence: Script = () => undefined;

/** Every phase of a request. */
export const PHASES: readonly Phase[] = [
  {
    name: 'queued',
    calls: 0,
    attempts: 0,
    reach: async (rig) => {
      rig.upstream.next(silence);
      const before = rig.upstream.calls.length;
      const holder = rig.ask('plain');
      const held = await rig.upstream.arrived(before + 1);
      const client = rig.ask('plain');
      await waitFor('the queue', async () => (await rig.figure('ezmodel_queue_length')) === 1);
      const over = async () => {
        await waitFor('the queue to be empty', async () => (await rig.figure('ezmodel_queue_length')) === 0);
        return performance.now();
      };
      const tidy = () => {
        holder.destroy();
        rig.upstream.calls.splice(rig.upstream.calls.indexOf(held), 1);
      };
      return { client, over, tidy };
    },
  },
  {
    name: 'connecting',
    calls: 0,
    attempts: 1,
    reach: async (rig) => {
      const client = rig.ask('deaf');
      await waitFor('the connection to be begun', () => rig.connecting === 1);
      const over = async () => {
        await waitFor('the connecting socket to be closed', () => rig.connecting === 0);
        return performance.now();
      };
      return { client, over };
    },
  },
  standing('waiting for headers', silence),
  standing('waiting for headers of a whole answer', silence, { body: { stream: false } }),
  standing('waiting for the body of a whole answer', (reply) => reply.head(200, { 'content-length': '9' }), {
    body: { stream: false },
  }),
  standing('waiting for content', start),
  standing('kept alive ahead of content', start, { seen: ': keep-alive' }),
  {
    name: 'backing off',
    calls: 1,
    attempts: 1,
    reach: async (rig) => {
      await rig.serveOne();
      rig.upstream.next((reply) => reply.error(529, 'overloaded_error', 'x', { 'retry-after': '600' }));
      const client = rig.ask('plain');
      await waitFor('the failure', async () => (await rig.failures()) === 1);
      const over = async () => {
        await waitFor('the request to end', async () => (await rig.figure('ezmodel_open_requests')) === 0);
        return performance.now();
      };
      return { client, over };
    },
  },
  {
    name: 'hedging',
    calls: 2,
    attempts: 2,
    reach: async (rig) => {
      rig.upstream.next(start);
      rig.other.next(start);
      const [before, beside] = [rig.upstream.calls.length, rig.other.calls.length];
      const client = rig.ask('hedged');
      const calls = [await rig.upstream.arrived(before + 1), await rig.other.arrived(beside + 1)];
      const over = async () => {
        await Promise.all(calls.map(({ closed }) => closed));
        return Math.max(...calls.map(({ closedAt }) => closedAt ?? 0));
      };
      return { client, over };
    },
  },
  standing('streaming', content, { seen: 'one ' }),
  standing('kept alive between events', content, { seen: 'event: ping' }),
  standing('streaming a converted answer', (reply) => reply.streamHead().then(() => reply.chunk(CHUNK)), {
    model: 'converted',
    seen: 'one ',
  }),
];

/** What a socket has received so far. */
function textOf(socket: Socket): () => string {
  let text = '';
  socket.on('data', (chunk) => {
    text += chunk.toString('latin1');
  });
  return () => text;
}
