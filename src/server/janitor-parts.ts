import { randomUUID } from 'node:crypto';
import type { Gateway } from '../gateway/gateway.ts';
import type { FoldingParts } from '../metering/fold-usage.ts';
import type { JanitorParts } from '../metering/retention/janitor.ts';
import type { Store } from '../store/store.ts';
import { logTrouble } from './log-trouble.ts';

/** What the janitor of a server works with, and how it tells of what it did. */
export function janitorParts({ snapshot, log, now }: Gateway, store: Store): JanitorParts {
  return {
    store,
    config: () => snapshot().config.retention,
    now,
    onDeleted: (report) => {
      if (report.bodies + report.rows + report.rollups > 0) log.info(report, 'deleted what is no longer to be kept');
    },
    onFailure: (error) => logTrouble(log, 'error', { err: error }, 'retention could not be looked after'),
  };
}

/** What the folding of past hours works with. */
export function foldingParts({ log, now }: Gateway, store: Store): FoldingParts {
  return {
    store,
    now,
    holder: randomUUID(),
    onFailure: (error) =>
      logTrouble(log, 'warn', { err: error }, 'the sums of past hours could not be folded; reports take longer'),
  };
}
