import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AssertionError } from '@flotilla/contracts';
import { configFixture, STRATEGY } from '../testing/fixtures.ts';
import { activateConfig } from './active-config.ts';

const UNREADABLE = new Map([[STRATEGY, 'cannot be read']]);

test('activateConfig: is a bug, when a strategy that cannot be read is not halted, although another one is', () => {
  const config = configFixture({ strategies: [{}, { name: 'other', desiredState: 'Halted' }] });
  assert.throws(() => activateConfig(config, undefined, UNREADABLE), AssertionError);
  const halted = configFixture({ strategies: [{ desiredState: 'Halted' }] });
  assert.equal(activateConfig(halted, undefined, UNREADABLE).strategyProblems, UNREADABLE);
});

test('activateConfig: knows the instruments of this configuration and of the one before', () => {
  const [first, second] = ['FIRST', 'SECOND'].map((symbol) =>
    configFixture({ instruments: [{ symbol, tickSize: '0.5', lotSize: '1', displayedQuantity: '1' }] }),
  );
  assert.ok(first !== undefined && second !== undefined);
  const { instruments } = activateConfig(second, activateConfig(first, undefined));
  assert.deepEqual([instruments.has('FIRST'), instruments.has('SECOND'), instruments.has('THIRD')], [true, true, false]);
});
