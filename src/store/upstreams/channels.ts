import { isJsonObject, type JsonObject } from '../../core/json.ts';
import { StoreError } from '../failure.ts';
import type { Store } from '../open.ts';
import { query, type Statement } from '../query.ts';
import type { ChannelsTable, CredentialsTable } from '../schema.ts';
import { countUpstreamChange } from './revision.ts';

/** A channel that was made over the admin API. Times are Unix ms. */
export type ChannelRecord = {
  name: string;
  /** In the words of `ezmodel.yaml`, without name and credentials. */
  settings: JsonObject;
  createdAt: number;
  updatedAt: number;
};

/** A credential of such a channel; the secret is sealed. */
export type CredentialRecord = {
  /** `channel/name`. */
  id: string;
  channel: string;
  name: string;
  /** Sealed for its place, see {@link secretPlace}. */
  secret: Uint8Array;
  lastFour: string;
  weight: number;
  /** Unix ms. */
  setAt: number;
};

/** Where the secret of a credential stands. */
export function secretPlace(id: string): { table: string; id: string; column: string } {
  return { table: 'credentials', id, column: 'secret' };
}

/** All channels, by name. */
export async function listChannels(store: Store): Promise<ChannelRecord[]> {
  const rows = await store.reader.all(query.selectFrom('channels').selectAll().orderBy('name').compile());
  return rows.map(toChannel);
}

/** All credentials, by channel and in the order in which they were set. */
export async function listCredentials(store: Store): Promise<CredentialRecord[]> {
  const rows = await store.reader.all(
    query.selectFrom('credentials').selectAll().orderBy('channel').orderBy('set_at').orderBy('name').compile(),
  );
  return rows.map(toCredential);
}

/** The statements that store a new channel. */
export function insertChannelStatements(channel: ChannelRecord): Statement[] {
  return [query.insertInto('channels').values(toRow(channel)).compile(), countUpstreamChange()];
}

/** The statements that write the settings of a channel that exists. */
export function updateChannelStatements(channel: ChannelRecord): Statement[] {
  const { name, ...settings } = toRow(channel);
  return [query.updateTable('channels').set(settings).where('name', '=', name).compile(), countUpstreamChange()];
}

/** The statements that remove a channel with its credentials. */
export function deleteChannelStatements(name: string): Statement[] {
  return [
    query.deleteFrom('channels').where('name', '=', name).compile(),
    query.deleteFrom('credentials').where('channel', '=', name).compile(),
    countUpstreamChange(),
  ];
}

/** The statements that store a credential in place of the one of its name. */
export function setCredentialStatements(credential: CredentialRecord): Statement[] {
  const { lastFour, setAt, ...same } = credential;
  const row = { ...same, last_four: lastFour, set_at: setAt };
  const { id: _, ...values } = row;
  const statement = query
    .insertInto('credentials')
    .values(row)
    .onConflict((conflict) => conflict.column('id').doUpdateSet(values))
    .compile();
  return [statement, countUpstreamChange()];
}

/** The statements that remove a credential. */
export function deleteCredentialStatements(id: string): Statement[] {
  return [query.deleteFrom('credentials').where('id', '=', id).compile(), countUpstreamChange()];
}

function toRow({ name, settings, createdAt, updatedAt }: ChannelRecord): ChannelsTable {
  return { name, settings: JSON.stringify(settings), created_at: createdAt, updated_at: updatedAt };
}

function toChannel({ name, settings, created_at, updated_at }: ChannelsTable): ChannelRecord {
  return { name, settings: readSettings(settings, `channel ${name}`), createdAt: created_at, updatedAt: updated_at };
}

function toCredential({ last_four, set_at, ...same }: CredentialsTable): CredentialRecord {
  return { ...same, lastFour: last_four, setAt: set_at };
}

/** The object of a `settings` column. @throws StoreError `corrupt` */
export function readSettings(text: string, what: string): JsonObject {
  const value: unknown = JSON.parse(text);
  if (!isJsonObject(value)) throw new StoreError('corrupt', `the settings of ${what} cannot be read`);
  return value;
}
