import type { Command } from 'commander';

type AddCommand = (program: Command) => void;

/**
 * The commands in the order of the help, each with how its code is loaded: a command line needs one of them, and loading the
 * others is most of what a start takes.
 */
const COMMANDS: readonly { names: readonly string[]; load: () => Promise<AddCommand> }[] = [
  { names: ['serve'], load: async () => (await import('./serve.ts')).addServeCommand },
  { names: ['projects'], load: async () => (await import('./projects.ts')).addProjectsCommand },
  { names: ['keys'], load: async () => (await import('./keys.ts')).addKeysCommand },
  { names: ['budgets'], load: async () => (await import('./budgets.ts')).addBudgetsCommand },
  { names: ['channels'], load: async () => (await import('./channels.ts')).addChannelsCommand },
  { names: ['limits'], load: async () => (await import('./limits.ts')).addLimitsCommand },
  { names: ['alerts'], load: async () => (await import('./alerts.ts')).addAlertsCommand },
  { names: ['migrate'], load: async () => (await import('./migrate.ts')).addMigrateCommand },
  { names: ['models'], load: async () => (await import('./models.ts')).addModelsCommand },
  { names: ['usage'], load: async () => (await import('./usage.ts')).addUsageCommand },
  { names: ['exchange'], load: async () => (await import('./exchange.ts')).addExchangeCommand },
  { names: ['receipts'], load: async () => (await import('./receipts.ts')).addReceiptsCommand },
  { names: ['bodies'], load: async () => (await import('./bodies.ts')).addBodiesCommand },
  { names: ['retention'], load: async () => (await import('./retention.ts')).addRetentionCommand },
  { names: ['secrets'], load: async () => (await import('./secrets.ts')).addSecretsCommand },
  { names: ['users'], load: async () => (await import('./users.ts')).addUsersCommand },
  { names: ['audit'], load: async () => (await import('./audit.ts')).addAuditCommand },
  { names: ['prices'], load: async () => (await import('./prices.ts')).addPricesCommand },
  { names: ['doctor'], load: async () => (await import('./doctor.ts')).addDoctorCommand },
  { names: ['backup', 'restore'], load: async () => (await import('./backup.ts')).addBackupCommands },
  { names: ['config'], load: async () => (await import('./config.ts')).addConfigCommand },
];

/** Adds the command that a command line names; all of them when it names none, or one that is not there: help lists them. */
export async function addCommands(program: Command, args: readonly string[]): Promise<void> {
  const named = COMMANDS.filter(({ names }) => names.includes(commandIn(args) ?? ''));
  const wanted = await Promise.all((named.length > 0 ? named : COMMANDS).map(({ load }) => load()));
  for (const add of wanted) add(program);
}

/** The first argument that is neither `--config` nor its file. */
function commandIn(args: readonly string[]): string | undefined {
  if (args[0] === '--config') return args[2];
  return args[0]?.startsWith('--config=') ? args[1] : args[0];
}
