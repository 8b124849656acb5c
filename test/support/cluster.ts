import { type Gateway, startGateway } from './gateway.ts';
import { HAS_REDIS, RedisServer } from './redis.ts';

/** How many processes each node has: one alone, or a supervisor with workers. */
export type NodeSizes = readonly number[];

/** Several server processes on one PostgreSQL database and, where there is one, one Redis; all take the key of the first. */
export class Cluster {
  readonly nodes: Gateway[];
  readonly redis: RedisServer | undefined;

  private constructor(nodes: Gateway[], redis: RedisServer | undefined) {
    this.nodes = nodes;
    this.redis = redis;
  }

  /** Starts one node after the other, since processor time is short on test machines. */
  static async start(options: { databaseUrl: string; config: string; sizes: NodeSizes }): Promise<Cluster> {
    const redis = HAS_REDIS ? await RedisServer.start() : undefined;
    const nodes: Gateway[] = [];
    const cluster = new Cluster(nodes, redis);
    try {
      for (const size of options.sizes) {
        const environment = {
          DATABASE_URL: options.databaseUrl,
          EZMODEL_SECRET: 'a secret that all of the nodes share',
          EZMODEL_WORKERS: `${size}`,
          ...(redis && { REDIS_URL: redis.url }),
        };
        nodes.push(await startGateway({ config: options.config, environment, patience: 60_000 }));
      }
    } catch (error) {
      await cluster.dispose();
      throw error;
    }
    for (const node of nodes) node.key = nodes[0]?.key ?? '';
    return cluster;
  }

  /** The node at this place. @throws Error when there is none. */
  node(index: number): Gateway {
    const node = this.nodes[index];
    if (node === undefined) throw new Error(`there is no node ${index}`);
    return node;
  }

  async dispose(): Promise<void> {
    for (const node of this.nodes) await node.dispose();
    await this.redis?.stop();
  }
}
