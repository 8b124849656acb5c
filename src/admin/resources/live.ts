import { z } from '@hono/zod-openapi';
import { isAtLeast } from '../../core/role.ts';
import { pageExchanges } from '../../store/exchange-pages.ts';
import { type AdminParts, type Endpoint, endpoint, NOTHING, projectEndpoint } from '../endpoint.ts';
import { createLiveFeed, type LiveFeed } from '../live-feed.ts';
import { AdminError } from '../problem.ts';
import { visibleProjects } from '../visible-projects.ts';
import { exchangeShape, showExchange } from './exchanges.ts';

/** How often a listener hears at least something, and is asked whether it may still listen, in ms. */
const HEART_BEAT = 15_000;

/** Listeners of one process. */
const MOST_LISTENERS = 100;

/** Bytes that wait for one listener; what comes meanwhile is left out, and that is told. */
const MOST_WAITING = 256 * 1024;

const ENCODER = new TextEncoder();

const circuit = {
  state: z.enum(['closed', 'open', 'half-open']),
  reason: z.string().nullable(),
  failures: z.int(),
  cool_down_ms: z.int(),
};

/** How channels are, as all processes of this gateway know them. */
const healthShape = z.object({
  processes: z.int(),
  channels: z.array(
    z.looseObject({
      name: z.string(),
      state: z.string(),
      drained: z.boolean(),
      credentials: z.array(
        z.looseObject({
          name: z.string(),
          drained: z.boolean(),
          ...circuit,
          targets: z.array(z.looseObject({ model: z.string(), ...circuit })),
        }),
      ),
    }),
  ),
});

const feeds = new WeakMap<AdminParts, { feed: LiveFeed; listeners: number }>();

function feedOf(parts: AdminParts) {
  const known = feeds.get(parts) ?? { feed: createLiveFeed(parts), listeners: 0 };
  feeds.set(parts, known);
  return known;
}

/** What happens now. */
export const liveEndpoints: readonly Endpoint[] = [
  endpoint('admin', {
    owner: 'gateway',
    method: 'get',
    path: '/health',
    summary: 'How channels, their credentials and the store are',
    status: 200,
    params: NOTHING,
    query: NOTHING,
    body: NOTHING,
    answer: healthShape.extend({
      store: z.object({
        kind: z.enum(['sqlite', 'postgres']),
        place: z.string(),
        down_for_ms: z.int().nullable(),
        spooled_bytes: z.int(),
        waiting_operations: z.int(),
      }),
    }),
    handle: async ({ store, health }) => {
      const { downFor, spooledBytes } = store.health();
      return {
        ...healthShape.parse(await health()),
        store: {
          kind: store.kind,
          place: store.place,
          down_for_ms: downFor === undefined ? null : Math.round(downFor),
          spooled_bytes: spooledBytes,
          waiting_operations: store.writer.depth(),
        },
      };
    },
  }),
  projectEndpoint('viewer', {
    method: 'get',
    path: '/events',
    summary:
      'Exchanges as they begin and end. With `accept: text/event-stream` as server-sent events (`exchange`; `health` for admins; `skipped`; `end`) until the session ends, else the newest at this moment',
    status: 200,
    params: NOTHING,
    query: NOTHING,
    body: NOTHING,
    answer: z.object({ exchanges: z.array(exchangeShape) }),
    handle: async ({ store }, { projects }) => {
      const { rows } = await pageExchanges(store, { projectIds: projects.ids }, undefined, 50);
      return { exchanges: rows.map(showExchange) };
    },
    stream: async (parts, { identity, projects, identifyAgain }) => {
      const known = feedOf(parts);
      if (known.listeners >= MOST_LISTENERS) throw new AdminError('unavailable', 'Too many listen already');
      let visible: readonly string[] | undefined = projects.ids;
      let seesHealth = isAtLeast(identity.role, 'admin');
      let skipped = 0;
      let isOver = false;
      let stop = (): void => undefined;
      return new ReadableStream<Uint8Array>(
        {
          start: (controller) => {
            known.listeners += 1;
            const send = (text: string): void => {
              if (!isOver) controller.enqueue(ENCODER.encode(text));
            };
            const sendEvent = (event: string, data: unknown): void =>
              send(`event: ${event}\ndata: ${JSON.stringify(data)}\n\n`);
            const end = (): void => {
              if (isOver) return;
              sendEvent('end', {});
              stop();
              controller.close();
            };
            const forget = known.feed.listen({
              end,
              tell: ({ exchanges, health }) => {
                const own = exchanges.filter(({ project_id: id }) => visible === undefined || visible.includes(id));
                if ((controller.desiredSize ?? 0) <= 0) {
                  skipped += own.length;
                  return;
                }
                if (skipped > 0) sendEvent('skipped', { exchanges: skipped });
                skipped = 0;
                for (const row of own) sendEvent('exchange', showExchange(row));
                if (seesHealth && health !== undefined) sendEvent('health', health);
              },
            });
            const beat = setInterval(async () => {
              try {
                const current = await identifyAgain();
                if (!current) return end();
                visible = (await visibleProjects(parts.store, current)).ids;
                seesHealth = isAtLeast(current.role, 'admin');
                send(': still here\n\n');
              } catch {
                end();
              }
            }, HEART_BEAT).unref();
            stop = () => {
              isOver = true;
              clearInterval(beat);
              forget();
              known.listeners -= 1;
              stop = () => undefined;
            };
            send('retry: 2000\n\n');
          },
          cancel: () => stop(),
        },
        new ByteLengthQueuingStrategy({ highWaterMark: MOST_WAITING }),
      );
    },
  }),
];
