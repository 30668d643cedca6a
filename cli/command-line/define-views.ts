/** Defines the commands that show the fleet: `status`, `fills`, `positions` and `permissions`. For the program. */
import type { Command } from 'commander';
import { wholeNumber } from './arguments.ts';
import type { CommandTools } from './command-tools.ts';

export function defineViews(parent: Command, tools: CommandTools): void {
  defineStatus(parent, tools);
  defineFills(parent, tools);
  definePositions(parent, tools);
  definePermissions(parent, tools);
}

function defineStatus(parent: Command, tools: CommandTools): void {
  parent
    .command('status')
    .description('what trades, and if not, why: portfolios, strategies, sources, halts')
    .option('-w, --watch', 'show the status again every second until Ctrl-C')
    .addHelpText(
      'after',
      `\nA dash (json: null) stands for a value that is not known; the exit code is then 3. The agent counts SIGNALS, and keeps the count over a restart;\nINTENTS, DENIED and FILLS are counted by exec over the life of the strategy.\n${tools.examples('status', 'status --watch', 'status --output json | jq .strategies')}`,
    )
    .action(async (options: { watch?: boolean }, command: Command) => {
      const { showStatus } = await import('../commands/status.ts');
      await showStatus(tools.openSession(command), { watch: options.watch === true });
    });
}

function defineFills(parent: Command, tools: CommandTools): void {
  parent
    .command('fills')
    .description('the fills of the fleet, oldest first')
    .option('-p, --portfolio <name>', 'only of this portfolio')
    .option('-s, --strategy <name>', 'only of this strategy')
    .option('-l, --limit <count>', 'show the last <count> fills, 0 for all (default: 20, with json all)', wholeNumber(0))
    .option('-f, --follow', 'go on with new fills until Ctrl-C')
    .addHelpText(
      'after',
      tools.examples('fills', 'fills --strategy btc-momentum --limit 5', 'fills --output json > fills.json', 'fills --follow'),
    )
    .action(async (options: { portfolio?: string; strategy?: string; limit?: number; follow?: boolean }, command: Command) => {
      const { showFills } = await import('../commands/fills.ts');
      await showFills(tools.openSession(command), options);
    });
}

function definePositions(parent: Command, tools: CommandTools): void {
  parent
    .command('positions')
    .description('what each strategy holds, what it is worth and what it earned')
    .option('-p, --portfolio <name>', 'only of this portfolio')
    .addHelpText('after', tools.examples('positions', 'positions --portfolio main --output json'))
    .action(async (options: { portfolio?: string }, command: Command) => {
      const { showPositions } = await import('../commands/positions.ts');
      await showPositions(tools.openSession(command), options);
    });
}

function definePermissions(parent: Command, tools: CommandTools): void {
  parent
    .command('permissions')
    .argument('[strategy]', 'the Strategy whose agent is meant')
    .description('what an agent may do and may not do, by which rule, and where that is enforced')
    .option('--principal <name>', 'another principal: exec/<portfolio>, person/<name>, gateway, normaliser, audit or reader')
    .addHelpText(
      'after',
      `\nLAST PROVEN is the time of the last probe of the principal at the bus, of the last answer of the API server about its ServiceAccount, or of the last try of its pod in the network, and a dash (json: null) for what no probe tries.\n${tools.examples('permissions btc-momentum', 'permissions btc-momentum --output json | jq .permissions', 'permissions --principal exec/main')}`,
    )
    .action(async (strategy: string | undefined, options: { principal?: string }, command: Command) => {
      const { showPermissions } = await import('../commands/permissions.ts');
      await showPermissions(tools.openSession(command), strategy, options);
    });
}
