import assert from 'node:assert/strict';
import { test } from 'node:test';
import { agentSettingsSchema } from './settings.ts';

const instruments = agentSettingsSchema.shape.FLOTILLA_INSTRUMENTS;
const BITCOIN = { symbol: 'BTC-USD', tickSize: '0.01', lotSize: '0.00000001' };

test('agentSettingsSchema: leaves out fields of an instrument that this build does not know', () => {
  assert.deepEqual(instruments.parse(JSON.stringify([{ ...BITCOIN, colour: 'red' }])), [BITCOIN]);
});

for (const [why, text] of [
  ['a field that it needs is missing', '[{"symbol":"BTC-USD"}]'],
  ['no instrument is named', '[]'],
  ['the text is not JSON', '['],
] as const) {
  test(`agentSettingsSchema: refuses the instruments when ${why}`, () => {
    assert.equal(instruments.safeParse(text).success, false);
  });
}
