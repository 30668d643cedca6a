import assert from 'node:assert/strict';
import { test } from 'node:test';
import { INSTRUMENT_CATALOGUE, makeInstrument, type NormalizedSignal } from '@flotilla/contracts';
import {
  builtInAgentSchema,
  parseAgentParameters,
  type AgentParameters,
  type BuiltInAgent,
} from '@flotilla/contracts/resources/agent-parameters.ts';
import fc from 'fast-check';
import { STRATEGIES } from './registry.ts';
import { runStrategy } from '../testing/run-strategy.ts';
import { makeAlert, makeBar } from '../testing/signal-fixture.ts';
import type { Strategy } from './strategy.ts';

const bitcoin = makeInstrument(INSTRUMENT_CATALOGUE.find((known) => known.symbol === 'BTC-USD')!);
const SHORT_WINDOWS: Readonly<Record<BuiltInAgent, object>> = {
  Momentum: { fastBars: 2, slowBars: 5 },
  MeanReversion: { windowBars: 5, entryZScore: 1 },
  Alert: {},
};

/** Bars that mostly go on in time and sometimes step back, with alerts between. */
const signals: fc.Arbitrary<readonly NormalizedSignal[]> = fc
  .array(
    fc.record({
      step: fc.integer({ min: -3, max: 5 }),
      ticks: fc.integer({ min: 60_000, max: 60_200 }),
      alert: fc.option(fc.constantFrom('BUY', 'SELL', 'FLAT'), { freq: 3 }),
    }),
    { maxLength: 80 },
  )
  .map((rows) => {
    let second = 10;
    return rows.map(({ step, ticks, alert }, index) => {
      second = Math.max(0, second + step);
      return alert === null ? makeBar(second, (ticks / 100).toFixed(2), { id: `s${index}` }) : makeAlert(`s${index}`, alert);
    });
  });

for (const agent of builtInAgentSchema.options) {
  const strategy = STRATEGIES[agent] as Strategy<AgentParameters<BuiltInAgent>, unknown>;
  const parsed = parseAgentParameters(agent, { quantity: '0.5', allowShort: true, ...SHORT_WINDOWS[agent] });
  assert.ok(parsed.ok);
  const { parameters } = parsed;

  test(`${agent}: a fold from a stored checkpoint equals the fold from scratch, wherever it is cut`, () => {
    fc.assert(
      fc.property(signals, fc.nat(80), (all, cut) => {
        const whole = runStrategy(strategy, parameters, bitcoin, all);
        const head = runStrategy(strategy, parameters, bitcoin, all.slice(0, cut));
        const stored = JSON.parse(JSON.stringify(head.state)) as unknown;
        const tail = runStrategy(strategy, parameters, bitcoin, all.slice(cut), stored);
        assert.deepEqual(tail.state, whole.state);
        assert.deepEqual([...head.targets, ...tail.targets], whole.targets);
      }),
    );
  });

  test(`${agent}: keeps a state of bounded size, however long it runs`, () => {
    const sizeAfter = (count: number) => {
      const bars = Array.from({ length: count }, (_, index) => makeBar(index, (600 + (index % 7)).toFixed(2)));
      return JSON.stringify(runStrategy(strategy, parameters, bitcoin, bars).state).length;
    };
    assert.ok(sizeAfter(2_000) <= sizeAfter(20) + 32);
  });
}
