/** The `flotilla` command. Subcommands load when they run, so that help and mistakes are answered at once. */
import { basename } from 'node:path';
import { Command, CommanderError, InvalidArgumentError, Option } from 'commander';
import { CliError } from './cli-error.ts';
import { resolveContext, type GlobalFlags } from './context.ts';
import { EXIT_CODES } from './exit-codes.ts';
import { findLocalConfig } from './find-local-config.ts';
import type { OutputFormat, Session } from './session.ts';
import { styleFor } from './style.ts';
import { makeTerminal } from './terminal.ts';

const environment = process.env;
const terminal = makeTerminal(process.stdout, process.stderr, styleFor(process.stdout.isTTY, environment));
const invokedAs = basename(environment['FLOTILLA_INVOKED_AS'] ?? process.argv[1] ?? '');
const name = invokedAs.startsWith('kubectl-') ? 'kubectl flotilla' : 'flotilla';

interface GlobalOptions extends GlobalFlags {
  readonly config?: string;
  readonly output: OutputFormat;
}

const INTERRUPTION_MS_MAX = 2_000;
// Whoever reads along (head, a pager) may stop reading: that is no mistake.
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
    process.exit(EXIT_CODES.OK);
  });
}

const interruption = new AbortController();
process.once('SIGINT', () => {
  interruption.abort();
  // A command that is in the middle of something tidies up and ends; one that hangs does not hold its user.
  process.once('SIGINT', () => process.exit(EXIT_CODES.INTERRUPTED));
  setTimeout(() => process.exit(EXIT_CODES.INTERRUPTED), INTERRUPTION_MS_MAX).unref();
});

/** Built for each subcommand that runs, so that a broken cli.json does not stand in the way of help. */
function openSession(command: Command): Session {
  const options = command.optsWithGlobals<GlobalOptions>();
  const local = findLocalConfig(process.cwd(), options.config ?? environment['FLOTILLA_CLI_CONFIG']);
  return {
    context: resolveContext({ flags: options, environment, local }),
    output: options.output,
    terminal,
    interrupted: interruption.signal,
  };
}

function examples(...lines: readonly string[]): string {
  return `\nExamples:\n${lines.map((line) => `  $ ${name} ${line}`).join('\n')}\n`;
}

function whole(minimum: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (!Number.isSafeInteger(value) || value < minimum) throw new InvalidArgumentError(`expected a whole number of at least ${minimum}.`);
    return value;
  };
}

function speedOf(text: string): number {
  if (text === 'max') return 0;
  const value = Number(text);
  if (!(value >= 0 && value <= 1_000_000) || text.trim() === '')
    throw new InvalidArgumentError('expected a number above 0, at most 1000000, or max.');
  return value;
}

const collect = (value: string, before: readonly string[] = []): readonly string[] => [...before, value];

const program = new Command(name)
  .description('See, feed, halt and prove a fleet of trading agents.')
  .option('--config <file>', 'cli.json of a local cluster; default: .local/cli.json of the checkout [FLOTILLA_CLI_CONFIG]')
  .option('--kubeconfig <file>', 'kubeconfig of the cluster [KUBECONFIG]')
  .option('-n, --namespace <name>', 'namespace of the fleet [FLOTILLA_NAMESPACE] (default: trading)')
  .option('--nats-url <url>', 'address of NATS [FLOTILLA_NATS_URL, FLOTILLA_NATS_USER, FLOTILLA_NATS_PASSWORD]')
  .option('--gateway-url <url>', 'address of the gateway [FLOTILLA_GATEWAY_URL]')
  .addOption(new Option('-o, --output <format>', 'table for people, json for programs').choices(['table', 'json']).default('table'))
  .addHelpText(
    'after',
    `\nExit codes: 0 done, 1 failed, 2 wrong usage, 130 interrupted.\n${examples('status --watch', 'halt --all --reason "prices look wrong"', 'audit verify ./audit')}`,
  )
  .showHelpAfterError('(add --help for the options)')
  .exitOverride()
  .configureOutput({ writeErr: (text) => process.stderr.write(text.replace(/^error: /, `${name}: `)) });

