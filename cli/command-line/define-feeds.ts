/** Defines the commands that feed the fleet: `send` and `replay`. For the program. */
import { type Command, Option } from 'commander';
import { replaySpeed, wholeNumber } from './arguments.ts';
import type { CommandTools } from './command-tools.ts';

export function defineFeeds(parent: Command, tools: CommandTools): void {
  defineSend(parent, tools);
  defineReplay(parent, tools);
}

function defineSend(parent: Command, tools: CommandTools): void {
  parent
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
      tools.examples(
        'send --source desk --instrument BTC-USD --price 611.87 --signal BUY',
        'send --source desk --instrument BTC-USD --price 611.87 --signal SELL --strength 0.5 --secret-file ./secret',
      ),
    )
    .action(
      async (
        options: { source: string; instrument: string; price: string; signal: string; strength: string; secretFile?: string },
        command: Command,
      ) => {
        const { sendAlert } = await import('../commands/send.ts');
        await sendAlert(tools.openSession(command), options);
      },
    );
}

function defineReplay(parent: Command, tools: CommandTools): void {
  parent
    .command('replay')
    .description(
      'publish recorded market data through the gateway; goes on where it was when the gateway restarts; exit code 3 when rows are refused',
    )
    .argument('<dataset>', 'a dataset of the source: a file without .csv')
    .requiredOption('--source <name>', 'SignalSource of scheme Replay')
    .addOption(
      new Option('--speed <factor>', 'recorded seconds per real second; max or 0: as fast as possible')
        .argParser(replaySpeed)
        .default(0, 'max'),
    )
    .option('--rows <count>', 'rows at most', wholeNumber(1))
    .option('--from-row <row>', 'the first row to publish, from 0', wholeNumber(0), 0)
    .option('--run <id>', 'name of the run; the same run publishes nothing twice (default: a new one)')
    .addHelpText(
      'after',
      tools.examples(
        'replay btcusd-1s-2016-10-07 --source btc-replay',
        'replay btcusd-1s-2016-10-07 --source btc-replay --speed 600 --rows 500',
        'replay btcusd-1s-2016-10-07 --source btc-replay --run monday-1',
      ),
    )
    .action(
      async (
        dataset: string,
        options: { source: string; speed: number; rows?: number; fromRow: number; run?: string },
        command: Command,
      ) => {
        const { replayDataset } = await import('../commands/replay.ts');
        await replayDataset(tools.openSession(command), dataset, options);
      },
    );
}
