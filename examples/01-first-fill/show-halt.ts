/** Engages the kill switch, and shows the time of each step and the orders that exec denied afterwards. For the demo. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { openBus } from '@flotilla/cli/cluster/connect.ts';
import { kubectlGet } from '@flotilla/cli/cluster/kubectl.ts';
import type { CliContext } from '@flotilla/cli/session/context.ts';
import { readSnapshot } from '@flotilla/cli/fleet/read-snapshot.ts';
import { formatTable } from '@flotilla/cli/print/table.ts';
import type { HaltedPortfolio, KillSwitchStatus } from '@flotilla/contracts/resources/kill-switch.ts';
import { formatTime } from '@flotilla/contracts/values/format-time.ts';
import type { Story } from '../story.ts';

const PORTFOLIO = 'main';
const ENGAGED_MS_MAX = 30_000;
const POLL_MS = 100;
/** Orders that agents decided on before they stopped arrive within this time. */
const STRAGGLERS_MS = 500;

export interface HaltOptions {
  readonly context: CliContext;
  readonly bus: Awaited<ReturnType<typeof openBus>>;
  readonly story: Story;
  readonly apply: () => Promise<void>;
}

export async function showHalt(options: HaltOptions): Promise<{ readonly gateClosedMs: number }> {
  const { bus, story, apply } = options;
  const deniedBefore = await deniedOrders(bus);
  const appliedMs = Date.now();
  await apply();
  const halted = await waitEngaged(options);
  await sleep(STRAGGLERS_MS);
  const denied = (await deniedOrders(bus)) - deniedBefore;
  const at = (time: string | undefined): string => (time === undefined ? '-' : `${Date.parse(time) - appliedMs} ms`);
  const steps: readonly (readonly [string, string])[] = [
    ['kubectl apply begins', '0 ms'],
    ['last order accepted', at(halted.lastAcceptedAt)],
    ['operator saw the KillSwitch', at(halted.observedAt)],
    ['halt record stored on the bus', at(halted.publishedAt)],
    ['gate closed: no order passes any more', at(halted.gateClosedAt)],
    [`resting orders cancelled (${halted.restingCancelledCount ?? 0})`, at(halted.restingCancelledAt)],
    ['no open order at the venue, confirmed twice', at(halted.zeroOpenOrdersVerifiedAt)],
    ['agents scaled to zero', at(halted.agentsScaledToZeroAt)],
  ];
  story.say(`\n${formatTable([{ title: 'STEP' }, { title: 'AFTER APPLY', align: 'right' }], steps, story.style)}`);
  const last =
    halted.lastAcceptedAt === undefined
      ? 'no order was accepted'
      : `the last order was accepted ${sinceApply(Date.parse(halted.lastAcceptedAt) - appliedMs)}`;
  story.say(
    `\n${last}; ${denied} ${denied === 1 ? 'order that came' : 'orders that came'} after the gate closed ${denied === 1 ? 'was' : 'were'} denied: TRADING_HALTED.`,
  );
  return { gateClosedMs: Date.parse(halted.gateClosedAt ?? formatTime(Date.now())) };
}

/** The last order may be older than the command. */
function sinceApply(ms: number): string {
  return ms < 0 ? `${-ms} ms before apply began` : `${ms} ms after apply began`;
}

async function waitEngaged({ context }: HaltOptions): Promise<HaltedPortfolio> {
  const deadlineMs = performance.now() + ENGAGED_MS_MAX;
  for (;;) {
    const found = await kubectlGet<{ readonly status?: KillSwitchStatus }>(context, ['killswitch', 'stop-main']);
    const portfolio = found?.status?.portfolios?.find(({ name }) => name === PORTFOLIO);
    if (found?.status?.state === 'Engaged' && portfolio !== undefined) return portfolio;
    if (performance.now() > deadlineMs) throw new Error(`the kill switch is not engaged: ${JSON.stringify(found?.status)}`);
    await sleep(POLL_MS);
  }
}

async function deniedOrders(bus: HaltOptions['bus']): Promise<number> {
  const { snapshot, problem } = await readSnapshot(bus, PORTFOLIO);
  if (snapshot === undefined) throw new Error(problem);
  return snapshot.strategies.reduce((sum, { deniedBy }) => sum + (deniedBy['TRADING_HALTED'] ?? 0), 0);
}