program
  .command('status')
  .description('what trades, and if not, why: portfolios, strategies, sources, halts')
  .option('-w, --watch', 'show it anew every second until Ctrl-C')
  .addHelpText('after', examples('status', 'status --watch', 'status --output json | jq .strategies'))
  .action(async (options: { watch?: boolean }, command: Command) => {
    const { showStatus } = await import('./commands/status.ts');
    await showStatus(openSession(command), { watch: options.watch === true });
  });

program
  .command('fills')
  .description('the fills of the fleet, oldest first')
  .option('-p, --portfolio <name>', 'of this portfolio alone')
  .option('-s, --strategy <name>', 'of this strategy alone')
  .option('-l, --limit <count>', 'the last so many, 0 for all (default: 20, with json all)', whole(0))
  .option('-f, --follow', 'go on with new ones until Ctrl-C')
  .addHelpText('after', examples('fills', 'fills --strategy btc-momentum --limit 5', 'fills --output json > fills.json', 'fills --follow'))
  .action(async (options: { portfolio?: string; strategy?: string; limit?: number; follow?: boolean }, command: Command) => {
    const { showFills } = await import('./commands/fills.ts');
    await showFills(openSession(command), options);
  });

program
  .command('positions')
  .description('what each strategy holds, what it is worth and what it earned')
  .option('-p, --portfolio <name>', 'of this portfolio alone')
  .addHelpText('after', examples('positions', 'positions --portfolio main --output json'))
  .action(async (options: { portfolio?: string }, command: Command) => {
    const { showPositions } = await import('./commands/positions.ts');
    await showPositions(openSession(command), options);
  });

program
  .command('send')
  .description('sign an alert and post it to a webhook, as a sender outside would')
  .requiredOption('--source <name>', 'SignalSource of scheme Hmac')
  .requiredOption('--instrument <symbol>', 'for example BTC-USD')
  .requiredOption('--price <decimal>', 'price that the sender saw')
  .addOption(new Option('--signal <signal>', 'what to do').choices(['BUY', 'SELL', 'FLAT']).makeOptionMandatory())
  .option('--strength <decimal>', 'how strongly, 0 to 1', '1')
  .option('--secret-file <file>', "the source's secret; default: kubectl get secret")
  .addHelpText(
    'after',
    examples(
      'send --source desk --instrument BTC-USD --price 611.87 --signal BUY',
      'send --source desk --instrument BTC-USD --price 611.87 --signal SELL --strength 0.5 --secret-file ./secret',
    ),
  )
  .action(
    async (
      options: { source: string; instrument: string; price: string; signal: string; strength: string; secretFile?: string },
      command: Command,
    ) => {
      const { sendAlert } = await import('./commands/send.ts');
      await sendAlert(openSession(command), options);
    },
  );

program
  .command('replay')
  .description('publish recorded market data through the gateway; goes on where it was when the gateway restarts')
  .argument('<dataset>', "a file of the gateway's data folder, without .csv")
  .requiredOption('--source <name>', 'SignalSource of scheme Replay')
  .addOption(
    new Option('--speed <factor>', 'recorded seconds per real second; max or 0: as fast as possible').argParser(speedOf).default(0, 'max'),
  )
  .option('--rows <count>', 'rows at most', whole(1))
  .option('--from-row <row>', 'the first row to publish, from 0', whole(0), 0)
  .option('--run <id>', 'name of the run; the same run publishes nothing twice (default: a new one)')
  .addHelpText(
    'after',
    examples(
      'replay btcusd-1s-2016-10-07 --source btc-replay',
      'replay btcusd-1s-2016-10-07 --source btc-replay --speed 600 --rows 500',
      'replay btcusd-1s-2016-10-07 --source btc-replay --run monday-1',
    ),
  )
  .action(
    async (dataset: string, options: { source: string; speed: number; rows?: number; fromRow: number; run?: string }, command: Command) => {
      const { replayDataset } = await import('./commands/replay.ts');
      await replayDataset(openSession(command), dataset, options);
    },
  );

