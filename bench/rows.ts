import type { Capacity, Latency, Rounds } from './rounds.ts';
import { median } from './statistics.ts';

/** One line of the table. Numbers are in the unit of the row; `judged` is the one that the target is for. */
export type Row = {
  id: string;
  en: string;
  zh: string;
  unit: string;
  measured: number;
  bare: number | undefined;
  ratio: number | undefined;
  target: Target | undefined;
};

/** What a row should reach, and which of its numbers is meant. */
export type Target = { of: 'ratio' | 'measured' | 'added'; at: 'least' | 'most'; value: number };

/** The number that the target of a row is for. */
export function judged({ target, measured, bare = 0, ratio = 0 }: Row): number {
  const of = target?.of ?? 'measured';
  switch (of) {
    case 'ratio':
      return ratio;
    case 'added':
      return measured - bare;
    case 'measured':
      return measured;
    default:
      return of satisfies never;
  }
}

/** Whether a row reaches its target; undefined where it has none. */
export function isMet(row: Row): boolean | undefined {
  const { target } = row;
  if (target === undefined) return undefined;
  return target.at === 'least' ? judged(row) >= target.value : judged(row) <= target.value;
}

type Label = Pick<Row, 'id' | 'en' | 'zh'>;

/**
 * Answers per second of CPU time, all threads counted, against the bare relay: what one core can do when it does nothing
 * else. Where the load generator is the narrower place, the clock would measure that instead. Systems that do not tell CPU
 * time finely enough get the clock.
 */
export function capacityRow(label: Label, rounds: Rounds, subject: string, least: number | undefined): Row {
  const target = least === undefined ? undefined : ({ of: 'ratio', at: 'least', value: least } as const);
  const figure = ({ perSecond, cpuMicros }: Capacity) => (cpuMicros === undefined ? perSecond : 1e6 / cpuMicros);
  return { ...label, unit: '/s', ...compared(rounds, subject, figure), target };
}

/** Answers per second by the clock: with the load, the upstream and everything else that the machine does. */
export function clockRow(label: Label, rounds: Rounds, subject: string): Row {
  return { ...label, unit: '/s', ...compared(rounds, subject, ({ perSecond }) => perSecond), target: undefined };
}

function compared(rounds: Rounds, subject: string, figure: (capacity: Capacity) => number) {
  const of = (name: string) => median((rounds.capacity.get(name) ?? []).map(figure));
  return { measured: of(subject), bare: of('bare'), ratio: of(subject) / of('bare') };
}

/** A latency of the gateway and of the bare relay at the same rate. */
export function latencyRow(label: Label, rounds: Rounds, figure: keyof Latency, mostAdded: number): Row {
  const of = (name: string) => median((rounds.latency.get(name) ?? []).map((latency) => latency[figure]));
  const target = { of: 'added', at: 'most', value: mostAdded } as const;
  return { ...label, unit: 'ms', measured: of('gateway'), bare: of('bare'), ratio: undefined, target };
}

/** A figure of its own, with the bare relay's beside it where it has one. */
export function plainRow(label: Label, unit: string, values: readonly number[], most: number, bare?: number[]): Row {
  const target = { of: 'measured', at: 'most', value: most } as const;
  return { ...label, unit, measured: median(values), bare: bare && median(bare), ratio: undefined, target };
}
