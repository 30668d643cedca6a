import assert from 'node:assert/strict';
import { test } from 'node:test';
import { execConfigSchema } from '@flotilla/contracts/control/exec-config.ts';
import { resolvePortfolio, resolveStrategy } from './resolve-strategy.ts';
import { findPolicy, NO_EXECS, portfolio, strategy, withSpec } from '../testing/objects.ts';
import { parseExecConfig } from '../provision/parse-exec-config.ts';
import { haltedExecConfig, makeExecConfig, pausedExecConfig, type StrategyInput } from './exec-config.ts';

const resolved = resolvePortfolio(portfolio, findPolicy);
assert.ok(resolved.ok);
const inputOf = (object = strategy, more: Partial<StrategyInput> = {}): StrategyInput => ({
  name: object.metadata.name,
  deleting: false,
  bound: true,
  resolved: resolveStrategy(object, resolved, findPolicy),
  ...more,
});
const broken = { ok: false, reason: 'ParametersInvalid', message: '' } as const;

test('makeExecConfig: is what exec takes, and its hash is over the rest', () => {
  const config = makeExecConfig(resolved, [inputOf()], undefined, NO_EXECS);
  assert.deepEqual(execConfigSchema.parse(config), config);
  assert.equal(config.venue.name, 'paper');
  assert.deepEqual(parseExecConfig(Buffer.from(JSON.stringify(config))), config);
});

test('parseExecConfig: keeps fields of another version, in strategies too', () => {
  const config = makeExecConfig(resolved, [inputOf()], undefined, NO_EXECS);
  const later = { ...config, colour: 'red', strategies: config.strategies.map((entry) => ({ ...entry, colour: 'red' })) };
  assert.deepEqual(parseExecConfig(Buffer.from(JSON.stringify(later))), later);
});

test('makeExecConfig: is the same to the last byte, whatever the order of the strategies', () => {
  const other = { ...strategy, metadata: { ...strategy.metadata, name: 'a-second' } };
  const one = makeExecConfig(resolved, [inputOf(), inputOf(other)], undefined, NO_EXECS);
  assert.deepEqual(makeExecConfig(resolved, [inputOf(other), inputOf()], undefined, NO_EXECS), one);
});

test('makeExecConfig: has another hash, when a limit changes', () => {
  const before = makeExecConfig(resolved, [inputOf()], undefined, NO_EXECS);
  const after = makeExecConfig(resolved, [inputOf(withSpec(strategy, { riskPolicyRef: { name: 'strict' } }))], before, NO_EXECS);
  assert.notEqual(after.configHash, before.configHash);
  assert.notEqual(after.strategies[0]?.policyHash, before.strategies[0]?.policyHash);
});

test('makeExecConfig: leaves out a strategy that never was valid', () => {
  assert.deepEqual(makeExecConfig(resolved, [inputOf(strategy, { resolved: broken })], undefined, NO_EXECS).strategies, []);
});

test('makeExecConfig: leaves out a strategy that could go before exec has halted it; one that exec knows stays', () => {
  assert.deepEqual(makeExecConfig(resolved, [inputOf(strategy, { bound: false })], undefined, NO_EXECS).strategies, []);
  const last = makeExecConfig(resolved, [inputOf()], undefined, NO_EXECS);
  assert.deepEqual(makeExecConfig(resolved, [inputOf(strategy, { bound: false })], last, NO_EXECS).strategies, last.strategies);
});

test('makeExecConfig: pauses a strategy that is not valid any more, with its last limits', () => {
  const last = makeExecConfig(resolved, [inputOf()], undefined, NO_EXECS);
  const config = makeExecConfig(resolved, [inputOf(strategy, { resolved: broken })], last, NO_EXECS);
  assert.deepEqual(config.strategies, [{ ...last.strategies[0], desiredState: 'Paused' }]);
});

test('makeExecConfig: halts a strategy that is being deleted, and forgets one that is gone', () => {
  const last = makeExecConfig(resolved, [inputOf()], undefined, NO_EXECS);
  assert.equal(makeExecConfig(resolved, [inputOf(strategy, { deleting: true })], last, NO_EXECS).strategies[0]?.desiredState, 'Halted');
  assert.deepEqual(makeExecConfig(resolved, [], last, NO_EXECS).strategies, []);
});

test('makeExecConfig: keeps the definition of an instrument that may still be held', () => {
  const instruments = [{ symbol: 'XYZ', tickSize: '0.5', lotSize: '1' }];
  const wider = resolvePortfolio(withSpec(portfolio, { instruments }), findPolicy);
  assert.ok(wider.ok);
  const last = makeExecConfig(wider, [], undefined, NO_EXECS);
  assert.ok(makeExecConfig(resolved, [], last, NO_EXECS).instruments.some(({ symbol }) => symbol === 'XYZ'));
});

test('pausedExecConfig: pauses everything that was in force, and never wakes what was halted', () => {
  const halted = withSpec({ ...strategy, metadata: { ...strategy.metadata, name: 'b' } }, { desiredState: 'Halted' });
  const last = makeExecConfig(resolved, [inputOf(), inputOf(halted)], undefined, NO_EXECS);
  assert.deepEqual(
    pausedExecConfig(last)?.strategies.map(({ desiredState }) => desiredState),
    ['Halted', 'Paused'],
  );
  assert.equal(pausedExecConfig(undefined), undefined);
});

test('pausedExecConfig: halts a strategy that is being deleted, and forgets one that is gone', () => {
  const other = { ...strategy, metadata: { ...strategy.metadata, name: 'b' } };
  const last = makeExecConfig(resolved, [inputOf(), inputOf(other)], undefined, NO_EXECS);
  const config = pausedExecConfig(last, [inputOf(other, { deleting: true })]);
  assert.deepEqual(
    config?.strategies.map(({ name, desiredState }) => [name, desiredState]),
    [['b', 'Halted']],
  );
});

test('haltedExecConfig: halts everything, and empties nothing any more', () => {
  const last = makeExecConfig(resolved, [inputOf()], undefined, NO_EXECS);
  const emptying = { ...last, strategies: last.strategies.map((entry) => ({ ...entry, mode: 'Flatten' as const })) };
  const config = haltedExecConfig(emptying);
  assert.deepEqual(
    config?.strategies.map(({ desiredState, mode }) => [desiredState, mode]),
    [['Halted', undefined]],
  );
  assert.deepEqual(haltedExecConfig(config), config, 'once more changes nothing');
});
