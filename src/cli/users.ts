import type { Command } from 'commander';
import { hashPassword } from '../access/sign-in/passwords.ts';
import { newSecret } from '../access/sign-in/secrets.ts';
import type { Store } from '../store/open.ts';
import { changeWithAudit } from '../store/people/audit.ts';
import { forgetGuessesStatement } from '../store/people/guesses.ts';
import { deleteSecondFactorStatements } from '../store/people/second-factors.ts';
import { deleteSessionsStatement } from '../store/people/sessions.ts';
import { findUserByEmail, listUsers, type UserRecord, updateUserStatement } from '../store/people/users.ts';
import { CliError, formatTable, formatTime, print, printJson } from './output.ts';
import { environmentOf, withStore } from './settings.ts';

/** Adds `users list|reset-password|reset-second-factor`. */
export function addUsersCommand(program: Command): void {
  const users = program.command('users').description('the people who administer');
  users.command('list').description('list all users').option('--json', 'print JSON').action(list);
  users
    .command('reset-password <email>')
    .description(
      'give a user a new password, printed this once; their sessions end, and nobody is held off any more for having guessed',
    )
    .action((email: string, _: object, command: Command) =>
      withStore(environmentOf(command).dataDir, (store) => resetPassword(store, email.trim().toLowerCase())),
    );
  users
    .command('reset-second-factor <email>')
    .description('take away the authenticator of a user who has lost it; their sessions end')
    .action((email: string, _: object, command: Command) =>
      withStore(environmentOf(command).dataDir, (store) => resetSecondFactor(store, email.trim().toLowerCase())),
    );
}

async function list({ json }: { json?: true }, command: Command): Promise<void> {
  const users = await withStore(environmentOf(command).dataDir, listUsers);
  if (json) {
    printJson(
      users.map(({ id, email, name, role, disabledAt }) => ({ id, email, name, role, disabled_at: disabledAt })),
    );
    return;
  }
  if (users.length === 0) {
    print('There are no users. The first owner is made with the token that the server prints when it starts.');
    return;
  }
  const titles = ['ID', 'EMAIL', 'NAME', 'ROLE', 'STATE', 'CREATED'].map((title) => ({ title }));
  const rows = users.map(({ id, email, name, role, disabledAt, createdAt }) => {
    return [id, email, name, role, disabledAt === null ? 'active' : 'disabled', formatTime(createdAt)];
  });
  print(formatTable(titles, rows));
}

async function resetPassword(store: Store, email: string): Promise<void> {
  const user = await userOf(store, email);
  const password = newSecret();
  const statements = [
    updateUserStatement(user.id, { password: await hashPassword(password), disabledAt: null }),
    deleteSessionsStatement({ userId: user.id }),
    // Of everybody: whose tries have held them off, and at which address, is not known here.
    forgetGuessesStatement('all'),
  ];
  const what = { action: 'users.password', subject: `user:${user.id}`, before: null, after: null };
  await changeWithAudit(store, statements, { at: Date.now(), actor: 'cli', address: 'local', ...what });
  print(`${password}\n\nThis is the only time that the password is shown. Every session of ${email} has ended.`);
}

async function resetSecondFactor(store: Store, email: string): Promise<void> {
  const user = await userOf(store, email);
  const statements = [
    ...deleteSecondFactorStatements(user.id),
    deleteSessionsStatement({ userId: user.id }),
    forgetGuessesStatement('all'),
  ];
  const what = { action: 'second-factor.remove', subject: `user:${user.id}`, before: null, after: null };
  await changeWithAudit(store, statements, { at: Date.now(), actor: 'cli', address: 'local', ...what });
  print(`${email} signs in without a code of an authenticator. Every session has ended.`);
}

async function userOf(store: Store, email: string): Promise<UserRecord> {
  const user = await findUserByEmail(store, email);
  if (!user) throw new CliError(`no user has the e-mail address ${JSON.stringify(email)}`);
  return user;
}
