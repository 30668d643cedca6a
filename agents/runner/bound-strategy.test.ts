import assert from 'node:assert/strict';
import { test } from 'node:test';
import { INSTRUMENT_CATALOGUE } from '@flotilla/contracts';
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
