/** Random markets and intents for a trading core without a bus, and the fold over what the core wrote. */
import fc from 'fast-check';
import { type Fill, formatUnits, type OrderEvent, type OrderIntent, type Reconcile } from '@flotilla/contracts';
import type { Execution } from '../service/store-execution.ts';
import { type ExecState, foldFill, foldOrderEvent, foldReconcile, makeExecState } from '../state/exec-state.ts';
import { type CoreUnderTest, coreUnderTest } from './core-under-test.ts';
import { configFixture, intentFixture, policyFixture, STRATEGY } from './fixtures.ts';
import { send } from './send.ts';

export const STRATEGIES = [STRATEGY, 'other'] as const;
export const POSITION_MAX = '300';
export const GROSS_MAX = '450';
export const CONFIG = configFixture({
  policy: policyFixture({ position: { maxNotional: POSITION_MAX }, portfolio: { maxGrossNotional: GROSS_MAX } }),
  strategies: STRATEGIES.map((name) => ({ name })),
});
/** A single price, so that a limit in money is a limit in quantity, and only orders change the exposure. */
export const PRICE = '100';

export const quantity = fc.integer({ min: 1, max: 150 }).map((hundredths) => formatUnits(BigInt(hundredths) * 10n ** 16n));
export const step = fc.oneof(
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('market' as const), size: fc.constantFrom('0.5', '2', '10') }) },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('intent' as const),
      strategy: fc.constantFrom(...STRATEGIES),
      // Mostly buys, so that positions grow into their limits.
      side: fc.constantFrom('BUY' as const, 'BUY' as const, 'SELL' as const),
      quantity,
      limitPrice: fc.option(fc.constantFrom('98', '99', '100', '101', '102'), { nil: undefined }),
      timeInForce: fc.constantFrom('GTC' as const, 'IOC' as const, 'FOK' as const),
      reduceOnly: fc.constantFrom(false, false, false, true),
    }),
  },
);
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

export function intentOf(each: Extract<Step, { kind: 'intent' }>, id: string): OrderIntent {
  const { strategy, side, limitPrice, timeInForce, reduceOnly } = each;
  const shape = limitPrice === undefined ? {} : { type: 'LIMIT' as const, limitPrice };
  return intentFixture(id, { strategy, side, quantity: each.quantity, timeInForce, reduceOnly, ...shape });
}

/** Plays the steps one after the other, and calls `check` after each. */
export async function play(steps: readonly Step[], check: (world: CoreUnderTest) => void): Promise<CoreUnderTest> {
  const world = await coreUnderTest({ config: CONFIG });
  world.quote(PRICE, PRICE, '10');
  for (const [index, each] of steps.entries()) {
    if (each.kind === 'market') world.quote(PRICE, PRICE, each.size);
    else send(world, intentOf(each, `i${index}`));
    check(world);
  }
  return world;
}

/** The state that these events fold to, beginning with `state`. */
export function fold(executions: readonly Execution[], state: ExecState = makeExecState()): ExecState {
  for (const { type, event } of executions) {
    if (type === 'executions.order') foldOrderEvent(state, event as OrderEvent, undefined);
    else if (type === 'executions.fill') foldFill(state, event as Fill);
    else foldReconcile(state, event as Reconcile);
  }
  return state;
}
