/** Defines the commands about the audit log: `audit verify` and `audit events`. For the program. */
import type { Command } from 'commander';
import type { AuditEventsOptions } from '../commands/audit-events.ts';
import { wholeNumber } from './arguments.ts';
import type { CommandTools } from './command-tools.ts';

export function defineAuditCommands(parent: Command, tools: CommandTools): void {
  const audit = parent.command('audit').description('the audit log');
  defineVerify(audit, tools);
  defineEvents(audit, tools);
}

function defineVerify(audit: Command, tools: CommandTools): void {
  audit
    .command('verify')
    .description('verify an audit folder offline: any edit, deletion, reordering or cut is found, and the first bad entry named')
    .argument('[folder]', "folder with the log; default: the local cluster's")
    .option('--key <key>', 'verifier key that you were given, or a file with it; default: the one in the folder')
    .option('--trusted <size:root>', 'a checkpoint that you were given: the log must contain it')
    .option('--sealed', 'refuse entries behind the last checkpoint, for a log whose writer was stopped')
    .addHelpText('after', tools.examples('audit verify ./audit', 'audit verify ./audit --key ./auditor.key --trusted 4096:9f86d0…'))
    .action(async (folder: string | undefined, options: { key?: string; trusted?: string; sealed?: boolean }, command: Command) => {
      const { verifyAudit } = await import('../commands/audit-verify.ts');
      await verifyAudit(tools.openSession(command), folder, options);
    });
}

function defineEvents(audit: Command, tools: CommandTools): void {
  audit
    .command('events')
    .description('what people and the control plane did, and who connected or was refused, oldest first')
    .option('-p, --portfolio <name>', 'only of this portfolio; all: of no single portfolio')
    .option('-a, --action <name>', 'only this action, for example CONNECTION_REFUSED')
    .option('--principal <name>', 'only of this principal, for example agent-main_btc-momentum')
    .option('-l, --limit <count>', 'show the last <count> events, 0 for all (default: 20, with json all)', wholeNumber(0))
    .addHelpText(
      'after',
      tools.examples(
        'audit events',
        'audit events --action CONNECTION_REFUSED',
        'audit events --principal agent-main_btc-momentum --output json',
      ),
    )
    .action(async (options: AuditEventsOptions, command: Command) => {
      const { showAuditEvents } = await import('../commands/audit-events.ts');
      await showAuditEvents(tools.openSession(command), options);
    });
}
