import type { ChannelReport, EndpointReport, ProbeResult } from '../gateway/probe/run-probes.ts';
import { formatTable } from './output.ts';

const WORDS: Record<ProbeResult['state'], string> = {
  ok: 'ok',
  failed: 'FAILED',
  unsupported: 'not supported',
  skipped: 'skipped',
};

/** The matrix of a channel for people: a row for each probe, a column for each dialect, then the reasons and the cost. */
export function formatProbes({ endpoints, tally }: ChannelReport): string {
  const titles = ['PROBE', ...endpoints.map(({ dialect }) => dialect)].map((title) => ({ title }));
  const names = endpoints[0]?.probes.map(({ name }) => name) ?? [];
  const rows = names.map((name, index) => [name, ...endpoints.map(({ probes }) => wordFor(probes[index]))]);
  const reasons = endpoints.flatMap(reasonsOf);
  const titlesOfReasons = ['', 'DIALECT', 'PROBE', 'REASON'].map((title) => ({ title }));
  const count = (tokens: number) => tokens.toLocaleString('en-US');
  return [
    formatTable(titles, rows),
    ...(reasons.length > 0 ? [formatTable(titlesOfReasons, reasons)] : []),
    `cost: ${count(tally.inputTokens)} tokens in, ${count(tally.outputTokens)} tokens out, ${tally.calls} calls`,
  ].join('\n\n');
}

/** Most probes that are named in one line of reasons; the matrix shows which they are. */
const MOST_NAMES = 3;

/** A line for each reason why probes failed or were skipped. */
function reasonsOf({ dialect, probes }: EndpointReport): string[][] {
  const told = probes.filter(({ state }) => state === 'failed' || state === 'skipped');
  const groups = Map.groupBy(told, ({ state, note = '' }) => `${WORDS[state]}\n${note}`);
  return [...groups].map(([reason, group]) => {
    const [word = '', note = ''] = reason.split('\n', 2);
    const names = group.length > MOST_NAMES ? `${group.length} probes` : group.map(({ name }) => name).join(', ');
    return [word, dialect, names, note];
  });
}

function wordFor(result: ProbeResult | undefined): string {
  return result ? WORDS[result.state] : '';
}
