/** Defines the commands that halt the fleet: `halt` and `release`. For the program. */
import { type Command, Option } from 'commander';
import { collect, wholeNumber } from './arguments.ts';
import type { CommandTools } from './command-tools.ts';

export function defineHalts(parent: Command, tools: CommandTools): void {
  defineHalt(parent, tools);
  defineRelease(parent, tools);
}

function defineHalt(parent: Command, tools: CommandTools): void {
  parent
    .command('halt')
    .description('stop trading: creates a KillSwitch and shows the time of each step')
    .option('--portfolio <name>', 'stop this portfolio, as name or namespace/name; may be repeated', collect)
    .option('--in <namespace>', 'stop every portfolio of this namespace; may be repeated', collect)
    .option('--all', 'stop every portfolio of the cluster, whatever -n says')
    .requiredOption('--reason <text>', 'why, for people who find the KillSwitch later')
    .addOption(
      new Option('--mode <mode>', 'CancelAndHold: no order passes; ReduceOnly: only orders that reduce a position pass')
        .choices(['CancelAndHold', 'ReduceOnly'])
        .default('CancelAndHold'),
    )
    .option('--name <name>', 'name of the KillSwitch (default: made from the time and five letters)')
    .option('--timeout <seconds>', 'how long to wait until the halt is confirmed', wholeNumber(1), 60)
    .addHelpText(
      'after',
      `\nThe KillSwitch stays until "release", whatever becomes of this command. Exit code 0: the operator and exec have confirmed every step.\n${tools.examples('halt --all --reason "prices look wrong"', 'halt --in research --reason "the desk is closed"', 'halt --portfolio main --reason "limits under review" --name review-1')}`,
    )
    .action(
      async (
        options: {
          portfolio?: readonly string[];
          in?: readonly string[];
          all?: boolean;
          reason: string;
          mode: 'CancelAndHold' | 'ReduceOnly';
          name?: string;
          timeout: number;
        },
        command: Command,
      ) => {
        const { haltTrading } = await import('../commands/halt.ts');
        await haltTrading(tools.openSession(command), options);
      },
    );
}

function defineRelease(parent: Command, tools: CommandTools): void {
  parent
    .command('release')
    .description('end a halt: deletes the KillSwitch; trading may go on')
    .argument('<name>', 'name of the KillSwitch, as in "kubectl get killswitches"')
    .option('-y, --yes', 'do not ask for the name')
    .option('--timeout <seconds>', 'how long to wait until the KillSwitch is gone', wholeNumber(1), 60)
    .addHelpText('after', tools.examples('release halt-20261121-120000-x7k2p', 'release review-1 --yes'))
    .action(async (killSwitch: string, options: { yes?: boolean; timeout: number }, command: Command) => {
      const { releaseHalt } = await import('../commands/release.ts');
      await releaseHalt(tools.openSession(command), killSwitch, options);
    });
}
