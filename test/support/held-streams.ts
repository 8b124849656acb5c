import type { FakeUpstream } from './fake-upstream.ts';

/** From now on answers each stream with these events up to its second text, and with the rest when the gate opens. */
export function holdStreams(upstream: FakeUpstream, events: readonly Buffer[], goOn: Promise<void>): void {
  upstream.fallback = async (reply) => {
    await reply.streamHead();
    for (const event of events.slice(0, 4)) await reply.chunk(event);
    await goOn;
    for (const event of events.slice(4)) await reply.chunk(event);
    await reply.endChunks();
  };
}
