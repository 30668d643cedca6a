/** The whole command line of `flotilla`: global options, every subcommand, help. For `main.ts`. */
import { Command, Option } from 'commander';
import { EXIT_CODE_MEANINGS } from '../exit-codes.ts';
import type { Session } from '../session/session.ts';
import { defineAuditCommands } from './define-audit.ts';
import { defineFeeds } from './define-feeds.ts';
import { defineHalts } from './define-halts.ts';
import { defineKeys } from './define-keys.ts';
import { definePeople } from './define-people.ts';
import { defineTenants } from './define-tenants.ts';
import { defineViews } from './define-views.ts';

/** `openSession` is called for each subcommand that runs, so that help needs no configuration. */
export function makeProgram(name: string, openSession: (command: Command) => Session): Command {
  const examples = (...lines: readonly string[]): string => `\nExamples:\n${lines.map((line) => `  $ ${name} ${line}`).join('\n')}\n`;
  const exitCodes = Object.entries(EXIT_CODE_MEANINGS).map(([code, meaning]) => `  ${code.padEnd(4)} ${meaning}`);
  const program = new Command(name)
    .description('See, feed, halt and prove a fleet of trading agents.')
    .option('--config <file>', 'cli.json of a local cluster; default: .local/cli.json of the checkout [FLOTILLA_CLI_CONFIG]')
    .option('--kubeconfig <file>', 'kubeconfig of the cluster [KUBECONFIG]')
    .option('-n, --namespace <name>', 'namespace of the fleet [FLOTILLA_NAMESPACE] (default: trading)')
    .option(
      '--nats-url <url>',
      'address of NATS [FLOTILLA_NATS_URL]; the login is a token that kubectl asks for [FLOTILLA_NATS_TOKEN, FLOTILLA_NATS_CREDS_FILE]',
    )
    .option(
      '--person <name>',
      'your name at the bus, when you have an account of your own [FLOTILLA_PERSON]; default: the account that people share',
    )
    .option('--gateway-url <url>', 'address of the gateway [FLOTILLA_GATEWAY_URL]')
    .addOption(new Option('-o, --output <format>', 'table for people, json for programs').choices(['table', 'json']).default('table'))
    .addHelpText(
      'after',
      `\nExit codes:\n${exitCodes.join('\n')}\n${examples('status --watch', 'halt --all --reason "prices look wrong"', 'audit verify ./audit')}`,
    )
    .showHelpAfterError('(add --help for the options)')
    .exitOverride()
    .configureOutput({ writeErr: (text) => process.stderr.write(text.replace(/^error: /, `${name}: `)) });
  const tools = { openSession, examples };
  defineViews(program, tools);
  defineFeeds(program, tools);
  defineHalts(program, tools);
  defineAuditCommands(program, tools);
  defineKeys(program, tools);
  definePeople(program, tools);
  defineTenants(program, tools);
  return program;
}
