import type { Endpoint } from './endpoint.ts';
import { alertEndpoints } from './resources/alerts.ts';
import { auditEndpoints } from './resources/audit.ts';
import { budgetEndpoints } from './resources/budgets.ts';
import { cacheDoctorEndpoints } from './resources/cache-doctor.ts';
import { channelWorkEndpoints } from './resources/channel-work.ts';
import { channelEndpoints } from './resources/channels.ts';
import { exchangeDetailEndpoints } from './resources/exchange-detail.ts';
import { exchangeReplayEndpoints } from './resources/exchange-replay.ts';
import { exchangeEndpoints } from './resources/exchanges.ts';
import { invitationEndpoints } from './resources/invitations.ts';
import { keyEndpoints } from './resources/keys.ts';
import { limitEndpoints } from './resources/limits.ts';
import { liveEndpoints } from './resources/live.ts';
import { memberEndpoints } from './resources/members.ts';
import { modelEndpoints } from './resources/models.ts';
import { oidcEndpoints } from './resources/oidc.ts';
import { payloadEndpoints } from './resources/payloads.ts';
import { projectEndpoints } from './resources/projects.ts';
import { providerEndpoints } from './resources/providers.ts';
import { secondFactorEndpoints } from './resources/second-factor.ts';
import { sessionEndpoints } from './resources/session.ts';
import { settingsEndpoints } from './resources/settings.ts';
import { setupEndpoints } from './resources/setup.ts';
import { signInEndpoints } from './resources/sign-in.ts';
import { tokenEndpoints } from './resources/tokens.ts';
import { usageEndpoints } from './resources/usage.ts';
import { usageFigureEndpoints } from './resources/usage-figures.ts';
import { userEndpoints } from './resources/users.ts';
import { webhookEndpoints } from './resources/webhooks.ts';

/** The one table of the admin API: nothing is served that is not in it. */
export const ENDPOINTS: readonly Endpoint[] = [
  ...setupEndpoints,
  ...signInEndpoints,
  ...oidcEndpoints,
  ...sessionEndpoints,
  ...secondFactorEndpoints,
  ...invitationEndpoints,
  ...userEndpoints,
  ...tokenEndpoints,
  ...memberEndpoints,
  ...projectEndpoints,
  ...keyEndpoints,
  ...budgetEndpoints,
  ...limitEndpoints,
  ...providerEndpoints,
  ...channelEndpoints,
  ...channelWorkEndpoints,
  ...modelEndpoints,
  ...settingsEndpoints,
  ...webhookEndpoints,
  ...alertEndpoints,
  ...exchangeEndpoints,
  ...exchangeDetailEndpoints,
  ...payloadEndpoints,
  ...exchangeReplayEndpoints,
  ...cacheDoctorEndpoints,
  ...liveEndpoints,
  ...usageEndpoints,
  ...usageFigureEndpoints,
  ...auditEndpoints,
];
