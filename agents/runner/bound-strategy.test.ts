import assert from 'node:assert/strict';
import { test } from 'node:test';
import { INSTRUMENT_CATALOGUE } from '@flotilla/contracts';
import { makeAlert } from '../testing/signal-fixture.ts';
import { bindStrategy } from './bound-strategy.ts';

const definitions = INSTRUMENT_CATALOGUE.slice(0, 2);

test('bindStrategy: names every bad parameter, when the strategy refuses them', () => {
  assert.throws(
    () => bindStrategy('Momentum', { fastBars: 'many', quantity: '1e3', slowBar: 1 }, definitions),
    (error: Error) => {
      assert.equal('code' in error && error.code, 'PARAMETERS_INVALID');
      for (const name of ['fastBars', 'quantity', 'slowBar']) assert.match(error.message, new RegExp(name));
      return true;
    },
  );
});

test('bindStrategy: gives another hash, when agent, parameters or instruments are others, and the same for spelled-out defaults', () => {
  const hash = (...args: Parameters<typeof bindStrategy>) => bindStrategy(...args).parametersHash;
  const base = hash('Alert', { quantity: '1' }, definitions);
  assert.equal(hash('Alert', { quantity: '1', minimumStrength: 0 }, definitions), base);
  assert.notEqual(hash('Alert', { quantity: '2' }, definitions), base);
  assert.notEqual(hash('Alert', { quantity: '1' }, definitions.slice(0, 1)), base);
  assert.notEqual(hash('Momentum', { quantity: '1' }, definitions), base);
});

test('bindStrategy: takes signals of its instruments from the venues that its AgentRole allows, and no others', () => {
  const instrument = definitions[0]?.symbol ?? '';
  const everywhere = bindStrategy('Alert', { quantity: '1' }, definitions);
  const narrowed = bindStrategy('Alert', { quantity: '1' }, definitions, ['coinbase']);
  for (const [bound, signal, takes] of [
    [everywhere, { instrument, venue: 'kraken' }, true],
    [everywhere, { instrument: 'XYZ', venue: 'kraken' }, false],
    [narrowed, { instrument, venue: 'coinbase' }, true],
    [narrowed, { instrument, venue: 'kraken' }, false],
  ] as const) {
    assert.equal(bound.takes(signal), takes, JSON.stringify(signal));
  }
  const alert = makeAlert('a', 'BUY', { venue: 'kraken', instrument });
  assert.deepEqual(narrowed.onSignal(narrowed.initial, alert).targets, []);
  assert.equal(narrowed.parametersHash, everywhere.parametersHash, 'a role is not a part of the revision');
});
