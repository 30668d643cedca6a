/** Defines the commands about the audit log: `audit verify`. For the program. */
import type { Command } from 'commander';
import type { CommandTools } from './command-tools.ts';

export function defineAuditCommands(parent: Command, tools: CommandTools): void {
  defineAudit(parent, tools);
}

function defineAudit(parent: Command, tools: CommandTools): void {
  parent
    .command('audit')
    .description('the audit log')
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
