/** Defines the commands about the keys of the bus: `keys rotate` and `keys status`. For the program. */
import type { Command } from 'commander';
import { wholeNumber } from './arguments.ts';
import type { CommandTools } from './command-tools.ts';

export function defineKeys(parent: Command, tools: CommandTools): void {
  const keys = parent.command('keys').description('the keys of the bus');
  keys
    .command('rotate')
    .description('replace every key of the bus below the root key while the fleet trades; goes on with a rotation that broke off')
    .option('--root-key-file <file>', 'file with the root key, when it is not in the cluster')
    .option('--servers <number>', 'number of servers of a bus of your own, which you restart when the command says so', wholeNumber(1))
    .addHelpText(
      'after',
      `\nReads and writes the Secrets flotilla-bus-*, and restarts the servers of the bus one after the other. Needs --nats-url.\n${tools.examples('keys rotate --nats-url nats://127.0.0.1:4222', 'keys rotate --root-key-file ./root.nk --nats-url nats://127.0.0.1:4222')}`,
    )
    .action(async (options: { rootKeyFile?: string; servers?: number }, command: Command) => {
      const { rotateBusKeys } = await import('../commands/rotate-keys.ts');
      await rotateBusKeys(tools.openSession(command), options);
    });
  keys
    .command('status')
    .description('tell how far a rotation of keys is')
    .addHelpText('after', tools.examples('keys status'))
    .action(async (_options: object, command: Command) => {
      const { showKeys } = await import('../commands/rotate-keys.ts');
      await showKeys(tools.openSession(command));
    });
}