program
  .command('halt')
  .description('stop trading: creates a KillSwitch and shows the time of each step')
  .option('--portfolio <name>', 'stop this portfolio, as name or namespace/name; may be repeated', collect)
  .option('--all', 'stop every portfolio of the cluster')
  .requiredOption('--reason <text>', 'why, for the people who find it later')
  .addOption(new Option('--mode <mode>', 'what still passes').choices(['CancelAndHold', 'ReduceOnly']).default('CancelAndHold'))
  .option('--name <name>', 'name of the KillSwitch (default: made from the time)')
  .option('--timeout <seconds>', 'how long to wait for the last step', whole(1), 60)
  .addHelpText(
    'after',
    `\nThe halt is in force from its creation, whatever becomes of this command; "release" ends it.\n${examples('halt --all --reason "prices look wrong"', 'halt --portfolio main --reason "limits under review" --name review-1')}`,
  )
  .action(
    async (
      options: {
        portfolio?: readonly string[];
        all?: boolean;
        reason: string;
        mode: 'CancelAndHold' | 'ReduceOnly';
        name?: string;
        timeout: number;
      },
      command: Command,
    ) => {
      const { haltTrading } = await import('./commands/halt.ts');
      await haltTrading(openSession(command), options);
    },
  );

program
  .command('release')
  .description('end a halt: deletes the KillSwitch; trading may go on')
  .argument('<name>', 'name of the KillSwitch, as in "kubectl get killswitches"')
  .option('-y, --yes', 'do not ask')
  .option('--timeout <seconds>', 'how long to wait until it is gone', whole(1), 60)
  .addHelpText('after', examples('release halt-20261121-120000', 'release review-1 --yes'))
  .action(async (killSwitch: string, options: { yes?: boolean; timeout: number }, command: Command) => {
    const { releaseHalt } = await import('./commands/release.ts');
    await releaseHalt(openSession(command), killSwitch, options);
  });

program
  .command('audit')
  .description('the audit log')
  .command('verify')
  .description('verify an audit folder offline: any edit, deletion, reordering or cut is found, and the first bad entry named')
  .argument('[folder]', "folder with the log; default: the local cluster's")
  .option('--key <key>', 'verifier key that you were given, or a file with it; default: the one in the folder')
  .option('--trusted <size:root>', 'a checkpoint that you were given: the log must contain it')
  .option('--sealed', 'refuse entries behind the last checkpoint, for a log whose writer was stopped')
  .addHelpText('after', examples('audit verify ./audit', 'audit verify ./audit --key ./auditor.key --trusted 4096:9f86d0…'))
  .action(async (folder: string | undefined, options: { key?: string; trusted?: string; sealed?: boolean }, command: Command) => {
    const { verifyAudit } = await import('./commands/audit-verify.ts');
    await verifyAudit(openSession(command), folder, options);
  });

function report(error: unknown): number {
  terminal.progress('');
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT_CODES.OK : EXIT_CODES.USAGE;
  if (interruption.signal.aborted) return EXIT_CODES.INTERRUPTED;
  const message = error instanceof Error ? error.message : String(error);
  terminal.note(`${name}: ${message}`);
  if (error instanceof CliError && error.hint !== undefined) terminal.note(`  ${error.hint}`);
  return error instanceof CliError ? error.exitCode : EXIT_CODES.FAILED;
}

try {
  await program.parseAsync(process.argv);
  process.exitCode = interruption.signal.aborted ? EXIT_CODES.INTERRUPTED : EXIT_CODES.OK;
} catch (error) {
  process.exitCode = report(error);
}
