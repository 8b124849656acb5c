import { books } from './0001-books.ts';
import { losses } from './0002-losses.ts';
import { attemptDetails } from './0003-attempt-details.ts';
import { projects } from './0004-projects.ts';
import { drains } from './0005-drains.ts';
import { receipts } from './0006-receipts.ts';
import { refusedFeatures } from './0007-refused-features.ts';
import { budgets } from './0008-budgets.ts';
import { people } from './0009-people.ts';
import { exchangeNodes } from './0010-exchange-nodes.ts';
import { limits } from './0011-limits.ts';
import { alerts } from './0012-alerts.ts';
import { projectMembers } from './0013-project-members.ts';
import { exchangeSearch } from './0014-exchange-search.ts';
import { adminWrites } from './0015-admin-writes.ts';
import { hourlyTimes } from './0016-hourly-times.ts';
import { nodes } from './0017-nodes.ts';
import { payloads } from './0018-payloads.ts';
import { signIn } from './0019-sign-in.ts';
import { projectMarkup } from './0020-project-markup.ts';
import { upstreams } from './0021-upstreams.ts';
import { retention } from './0022-retention.ts';
import { sessionIssuer } from './0023-session-issuer.ts';
import { attemptWaits } from './0024-attempt-waits.ts';
import { widerRollUps } from './0025-wider-roll-ups.ts';
import { toolCounters } from './0026-tool-counters.ts';
import { cachePrefixes } from './0027-cache-prefixes.ts';
import { attemptHeaders } from './0028-attempt-headers.ts';
import { dropWiderRollUps, folds } from './0029-folds.ts';
import { guesses } from './0031-guesses.ts';
import { holdsByExchange } from './0032-holds-by-exchange.ts';
import { webhooks } from './0034-webhooks.ts';
import { projectUnpriced } from './0035-project-unpriced.ts';
import { lighterIntents } from './0036-lighter-intents.ts';
import { tokenRates } from './0037-token-rates.ts';
import type { Migration } from './migration.ts';

/** All steps of the schema, oldest first. */
export const MIGRATIONS: readonly Migration[] = [
  books,
  losses,
  attemptDetails,
  projects,
  drains,
  receipts,
  refusedFeatures,
  budgets,
  people,
  exchangeNodes,
  limits,
  alerts,
  projectMembers,
  exchangeSearch,
  adminWrites,
  hourlyTimes,
  nodes,
  payloads,
  signIn,
  projectMarkup,
  upstreams,
  retention,
  sessionIssuer,
  attemptWaits,
  widerRollUps,
  toolCounters,
  cachePrefixes,
  attemptHeaders,
  dropWiderRollUps,
  folds,
  guesses,
  holdsByExchange,
  webhooks,
  projectUnpriced,
  lighterIntents,
  tokenRates,
];
