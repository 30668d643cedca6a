/** One trace from the webhook to the fill, through every process, and no secret in what the processes export. */
import assert from 'node:assert/strict';
import { createHmac, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { test } from 'node:test';
import { TEST_GATEWAY_LOGIN } from '@flotilla/runtime/testing/store-users.ts';
import { startTracing } from '@flotilla/runtime';
import { eventually } from '@flotilla/runtime/testing/eventually.ts';
import { findSecrets, type Place } from '../e2e/secret-scan.ts';
import { SOURCE } from '../fleet/fleet-config.ts';
import { publishQuotes } from '../fleet/publish-quotes.ts';
import { readStored } from '../fleet/read-history.ts';
import { startFleet } from '../fleet/start-fleet.ts';

const TRACE_ID = '0af7651916cd43dd8448eb211c80319c';
const SERVICES = ['flotilla-agents', 'flotilla-exec', 'flotilla-gateway'];

interface ExportRequest {
  readonly resourceSpans: readonly {
    readonly resource: { readonly attributes: readonly { readonly key: string; readonly value: { readonly stringValue?: string } }[] };
    readonly scopeSpans: readonly { readonly spans: readonly { readonly traceId: string }[] }[];
  }[];
}

test('trace: reaches the collector from gateway, agent and exec under the id that the webhook brought', async (context) => {
  const services = new Set<string>();
  const exports: Place[] = [];
  const collector = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      exports.push({ name: `export ${exports.length}`, content: Buffer.concat(chunks) });
      const { resourceSpans } = JSON.parse(Buffer.concat(chunks).toString('utf8')) as ExportRequest;
      for (const { resource, scopeSpans } of resourceSpans) {
        const mine = scopeSpans.some(({ spans }) => spans.some(({ traceId }) => traceId === TRACE_ID));
        const name = resource.attributes.find(({ key }) => key === 'service.name')?.value.stringValue;
        if (mine && name !== undefined) services.add(name);
      }
      response.writeHead(200, { 'content-type': 'application/json' }).end('{}');
    });
  });
  collector.listen(0, '127.0.0.1');
  await once(collector, 'listening');
  context.after(() => collector.close());
  const address = collector.address();
  assert.ok(typeof address === 'object' && address !== null);
  const endpoint = `http://127.0.0.1:${address.port}`;
  const fleet = await startFleet({
    latencyMs: 0,
    quantity: '0.1',
    environment: { OTEL_EXPORTER_OTLP_ENDPOINT: endpoint },
  });
  context.after(() => fleet.stop());
  await Promise.all(Object.values(fleet.services).map((service) => service.ready()));
  const market = new AbortController();
  context.after(() => market.abort());
  void publishQuotes(fleet.bus, { intervalMs: 50, size: '100', signal: market.signal });
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
  await eventually('every service exported a span of the trace', () => SERVICES.every((name) => services.has(name)), 20_000);

  const secrets = new Map([
    ['webhook secret', Buffer.from(fleet.secret)],
    ['password of the store', Buffer.from(TEST_GATEWAY_LOGIN.password)],
    ['signature', Buffer.from(signature)],
  ]);
  assert.deepEqual(findSecrets(exports, secrets), []);
  // The scan finds what a careless span would export.
  const seen = exports.length;
  const careless = await startTracing('careless', endpoint);
  await careless.span(fleet.secret.toString(), {}, () => Promise.resolve());
  await careless.stop();
  assert.deepEqual(
    findSecrets(exports.slice(seen), secrets).map((line) => line.replace(/^export \d+: /, '')),
    ['webhook secret'],
  );
});
