import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type ExecConfig, execConfigSchema } from '@flotilla/contracts';
import { coreUnderTest } from '../testing/core-under-test.ts';
import { configFixture, intentFixture, PORTFOLIO, STRATEGY } from '../testing/fixtures.ts';
import { send } from '../testing/send.ts';
import { readExecConfig } from './read-config.ts';

const CONFIG = configFixture({ strategies: [{}, { name: 'other' }] });
const bytes = (value: unknown) => new TextEncoder().encode(JSON.stringify(value));
const read = (value: unknown) => readExecConfig(bytes(value), PORTFOLIO);

function usable(value: unknown) {
  const reading = read(value);
  assert.ok(reading.isUsable, reading.isUsable ? '' : reading.problem);
  return reading;
}

/** The fixture as another version might write it: the first strategy with these fields. */
function withStrategy(fields: object): unknown {
  const [first, ...others] = CONFIG.strategies;
  return { ...CONFIG, strategies: [{ ...first, ...fields }, ...others] };
}
const stateOf = ({ strategies }: ExecConfig, name: string) => strategies.find((strategy) => strategy.name === name)?.desiredState;

test('readExecConfig: gives the record as it is, when this version wrote it', () => {
  const reading = usable(CONFIG);
  assert.deepEqual(reading.config, CONFIG);
  assert.deepEqual([reading.problems, reading.unknownFields, reading.strategyProblems.size], [[], [], 0]);
});

test('readExecConfig: names unknown fields at every depth and uses the rest, when a newer version wrote it', () => {
  const reading = usable({ ...(withStrategy({ cap: '5' }) as object), calendar: 'XNYS' });
  assert.deepEqual([...reading.unknownFields].sort(), ['calendar', 'strategies.cap']);
  assert.equal(stateOf(reading.config, STRATEGY), 'Running');
});

for (const [what, fields] of [
  ['desired state', { desiredState: 'Draining' }],
  ['mode', { mode: 'Hedge' }],
  ['policy', { policy: {} }],
] as const) {
  test(`readExecConfig: halts the strategy and no other one, when its ${what} cannot be read`, () => {
    const reading = usable(withStrategy(fields));
    assert.deepEqual([stateOf(reading.config, STRATEGY), stateOf(reading.config, 'other')], ['Halted', 'Running']);
    assert.match(reading.strategyProblems.get(STRATEGY) ?? '', /^the configuration entry strategies\.0 cannot be read/);
  });
}

test('readExecConfig: takes the instrument from every strategy, when its definition cannot be read', () => {
  const reading = usable({ ...CONFIG, instruments: [{ symbol: 'SPY', tickSize: '1/64' }, ...CONFIG.instruments.slice(0, 1)] });
  assert.deepEqual(reading.config.strategies[0]?.instruments, ['BTC-USD']);
});

test('readExecConfig: settles no policy, when one has no readable name', () => {
  const policies = [...(CONFIG.policies ?? []), { hash: 'x' }];
  const { config, problems } = usable({ ...CONFIG, policies });
  assert.deepEqual(config.policies, []);
  assert.match(problems.join(), /^policies\.1 has no readable name/);
});

test('readExecConfig: gives a strategy that cannot be read an entry that the strict schema takes', () => {
  assert.doesNotThrow(() => execConfigSchema.parse(usable(withStrategy({ policy: {} })).config));
});

for (const [list, bound, entry] of [
  ['instruments', 1_000, (at: number) => ({ symbol: `I${at}` })],
  ['strategies', 10_000, (at: number) => ({ name: `s${at}` })],
  ['policies', 10_000, (at: number) => ({ name: `p${at}` })],
] as const) {
  test(`readExecConfig: reads ${bound} entries of ${list}, and is unusable with one more`, () => {
    const entries = Array.from({ length: bound + 1 }, (_, at) => entry(at));
    assert.equal(read({ ...CONFIG, [list]: entries.slice(1) }).isUsable, true);
    assert.equal(read({ ...CONFIG, [list]: entries }).isUsable, false);
  });
}

test('readExecConfig: leaves a policy unsettled, when its entry cannot be read', () => {
  const reading = usable({ ...CONFIG, policies: [{ name: 'wide', hash: 'x' }] });
  assert.deepEqual(reading.config.policies, []);
  assert.equal(reading.problems.length, 1);
});

for (const [what, value] of [
  ['holds text instead of an object', 'x'],
  ['has a newer schema version', { ...CONFIG, schemaVersion: 2 }],
  ['is for another portfolio', { ...CONFIG, portfolio: 'other' }],
  ['has a venue that cannot be read', { ...CONFIG, venue: { name: 'x', type: 'Fix' } }],
  ['has a strategy without a name', { ...CONFIG, strategies: [{ desiredState: 'Halted' }] }],
  ['has an instrument without a symbol', { ...CONFIG, instruments: [{ tickSize: '1' }] }],
] as const) {
  test(`readExecConfig: is unusable as a whole, when it ${what}`, () => {
    const reading = read(value);
    assert.equal(reading.isUsable, false);
    assert.match(
      reading.isUsable ? '' : reading.problem,
      /^(the configuration cannot|expected the configuration|(strategies|instruments)\.0 has no)/,
    );
  });
}

test('trading core: halts a strategy, cancels its orders and says why, when its entry cannot be read', async () => {
  const world = await coreUnderTest({ config: CONFIG });
  world.quote('100', '101', '10');
  const rest = { type: 'LIMIT' as const, limitPrice: '90', timeInForce: 'GTC' as const };
  assert.deepEqual(send(world, intentFixture('rests', rest)), []);
  assert.deepEqual(send(world, intentFixture('other-rests', { ...rest, strategy: 'other' })), []);
  const reading = usable(withStrategy({ desiredState: 'Draining' }));
  world.core.useConfig(reading.config, reading.strategyProblems);
  assert.deepEqual(
    [...world.state.orders.open.values()].map(({ intentId }) => intentId),
    ['other-rests'],
  );
  assert.ok(send(world, intentFixture('late')).includes('STRATEGY_HALTED'));
  assert.deepEqual(send(world, intentFixture('other-goes-on', { strategy: 'other' })), []);
  const report = world.core.status().strategies?.find(({ name }) => name === STRATEGY);
  assert.equal(report?.desiredState, 'Halted');
  assert.match(report?.problem ?? '', /cannot be read: desiredState/);
});

test('trading core: lets nothing increase and says why, when the record does not confirm the configuration any more', async () => {
  const world = await coreUnderTest({ config: CONFIG });
  world.quote('100', '101', '10');
  assert.deepEqual(send(world, intentFixture('before')), []);
  world.core.doubtConfig('the configuration record is gone');
  assert.deepEqual(send(world, intentFixture('increase')), ['POLICY_MISSING']);
  assert.deepEqual(send(world, intentFixture('reduce', { side: 'SELL', reduceOnly: true })), []);
  assert.equal(world.core.status().configProblem, 'the configuration record is gone');
  world.core.useConfig(CONFIG);
  assert.deepEqual(send(world, intentFixture('again')), []);
  assert.equal(world.core.status().configProblem, undefined);
});
