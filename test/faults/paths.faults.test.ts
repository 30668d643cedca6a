/**
 * The end state depends only on the present specs. Any path of changes, also with wrong ones, ends in the state of a start from scratch, and
 * a wrong change that is reverted leaves no trace.
 */
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Condition } from '@flotilla/contracts/resources/fields.ts';
import { KINDS } from '@flotilla/operator/kinds.ts';
import type { KubeObject } from '@flotilla/kube/mod.ts';
import { makeSequence } from '@flotilla/contracts/testing/seeded-sequence.ts';
import { type Lane, type LaneOperator, startLane } from './lane.ts';
import { policy, portfolio, replay, strategy, type UserObject } from './objects.ts';
import { makePath, WRONG_CHANGES } from './paths/make-path.ts';
import { planHooks } from './plan-hooks.ts';
import { makeFaultEngine } from './proxy/fault-engine.ts';
import { allReady, type World } from './scenarios.ts';
import { settle } from './settle.ts';
import { takeStep } from './take-step.ts';

const SEED = Number(process.env['FLOTILLA_FAULTS_SEED'] ?? 20_261_121);
const PATHS = Number(process.env['FLOTILLA_FAULTS_PLANS'] ?? 0) >= 500 ? 60 : 3;
const START: readonly UserObject[] = [policy('conservative', '50000'), portfolio('main'), strategy('btc', 'main'), replay(['BTC-USD'])];

let lane: Lane;
let operator: LaneOperator;
before(async () => {
  lane = await startLane();
  operator = await lane.addOperator({ name: 'operator', hooks: (current) => planHooks(lane, current) });
});
after(() => lane.stop());

async function begin(): Promise<void> {
  await operator.process.end();
  await lane.clear();
  operator.proxy.begin(makeFaultEngine([]));
  operator.process.start();
}

const log = () => operator.proxy.log;
const reach = (title: string, apply: readonly UserObject[], problem: (world: World) => string | undefined = allReady): Promise<void> =>
  takeStep(lane, { title, apply, problem });

test(
  `operator: ends where a start from scratch ends, on ${PATHS} paths (FLOTILLA_FAULTS_SEED=${SEED})`,
  { timeout: PATHS * 180_000 },
  async () => {
    for (let index = 0; index < PATHS; index += 1) {
      const { changes, end } = makePath(makeSequence(SEED + index));
      await begin();
      await reach('the end from scratch', end);
      const fromScratch = await settle(lane, log, undefined);

      await begin();
      await reach('the beginning', START);
      for (const { apply, remove, pauseMs } of changes) {
        // A new object of the same name cannot be created before the old one is gone.
        const problem = ({ truth }: World): string | undefined => remove.find(([type, name]) => truth.get(type, name) !== undefined)?.[1];
        await takeStep(lane, { title: 'a change', apply, remove, problem });
        await sleep(pauseMs);
      }
      await reach(`the end of path ${index}`, end);
      await settle(lane, log, fromScratch).catch((cause: unknown) => {
        throw new Error(`path of FLOTILLA_FAULTS_SEED=${SEED + index}: ${JSON.stringify(changes)}`, { cause });
      });
    }
  },
);

test('operator: leaves no trace of a wrong change, when the change is reverted', { timeout: 600_000 }, async () => {
  await begin();
  await reach('the beginning', START);
  const clean = await settle(lane, log, undefined);
  for (const [reason, wrong] of WRONG_CHANGES) {
    await reach(`Stalled for ${reason}`, [wrong], ({ truth }) => {
      const { status } = (truth.get(KINDS.strategy, 'btc') ?? {}) as KubeObject & {
        readonly status?: { readonly conditions?: readonly Condition[] };
      };
      const found = status?.conditions?.find(({ type }) => type === 'Stalled')?.reason;
      return found === reason ? undefined : `Stalled for ${found ?? 'nothing'}`;
    });
    await reach('taken back', START);
    await settle(lane, log, clean);
  }
});
