import { z } from '@hono/zod-openapi';
import {
  CONSOLE_LANGUAGES,
  parseSettings,
  RETENTION_SETTINGS,
  type StoredSettings,
  storedSettingsShape,
  withRetention,
} from '../../config/stored-settings.ts';
import { isAtLeast } from '../../core/role.ts';
import { readSettings, setSettingStatements } from '../../store/settings.ts';
import { makeChange } from '../audited.ts';
import { type AdminParts, type Endpoint, endpoint, NOTHING } from '../endpoint.ts';
import { AdminError } from '../problem.ts';
import { changed } from './fields.ts';

const retentionShape = z.object({
  /** In force; null: for ever. */
  days: z.int().nullable(),
  /** Null: no limit. */
  bytes: z.int().nullable(),
  /** Whether the configuration file says the days. */
  managed: z.boolean(),
});

const settingsShape = z.object({
  /** Of the console, for browsers that have not chosen; null: as the browser says. */
  language: z.enum(CONSOLE_LANGUAGES).nullable(),
  time_zone: z.string().nullable(),
  retention: z.object({ bodies: retentionShape, rows: retentionShape, rollups: retentionShape }),
  disk: z.object({
    /** `ok`, `low` or `full`. */
    state: z.string(),
    low_bytes: z.int(),
    reserve_bytes: z.int(),
  }),
  /** Whom alerts are posted to, as the configuration file says; shown to admins alone. */
  alerts: z.array(z.object({ name: z.string(), host: z.string(), events: z.array(z.string()) })),
  unpriced: z.enum(['block', 'hold', 'flag']),
  admin: z.object({ open: z.boolean(), private_channels: z.boolean() }),
});

type Shown = z.input<typeof settingsShape>;

const aboutSettings = { path: '/settings', status: 200, params: NOTHING, query: NOTHING } as const;
const version = async ({ store }: AdminParts) => parseSettings(await readSettings(store));

/** What holds for the gateway and its console. */
export const settingsEndpoints: readonly Endpoint[] = [
  endpoint('viewer', {
    ...aboutSettings,
    owner: 'everybody',
    method: 'get',
    summary: 'The settings in force; what the configuration file says is marked as managed',
    body: NOTHING,
    answer: z.object({ settings: settingsShape }),
    version,
    handle: async (parts, { identity }) => ({
      settings: showSettings(parts, await version(parts), isAtLeast(identity.role, 'admin')),
    }),
  }),
  endpoint('owner', {
    ...aboutSettings,
    owner: 'gateway',
    method: 'patch',
    summary: 'Set what the configuration file leaves open; null takes a setting back',
    body: z.strictObject({
      language: storedSettingsShape.language.optional(),
      time_zone: storedSettingsShape.time_zone.optional(),
      bodies_days: storedSettingsShape.bodies_days.optional(),
      rows_days: storedSettingsShape.rows_days.optional(),
      rollups_days: storedSettingsShape.rollups_days.optional(),
    }),
    answer: z.object({ settings: settingsShape }),
    version,
    handle: async (parts, call) => {
      const before = await version(parts);
      const after = changed(before, call.body);
      refuseManagedDays(parts, call.body);
      refuseShortSums(parts, after);
      const at = parts.now();
      const statements = Object.entries(call.body).flatMap(([name, value]) =>
        value === undefined ? [] : setSettingStatements(name, value, at),
      );
      await makeChange(parts, call, statements, { action: 'settings.change', subject: 'settings', before, after });
      await parts.upstreams.refresh();
      return { settings: showSettings(parts, after, true) };
    },
  }),
];

function showSettings({ upstreams, disk }: AdminParts, settings: StoredSettings, showsAlerts: boolean): Shown {
  const { retention: written, alerts, spending, server } = upstreams.file();
  const retention = withRetention(written, settings);
  const show = (part: keyof Shown['retention']) => ({
    days: retention[part].days ?? null,
    bytes: retention[part].bytes ?? null,
    managed: written[part].days !== undefined,
  });
  return {
    language: settings.language,
    time_zone: settings.time_zone,
    retention: { bodies: show('bodies'), rows: show('rows'), rollups: show('rollups') },
    disk: { state: disk(), low_bytes: retention.lowDisk, reserve_bytes: retention.reserve },
    alerts: showsAlerts
      ? alerts.webhooks.map(({ name, url, events }) => ({ name, host: new URL(url).host, events: [...events] }))
      : [],
    unpriced: spending.unpriced.policy,
    admin: { open: server.admin.open, private_channels: server.admin.privateChannels },
  };
}

/** @throws AdminError when the configuration file says what is to be set. */
function refuseManagedDays({ upstreams }: AdminParts, wanted: Partial<Record<string, unknown>>): void {
  for (const [name, part] of Object.entries(RETENTION_SETTINGS)) {
    if (wanted[name] === undefined || upstreams.file().retention[part].days === undefined) continue;
    throw new AdminError('conflict', `${name}: is managed by the configuration file: change it there`);
  }
}

/** @throws AdminError when sums would go before the rows that they are of. */
function refuseShortSums({ upstreams }: AdminParts, after: StoredSettings): void {
  const { rows, rollups } = upstreams.file().retention;
  const rowDays = rows.days ?? after.rows_days;
  const sumDays = rollups.days ?? after.rollups_days;
  if (sumDays === null || (rowDays !== null && rowDays <= sumDays)) return;
  const message = 'must be at least the days of rows, which need a limit then';
  throw new AdminError('invalid_request', `rollups_days: ${message}`, { errors: [{ field: 'rollups_days', message }] });
}
