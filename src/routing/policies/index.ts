import type { PolicyName } from '../../config/config.ts';
import { leastBusy } from './least-busy.ts';
import { leastCost } from './least-cost.ts';
import { leastLatency } from './least-latency.ts';
import type { Policy } from './policy.ts';
import { priorityWeighted } from './priority-weighted.ts';

/** Every policy by its name in the configuration. */
export const POLICIES: Readonly<Record<PolicyName, Policy>> = {
  'priority-weighted': priorityWeighted,
  'least-latency': leastLatency,
  'least-cost': leastCost,
  'least-busy': leastBusy,
};
