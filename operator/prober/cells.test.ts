import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Principal } from '@flotilla/contracts/access/principal.ts';
import { probeCells } from './cells.ts';

const FLEET: readonly Principal[] = Array.from({ length: 200 }, (_, index) => ({
  role: 'SignalAgent',
  portfolio: 'main',
  strategy: `s-${index}`,
}));
const OF_NORMALISER = [
  'signals.normalized.probe.probe',
  '$JS.API.CONSUMER.MSG.NEXT.SIGNALS.gateway-normaliser',
  '$JS.ACK.SIGNALS.gateway-normaliser.1.1.1.1.0',
  '$JS.ACK._.hash.SIGNALS.gateway-normaliser.1.1.1.1.0',
];

test('probeCells: tries all rights of the normaliser as the gateway, however many others there are to be tried', () => {
  const forbidden = probeCells({ role: 'Gateway' }, FLEET, 'hash').forbidden.map(({ subject }) => subject);
  for (const subject of OF_NORMALISER) assert.ok(forbidden.includes(subject), subject);
});

test('probeCells: tries none of them as forbidden, while the account of the gateway has the rights of both', () => {
  const { forbidden, allowed } = probeCells({ role: 'Gateway', normalises: true }, FLEET, 'hash');
  for (const subject of OF_NORMALISER) assert.ok(!forbidden.some((cell) => cell.subject === subject), subject);
  assert.ok(allowed.some(({ subject }) => subject === 'signals.normalized.probe.probe'));
});
