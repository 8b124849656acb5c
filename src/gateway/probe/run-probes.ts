import type { ChannelConfig } from '../../config/config.ts';
import type { DialectId } from '../../core/dialect.ts';
import { isDialectId } from '../../dialects/index.ts';
import { providerById } from '../../providers/index.ts';
import { targetsOf } from '../../routing/resolve.ts';
import type { Transport } from '../../upstream/send.ts';
import { endpointFor } from '../target-endpoint.ts';
import { createCodecTools } from '../wiring.ts';
import { Asker, type Tally } from './asker.ts';
import type { Probe, Step, Verdict } from './probe.ts';
import { AUTH } from './probes/basics.ts';
import { PROBES } from './probes/index.ts';
import { failed, ok, skipped } from './verdict.ts';

/** One cell of the matrix. */
export type ProbeResult = Verdict & { name: string };

/** One column of the matrix: an endpoint and what it was found to do. */
export type EndpointReport = { dialect: DialectId; path: string; probes: ProbeResult[] };

/** What a channel was found to do, and what finding it out has cost. */
export type ChannelReport = { model: string; endpoints: EndpointReport[]; tally: Tally };

/**
 * Probes every endpoint of a channel with one model, past the ledger. Credentials are each tried at the door; the rest is
 * asked with the first that is let in. The endpoints are asked side by side, each one call at a time.
 */
export async function probeChannel(
  transport: Transport,
  channel: ChannelConfig,
  upstreamModel: string,
): Promise<ChannelReport> {
  const dialects = Object.keys(channel.endpoints ?? providerById(channel.provider).endpoints).filter(isDialectId);
  const runs = dialects.map((dialect) => new EndpointRun(transport, channel, upstreamModel, dialect));
  const endpoints = await Promise.all(runs.map((run) => run.report()));
  return { model: upstreamModel, endpoints, tally: sumOf(runs.flatMap(({ tallies }) => tallies)) };
}

/** The verdicts for which a channel fails its test. */
export function failuresOf({ endpoints }: ChannelReport): ProbeResult[] {
  return endpoints.flatMap(({ probes }) => probes.filter(({ state }) => state === 'failed'));
}

class EndpointRun {
  private readonly askers: readonly Asker[];
  private readonly dialect: DialectId;

  constructor(transport: Transport, channel: ChannelConfig, model: string, dialect: DialectId) {
    // Nothing that is sealed here leaves this process but to the upstream that made it: any secret will do.
    const tools = createCodecTools(Date.now, new Uint8Array(0));
    this.dialect = dialect;
    this.askers = targetsOf(model, channel, model).map(
      (target) => new Asker({ transport, target, endpoint: endpointFor(target, dialect), tools }),
    );
  }

  get tallies(): Tally[] {
    return this.askers.map(({ tally }) => tally);
  }

  async report(): Promise<EndpointReport> {
    const doors = await Promise.all(
      this.askers.map(async (asker) => ({ asker, verdict: await runProbe(asker, AUTH) })),
    );
    const { asker } = doors.find(({ verdict }) => verdict.state === 'ok') ?? {};
    const probes: ProbeResult[] = [{ name: AUTH.name, ...verdictOnDoors(doors) }];
    for (const probe of PROBES) {
      const verdict = asker ? await runProbe(asker, probe) : skipped('auth failed');
      probes.push({ name: probe.name, ...verdict });
    }
    return { dialect: this.dialect, path: this.path, probes };
  }

  private get path(): string {
    return this.askers[0]?.parts.endpoint.endpoint.generatePath ?? '';
  }
}

/** A credential, by its asker, and whether it is let in. */
type Door = { asker: Asker; verdict: Verdict };

function verdictOnDoors(doors: readonly Door[]): Verdict {
  const shut = doors.filter(({ verdict }) => verdict.state !== 'ok');
  if (shut.length === 0) return ok(doors.length === 1 ? undefined : `${doors.length} credentials`);
  const nameOf = ({ asker }: Door) => (doors.length === 1 ? '' : `${asker.parts.target.credential.name}: `);
  return failed(shut.map((door) => nameOf(door) + (door.verdict.note ?? '')).join('; '));
}

async function runProbe(asker: Asker, probe: Probe): Promise<Verdict> {
  const { endpoint, tools } = asker.parts;
  if (!probe.supported(endpoint)) return { state: 'unsupported', note: undefined };
  const setting = { endpoint, envelope: tools.envelope };
  let step: Verdict | Step = { request: probe.request(endpoint), judge: (answer) => probe.judge(answer, setting) };
  while ('judge' in step) step = step.judge(await asker.ask(step.request), setting);
  return step;
}

function sumOf(tallies: readonly Tally[]): Tally {
  return tallies.reduce((sum, one) => ({
    calls: sum.calls + one.calls,
    inputTokens: sum.inputTokens + one.inputTokens,
    outputTokens: sum.outputTokens + one.outputTokens,
  }));
}
