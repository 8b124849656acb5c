import type { Command } from 'commander';
import { deletePayloads } from '../access/payloads/delete-payloads.ts';
import type { PayloadBody, PayloadDocument } from '../access/payloads/document.ts';
import { readPayload } from '../access/payloads/payload-box.ts';
import { createSealer } from '../access/sealing/sealer.ts';
import { parseDuration } from '../config/durations.ts';
import { listPayloads, type PayloadSelection } from '../store/payloads.ts';
import { CliError, type Column, formatCount, formatTable, formatTime, plural, print, printJson } from './output.ts';
import { environmentOf, withStore } from './settings.ts';

const MOST_LISTED = 1_000;

/** Adds `bodies list|show|delete`. */
export function addBodiesCommand(program: Command): void {
  const bodies = program
    .command('bodies')
    .description('requests and answers that are kept, sealed (`payloads` of the config file)');
  bodies
    .command('list')
    .description(`list what is kept, newest first, ${formatCount(MOST_LISTED)} at most`)
    .option('--key <id>', 'of one key')
    .option('--json', 'print JSON')
    .action(list);
  bodies
    .command('show')
    .argument('<id>', 'the request id: req_…')
    .description('print what is kept of one request: as sent, as sent upstream, as answered there, as answered')
    .option('--json', 'print JSON, stream events with their times')
    .action(show);
  bodies
    .command('delete')
    .argument('[id]', 'one request id')
    .description('delete what is kept of one request, key or project, or what is older')
    .option('--key <id>', 'all of a key')
    .option('--project <id>', 'all of a project')
    .option('--older <duration>', 'all that is older, such as 7d')
    .option('--all', 'all there is')
    .action(remove);
}

async function list({ key, json }: { key?: string; json?: true }, command: Command): Promise<void> {
  const entries = await withStore(environmentOf(command).dataDir, (store) =>
    listPayloads(store, { now: Date.now(), keyId: key, limit: MOST_LISTED }),
  );
  if (json) {
    printJson(entries);
    return;
  }
  const columns: Column[] = [...['REQUEST', 'KEY', 'PROJECT', 'CREATED', 'KEPT UNTIL'].map((title) => ({ title }))];
  columns.push({ title: 'BYTES', align: 'right' });
  const rows = entries.map(({ exchangeId, keyId, projectId, createdAt, expiresAt, bytes }) => {
    return [exchangeId, keyId, projectId, formatTime(createdAt), formatTime(expiresAt), formatCount(bytes)];
  });
  print(formatTable(columns, rows));
}

async function show(id: string, { json }: { json?: true }, command: Command): Promise<void> {
  const { dataDir } = environmentOf(command);
  const found = await withStore(dataDir, (store) => readPayload(store, createSealer(dataDir), id, Date.now()));
  if (found === undefined) throw new CliError(`nothing is kept of ${id}`);
  if (json) printJson({ id, ...found.document });
  else print(formatDocument(found.document));
}

function formatDocument({ request, attempts, answered, status, error }: PayloadDocument): string {
  const parts = [['As the client sent it', textOf(request)]];
  for (const { attempt, channel, sent, status: its, answer } of attempts) {
    const head = `Attempt ${attempt} at ${channel}`;
    parts.push([`${head}: sent`, sent === 'request' ? 'the same bytes' : textOf(sent)]);
    parts.push([`${head}: answer ${its ?? ''}`.trim(), answer === null ? 'none' : textOf(answer)]);
  }
  const given = answered === 'last_attempt' ? 'the same bytes as the last attempt' : answered && textOf(answered);
  parts.push([`As the client was answered ${status ?? ''}`.trim(), given ?? error ?? 'nothing']);
  return parts.map(([title, text]) => `--- ${title}\n${text}`).join('\n');
}

/** Line ends and tabs stay; whatever else could steer a terminal is shown as its code. */
function textOf({ bytes, truncated, pieces }: PayloadBody): string {
  const text = pieces.map((piece) => piece.text).join('');
  const shown = text.replace(
    /[^\P{Cc}\n\t]|[\p{Cf}\p{Zl}\p{Zp}]/gu,
    (mark) => `\\u${mark.codePointAt(0)?.toString(16).padStart(4, '0')}`,
  );
  return truncated ? `${shown}\n(cut off; it had ${formatCount(bytes)} bytes)` : shown;
}

type DeleteOptions = { key?: string; project?: string; older?: string; all?: true };

async function remove(id: string | undefined, options: DeleteOptions, command: Command): Promise<void> {
  const which = selectionOf(id, options);
  const deleted = await withStore(environmentOf(command).dataDir, (store) => deletePayloads(store, which));
  print(`${plural(deleted, 'payload')} deleted`);
}

function selectionOf(id: string | undefined, { key, project, older, all }: DeleteOptions): PayloadSelection {
  const chosen: PayloadSelection[] = [];
  if (id !== undefined) chosen.push({ exchangeId: id });
  if (key !== undefined) chosen.push({ keyId: key });
  if (project !== undefined) chosen.push({ projectId: project });
  if (older !== undefined) chosen.push({ createdBefore: Date.now() - durationOf(older) });
  if (all) chosen.push('all');
  const [which] = chosen;
  if (which === undefined || chosen.length > 1) {
    throw new CliError('name one of: a request id, --key, --project, --older, --all');
  }
  return which;
}

function durationOf(text: string): number {
  const duration = parseDuration(text);
  if (duration === undefined)
    throw new CliError(`--older must be a duration such as 12h or 7d, not ${JSON.stringify(text)}`);
  return duration;
}
