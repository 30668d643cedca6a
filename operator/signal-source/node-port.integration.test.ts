/** Another Service has the node port of the gateway: the status says so, and nothing else waits for the port. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { eventually } from '@flotilla/runtime/testing/eventually.ts';
import { KINDS } from '../kinds.ts';
import { KUBERNETES_TYPES } from '@flotilla/kube/mod.ts';
import { makeObject } from '../testing/objects.ts';
import { startOperatorFixture } from '../testing/operator-fixture.ts';

const NODE_PORT = 30_917;

test('SignalSource: says why its gateway cannot be reached, when the node port is taken, and goes on when it is free', async (context) => {
  const fixture = await startOperatorFixture({ settings: { gatewayNodePort: NODE_PORT } });
  context.after(() => fixture.stop());
  const metadata = { name: 'squatter', namespace: 'trading' };
  const spec = { type: 'NodePort', ports: [{ name: 'http', port: 80, nodePort: NODE_PORT }] };
  await fixture.cluster.create(KUBERNETES_TYPES.service, { apiVersion: 'v1', kind: 'Service', metadata, spec });
  const replay = { scheme: 'Replay', venue: 'v', instruments: ['BTC-USD'], replay: { datasets: ['d'] } };
  await fixture.apply(makeObject('SignalSource', 'replay', replay));

  const refused = await fixture.reason(KINDS.signalSource, 'replay', 'Stalled', 'WriteRefused');
  assert.match(refused.message, /provided port is already allocated/);
  await fixture.settleDeployment('flotilla-gateway');

  await fixture.cluster.delete(KUBERNETES_TYPES.service, metadata);
  // No watch shows that a port is free again. A change of the source or the slow retry finds out.
  await fixture.apply(makeObject('SignalSource', 'replay', { ...replay, instruments: ['BTC-USD', 'ETH-USD'] }));
  await eventually('the Service is there', () => fixture.find(KUBERNETES_TYPES.service, 'flotilla-gateway'));
  await fixture.reason(KINDS.signalSource, 'replay', 'Ready', 'Available', () => fixture.serveGateway());
});
