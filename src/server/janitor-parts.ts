import type { Gateway } from '../gateway/gateway.ts';
import type { JanitorParts } from '../metering/retention/janitor.ts';
import type { Store } from '../store/store.ts';

/** What the janitor of a server works with, and how it tells of what it did. */
export function janitorParts({ snapshot, log, now }: Gateway, store: Store): JanitorParts {
  return {
    store,
    config: () => snapshot().config.retention,
    now,
    onDeleted: (report) => {
      if (report.bodies + report.rows + report.rollups > 0) log.info(report, 'deleted what is no longer to be kept');
    },
    onFailure: (error) => log.error({ err: error }, 'retention could not be looked after'),
  };
}
