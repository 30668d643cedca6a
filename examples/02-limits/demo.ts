/** `make limits`: sends an order for each check, and shows why exec denies it. `--quick` leaves out the check that takes a minute. */
import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { formatTable } from '@flotilla/cli/print/table.ts';
import { DENIAL_CODES, type DenialCode } from '@flotilla/contracts/errors/denials.ts';
import { MARKET_PRICE_AGE_MS_MAX } from '@flotilla/contracts/values/limits.ts';
import { localContext, startCluster, tellStory } from '../story.ts';
import { judgeOutcome } from './judge-outcome.ts';
import { openOrderDesk, type OrderDesk } from './order-desk.ts';
import { deleteRuns, runFleet } from './run-fleet.ts';
import { NORMAL_TRADING, NOT_OF_AN_ORDER, type Scenario, UNDER_HOLD, UNDER_REDUCE_ONLY, WITHOUT_FRESH_PRICE } from './scenarios.ts';

const DATASET = 'eurusd-quotes-2014-05-01';
const OBJECTS = ['portfolio/limits', 'strategy/bold', 'strategy/careful', 'strategy/paused', 'strategy/halted', 'signalsource/limits'];
const RUN_ID_BYTES = 3;
const PRICE_MS_MAX = 30_000;
const POLL_MS = 100;
const PROGRESS_MS = 10_000;
/** After this time the message rate counts none of the orders before. */
const RATE_WINDOW_MS = 1_100;
/** Makes the price older than the limit, and not exactly as old as the limit. */
const STALE_MARGIN_MS = 250;

const { quick } = parseArgs({ options: { quick: { type: 'boolean', default: false } } }).values;
const story = tellStory();
const run = `x${randomBytes(RUN_ID_BYTES).toString('hex')}`;
const seen = new Set<DenialCode>();
const problems: string[] = [];

story.headline('A cluster on this machine');
await startCluster();
const context = localContext();
const fleet = runFleet(context, story, run);
const left = await deleteRuns(context);
if (left !== '') story.say(`\ndeleted objects that an interrupted run has left:\n${left}`);
try {
  await tellLimits();
} finally {
  story.headline('Deleting the fleet of this run; the cluster stays up');
  story.say(await deleteRuns(context));
}
tellResult();

async function tellLimits(): Promise<void> {
  story.headline('An account with tight limits, and four strategies: bold, careful, paused and halted');
  await fleet.apply('fleet.yaml', OBJECTS);
  await fleet.waitTrading();
  story.say(
    [
      '',
      'This script sends the orders below, each with a token of the ServiceAccount of its strategy, as someone who took over the pod would.',
      'An honest agent would not send most of these orders; the gate does not rely on honest agents.',
    ].join('\n'),
  );
  const desk = await openOrderDesk(context, run);
  try {
    story.headline('One recorded price of EUR-USD, and orders that each break one limit');
    await showPrice(desk);
    await send(desk, NORMAL_TRADING);
    const refusal = await desk.sendAs('bold', { strategy: 'careful', side: 'BUY', quantity: '1' });
    story.say(`\nan order of careful with the token of bold never reaches exec: ${refusal}`);
    await sleep(RATE_WINDOW_MS);
    story.headline('A kill switch in mode ReduceOnly');
    await fleet.apply('reduce-only.yaml', ['killswitch/limits-reduce']);
    await send(desk, UNDER_REDUCE_ONLY);
    story.headline('A kill switch in mode CancelAndHold, which denies reductions too');
    await fleet.apply('hold.yaml', ['killswitch/limits-hold']);
    await send(desk, UNDER_HOLD);
    if (!quick) await tellStalePrice(desk);
  } finally {
    await desk.close();
  }
}

async function tellStalePrice(desk: OrderDesk): Promise<void> {
  story.headline(`Trading again, with a price older than ${MARKET_PRICE_AGE_MS_MAX / 1_000} s`);
  await fleet.deleteKillSwitches();
  await fleet.waitTrading();
  const staleMs = ((await desk.lastPriceMs()) ?? 0) + MARKET_PRICE_AGE_MS_MAX + STALE_MARGIN_MS;
  for (let leftMs = staleMs - Date.now(); leftMs > 0; leftMs = staleMs - Date.now()) {
    story.say(`waiting until the price is too old: ${Math.ceil(leftMs / 1_000)} s`);
    await sleep(Math.min(leftMs, PROGRESS_MS));
  }
  await send(desk, WITHOUT_FRESH_PRICE);
}

/** Replays one row of the recording, and waits until exec has read it. */
async function showPrice(desk: OrderDesk): Promise<void> {
  const startedMs = Date.now();
  const args = ['replay', DATASET, '--source', `limits-${run}`, '--rows', '1'];
  await story.run(`npx flotilla ${args.join(' ')}`, process.execPath, ['cli/main.ts', ...args]);
  const deadlineMs = performance.now() + PRICE_MS_MAX;
  while (((await desk.lastPriceMs()) ?? 0) < startedMs) {
    if (performance.now() > deadlineMs) throw new Error(`no price of EUR-USD came within ${PRICE_MS_MAX / 1_000} s`);
    await sleep(POLL_MS);
  }
}

async function send(desk: OrderDesk, scenarios: readonly Scenario[]): Promise<void> {
  const rows: (readonly string[])[] = [];
  for (const scenario of scenarios) {
    const verdict = judgeOutcome(scenario, await desk.send(scenario));
    for (const code of verdict.codes) seen.add(code);
    if (verdict.problem !== undefined) problems.push(verdict.problem);
    rows.push(...verdict.rows);
  }
  story.say(`\n${formatTable([{ title: 'CHECK' }, { title: 'SENT' }, { title: 'WHY' }], rows, story.style)}`);
}

function tellResult(): void {
  story.headline(`${seen.size} of ${DENIAL_CODES.length} denial codes were seen`);
  if (quick) story.say('MARKET_PRICE_STALE was left out for --quick: it takes a minute');
  for (const [code, why] of Object.entries(NOT_OF_AN_ORDER)) story.say(`${code} is not caused by an order: ${why}`);
  for (const problem of problems) story.say(story.style.bad(problem));
  if (problems.length > 0) process.exitCode = 1;
}
