/** One trace from the webhook to the fill, through every process, and no secret in what the processes export. */
import assert from 'node:assert/strict';
import { createHmac, randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { TEST_GATEWAY_LOGIN } from '@flotilla/runtime/testing/store-users.ts';
import { startTracing } from '@flotilla/runtime';
import { eventually } from '@flotilla/runtime/testing/eventually.ts';
import { startTraceCollector } from '@flotilla/runtime/testing/trace-collector.ts';
import { findSecrets } from '../e2e/secret-scan.ts';
import { SOURCE } from '../fleet/fleet-config.ts';
import { publishQuotes } from '../fleet/publish-quotes.ts';
import { readStored } from '../fleet/read-history.ts';
import { startFleet } from '../fleet/start-fleet.ts';
import { exportedPlaces, exportersOf } from './exports.ts';

const TRACE_ID = '0af7651916cd43dd8448eb211c80319c';
const SERVICES = ['flotilla-agents', 'flotilla-exec', 'flotilla-gateway'];

test('trace: reaches the collector from gateway, agent and exec under the id that the webhook brought; the audit writer exports nothing', async (context) => {
  const collector = await startTraceCollector();
  context.after(() => collector.close());
  const fleet = await startFleet({
    latencyMs: 0,
    quantity: '0.1',
    environment: { OTEL_EXPORTER_OTLP_ENDPOINT: collector.endpoint },
  });
  let stopping: Promise<void> | undefined;
  const stop = (): Promise<void> => (stopping ??= fleet.stop());
  context.after(stop);
  await Promise.all(Object.values(fleet.services).map((service) => service.ready()));
  const market = new AbortController();
  context.after(() => market.abort());
  const quoting = publishQuotes(fleet.bus, { intervalMs: 50, size: '100', signal: market.signal });
  await eventually('exec has a price', async () => (await readStored(fleet.bus, 'SIGNALS', 'signals.normalized.*.*')).length > 1);

  const body = JSON.stringify({ instrument: 'BTC-USD', price: '611.5', signal: 'BUY', strength: '1' });
  const [timestamp, nonce] = [String(Math.floor(Date.now() / 1_000)), randomBytes(16).toString('hex')];
  const signature = createHmac('sha256', fleet.secret).update(`${timestamp}.${nonce}.${body}`).digest('hex');
  const response = await fetch(`${fleet.gatewayUrl}/webhook/${SOURCE}`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      'x-timestamp': timestamp,
      'x-nonce': nonce,
      'x-signature': signature,
      traceparent: `00-${TRACE_ID}-b7ad6b7169203331-01`,
    },
    body,
  });
  assert.equal(response.status, 202);
  const [fill] = await eventually('the webhook became a fill', async () => {
    const found = await readStored(fleet.bus, 'EXECUTIONS', 'executions.fill.*.*');
    return found.length > 0 && found;
  });
  assert.equal(fill?.headers['traceparent']?.split('-')[1], TRACE_ID);
  const ofTrace = () => collector.spans.filter(({ traceId }) => traceId === TRACE_ID);
  await eventually('every service exported a span of the trace', () => exportersOf(ofTrace()).length === SERVICES.length, 20_000);
  await eventually('the audit writer has written what happened', async () =>
    /^audit_entries_total(\{[^}]*\})? [1-9]/m.test(await fleet.services.audit.metrics()),
  );
  market.abort();
  await quoting;
  // A service exports its last spans when it stops.
  await stop();
  assert.deepEqual(exportersOf(collector.spans), SERVICES);

  const secrets = new Map([
    ['webhook secret', Buffer.from(fleet.secret)],
    ['password of the store', Buffer.from(TEST_GATEWAY_LOGIN.password)],
    ['signature', Buffer.from(signature)],
  ]);
  assert.deepEqual(findSecrets(exportedPlaces(collector), secrets), []);
  // The scan finds what a careless span would export.
  const seen = collector.bodies.length;
  const careless = await startTracing('careless', collector.endpoint);
  await careless.span(fleet.secret.toString(), {}, () => Promise.resolve());
  await careless.stop();
  assert.deepEqual(findSecrets(exportedPlaces(collector).slice(seen), secrets), [`export ${seen}: webhook secret`]);
});
