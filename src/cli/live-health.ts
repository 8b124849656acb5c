import { isJsonObject, type Json, type JsonObject, numberAt, stringAt } from '../core/json.ts';
import { readAddress } from '../server/address-file.ts';
import { askServer } from '../upstream/ask-server.ts';
import { formatTable } from './output.ts';

/** A circuit that is not closed, or has counted failures, as a running server tells it. */
type CircuitLine = {
  channel: string;
  credential: string;
  /** The upstream model of a target; undefined: the credential itself, for all its models. */
  model: string | undefined;
  state: string;
  reason: string | undefined;
  failures: number;
  coolDownMs: number;
  /** In how many processes of the server it stands so. */
  processes: number;
};

/** What a running server says of its channels, by name. */
export type LiveHealth = {
  /** How many processes serve. */
  processes: number;
  channels: ReadonlyMap<string, JsonObject>;
};

/** What the running server of a data directory says of its channels; undefined when no server runs. */
export async function liveHealth(dataDir: string): Promise<LiveHealth | undefined> {
  const address = readAddress(dataDir);
  const answer = address === undefined ? undefined : await askServer(address, '/healthz/channels');
  if (!isJsonObject(answer) || !Array.isArray(answer['channels'])) return undefined;
  const channels = objectsIn(answer['channels']).map((channel) => [stringAt(channel, 'name') ?? '', channel] as const);
  return { processes: numberAt(answer, 'processes') ?? 1, channels: new Map(channels) };
}

/** A channel's health in a few words. */
export function healthInWords(channel: JsonObject | undefined): string {
  if (!channel) return '-';
  const lines = circuitsOf(channel);
  const counts = (['open', 'half-open'] as const).map((state) => [state, countOf(lines, state)] as const);
  const words = counts.filter(([, count]) => count > 0).map(([state, count]) => `${count} ${state}`);
  return words.length === 0 ? 'ok' : words.join(', ');
}

/** A table of every circuit that has something to tell; undefined when none has. */
export function formatCircuits({ processes: all, channels }: LiveHealth): string | undefined {
  const lines = [...channels.values()].flatMap(circuitsOf);
  if (lines.length === 0) return undefined;
  const titles = ['CREDENTIAL', 'MODEL', 'CIRCUIT', 'REASON', 'FAILURES', 'COOL-DOWN LEFT'].map((title) => ({ title }));
  const rows = lines.map(({ channel, credential, model, state, reason, failures, coolDownMs, processes }) => [
    `${channel}/${credential}`,
    model ?? 'all',
    all > 1 ? `${state} in ${processes} of ${all}` : state,
    reason ?? '-',
    String(failures),
    coolDownMs > 0 ? `${Math.ceil(coolDownMs / 1000)} s` : '-',
  ]);
  return formatTable(titles, rows);
}

function circuitsOf(channel: JsonObject): CircuitLine[] {
  const name = stringAt(channel, 'name') ?? '';
  return objectsIn(channel['credentials']).flatMap((credential) => {
    const own = { channel: name, credential: stringAt(credential, 'name') ?? '' };
    const lines = [
      lineOf(credential, { ...own, model: undefined }),
      ...objectsIn(credential['targets']).map((target) => lineOf(target, { ...own, model: stringAt(target, 'model') })),
    ];
    return lines.filter(({ state, failures }) => state !== 'closed' || failures > 0);
  });
}

function lineOf(circuit: JsonObject, of: Pick<CircuitLine, 'channel' | 'credential' | 'model'>): CircuitLine {
  return {
    ...of,
    state: stringAt(circuit, 'state') ?? 'closed',
    reason: stringAt(circuit, 'reason'),
    failures: numberAt(circuit, 'failures') ?? 0,
    coolDownMs: numberAt(circuit, 'cool_down_ms') ?? 0,
    processes: numberAt(circuit, 'processes') ?? 1,
  };
}

function countOf(lines: readonly CircuitLine[], state: string): number {
  return lines.filter((line) => line.state === state).length;
}

function objectsIn(value: Json | undefined): JsonObject[] {
  return Array.isArray(value) ? value.filter(isJsonObject) : [];
}
