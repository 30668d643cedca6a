import assert from 'node:assert/strict';
import { test } from 'node:test';
import { systemClock } from '@flotilla/runtime/clock.ts';
import { freePort } from '@flotilla/runtime/testing/free-port.ts';
import { makeRequestMetrics } from './request-metrics.ts';
import { makeTransport } from './transport.ts';

test('makeRequestMetrics: counts each send under client-go’s names, also one without an answer', async () => {
  const counted: string[] = [];
  const metrics = makeRequestMetrics({
    counter: (name) => ({ inc: (labels) => void counted.push(`${name} ${labels['method']} ${labels['code']} ${labels['host']}`) }),
    gauge: () => ({ set: () => undefined }),
    histogram: (name) => ({ observe: (labels, value) => void counted.push(`${name} ${labels['verb']} ${value >= 0}`) }),
  });
  const port = await freePort();
  const connection = {
    origin: `http://127.0.0.1:${port}`,
    pathPrefix: '',
    tls: () => ({}),
    authorization: () => Promise.resolve(undefined),
    namespace: undefined,
  };
  const transport = makeTransport(connection, systemClock, 'metrics-test', metrics);
  await assert.rejects(transport.request({ method: 'GET', path: '/version' }), /no usable answer/);
  await transport.close();
  assert.deepEqual(counted, [`rest_client_requests_total GET <error> 127.0.0.1:${port}`, 'rest_client_request_duration_seconds GET true']);
  metrics.answered({ method: 'PATCH', host: 'h' }, 409, 5);
  assert.equal(counted[2], 'rest_client_requests_total PATCH 409 h');
});
