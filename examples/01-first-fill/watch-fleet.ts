/** Shows the fleet as a live table: redrawn in place on a terminal, printed every few seconds elsewhere. For the demo. */
import { setTimeout as sleep } from 'node:timers/promises';
import { stripVTControlCharacters } from 'node:util';
import type { openBus } from '@flotilla/cli/cluster/connect.ts';
import type { CliContext } from '@flotilla/cli/session/context.ts';
import { readReports } from '@flotilla/cli/fleet/read-reports.ts';
import { readResources } from '@flotilla/cli/fleet/read-resources.ts';
import { formatStrategies, strategyRows } from '@flotilla/cli/view/strategy-rows.ts';
import { formatPortfolios, portfolioRows } from '@flotilla/cli/view/portfolio-rows.ts';
import type { Story } from '../story.ts';

const FRAME_MS = 500;
const PRINT_MS = 5_000;

export interface WatchOptions {
  readonly context: CliContext;
  readonly bus: Awaited<ReturnType<typeof openBus>>;
  readonly story: Story;
  /** 0: once. */
  readonly durationMs: number;
}

export async function watchFleet(options: WatchOptions): Promise<void> {
  const { story, durationMs } = options;
  const startedMs = performance.now();
  let lines = 0;
  for (;;) {
    const text = await frame(options);
    if (story.isInteractive && lines > 0) process.stdout.write(`\u001B[${lines}A\u001B[J`);
    story.say(`\n${text}`);
    lines = screenLines(`\n${text}`);
    const leftMs = durationMs - (performance.now() - startedMs);
    if (leftMs <= 0) return;
    await sleep(Math.min(leftMs, story.isInteractive ? FRAME_MS : PRINT_MS));
  }
}

/** Lines that a text takes on the terminal, where long ones wrap; {@link Story.say} indents by two. */
function screenLines(text: string): number {
  const columns = process.stdout.columns;
  const widths = text.split('\n').map((line) => stripVTControlCharacters(line).length + (line === '' ? 0 : 2));
  return widths.reduce((sum, width) => sum + Math.max(1, Math.ceil(width / columns)), 0);
}

async function frame({ context, bus, story: { style } }: WatchOptions): Promise<string> {
  const resources = await readResources(context);
  const reports = await readReports(bus, resources);
  return [formatStrategies(strategyRows(resources, reports), style), formatPortfolios(portfolioRows(resources, reports), style)].join(
    '\n\n',
  );
}
