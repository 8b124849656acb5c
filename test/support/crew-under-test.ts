import { Books } from './books.ts';
import { Cluster, type NodeSizes } from './cluster.ts';
import { type Gateway, startGateway } from './gateway.ts';
import { TestPostgres } from './postgres.ts';
import { startedWorkers } from './workers.ts';

/** Server processes that share one store: workers on one file, or two nodes with workers on one PostgreSQL. */
export type CrewUnderTest = {
  nodes: readonly Gateway[];
  /** A node for each request, in turn. */
  next(): Gateway;
  /** Whether all of these exchanges are settled, by their own processes where others may have done it before. */
  areSettled(ids: readonly string[]): Promise<boolean>;
  /** Kills one process with SIGKILL and, where it was a whole node, starts that again; says what it was. */
  killOne(random: () => number): Promise<string>;
  dispose(): Promise<void>;
};

/** Starts `processes` that serve `config`, not counting supervisors; on PostgreSQL half of them in each of two nodes, or as `sizes` says. */
export async function startCrew(
  kind: 'sqlite' | 'postgres',
  options: { config: string; processes: number; sizes?: NodeSizes },
): Promise<CrewUnderTest> {
  const { config, processes } = options;
  if (kind === 'sqlite') {
    const environment = { EZMODEL_WORKERS: `${processes}` };
    const gateway = await startGateway({ config, environment, patience: 120_000 });
    const books = new Books(gateway.dataDirectory);
    const areSettled = async (ids: readonly string[]) => ids.every((id) => books.settled(id));
    return crewOf([gateway], processes, areSettled, async () => {
      books.close();
      await gateway.dispose();
    });
  }
  const postgres = await TestPostgres.start();
  const each = Math.max(1, processes / 2);
  const databaseUrl = await postgres.database();
  const cluster = await Cluster.start({ databaseUrl, config, sizes: options.sizes ?? [each, each] });
  const areSettled = async (ids: readonly string[]) => {
    const list = ids.map((id) => `'${id}'`).join(', ');
    const open = await postgres.query(
      databaseUrl,
      `SELECT id FROM exchanges WHERE (outcome IS NULL OR outcome = 'crashed') AND id IN (${list})`,
    );
    return open.length === 0;
  };
  return crewOf(cluster.nodes, each, areSettled, async () => {
    await cluster.dispose();
    await postgres.dispose();
  });
}

function crewOf(
  nodes: readonly Gateway[],
  workers: number,
  areSettled: CrewUnderTest['areSettled'],
  dispose: () => Promise<void>,
): CrewUnderTest {
  let turn = 0;
  const at = (index: number): Gateway => {
    const node = nodes[index % nodes.length];
    if (node === undefined) throw new Error('there are no nodes');
    return node;
  };
  return {
    nodes,
    next: () => at(turn++),
    areSettled,
    killOne: async (random) => {
      const node = at(Math.floor(random() * nodes.length));
      // The workers die with their supervisor: one kill in three takes the whole node.
      if (workers === 1 || random() < 0.33) {
        await node.kill9();
        await node.start();
        return 'a node';
      }
      const slot = Math.floor(random() * workers);
      const victim = startedWorkers(node).findLast((worker) => worker.slot === slot);
      if (victim === undefined) throw new Error(`there is no worker ${slot}`);
      killUnlessGone(victim.pid);
      return 'a worker';
    },
    dispose,
  };
}

/** A worker that was killed a moment ago may have no successor yet that has said so. */
function killUnlessGone(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error;
  }
}
