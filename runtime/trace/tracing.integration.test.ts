import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { formatTime, type RawSignal, STREAMS, subjects } from '@flotilla/contracts';
import type { NatsBus } from '../bus/connect-bus.ts';
import { systemClock } from '../clock.ts';
import { startConsumer } from '../consume/start-consumer.ts';
import { makeMetrics } from '../metrics.ts';
import { makeEnvelope } from '../make-envelope.ts';
import { ensureConsumer } from '../provision/ensure-consumer.ts';
import { ensureStream } from '../provision/ensure-stream.ts';
import { publishEvent } from '../publish-event.ts';
import { systemRng } from '../rng.ts';
import { eventually } from '../testing/eventually.ts';
import { type NatsServer, startNatsServer } from '../testing/nats-server.ts';
import { openTestBus, testLogger } from '../testing/open-test-bus.ts';
import { startTraceCollector } from '../testing/trace-collector.ts';
import { noTracing, startTracing, type Tracing } from './tracing.ts';

const TRACEPARENT = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
const HOPS = ['one', 'two', 'three'] as const;

let server: NatsServer;
let bus: NatsBus;

before(async () => {
  server = await startNatsServer();
  bus = await openTestBus(server);
  await ensureStream(bus, STREAMS.SIGNALS, { replicas: 1 });
});
after(async () => {
  await bus.close();
  await server.stop();
});

function signal(source: string): RawSignal {
  return {
    ...makeEnvelope({ id: `signal-${source}`, corrId: 'corr', clock: systemClock, service: 'test', revision: 'test' }),
    source,
    format: 'GENERIC',
    nonce: 'n',
    receivedAt: formatTime(Date.now()),
    body: 'body',
  };
}

/** Consumes from one source and publishes to the next, as a service does. */
async function hop(lane: string, from: string, to: string, tracing: Tracing) {
  const consumer = `hop-${lane}-${from}`;
  const filterSubjects = [subjects.signalRaw(`${lane}-${from}`)];
  await ensureConsumer(bus, { stream: 'SIGNALS', name: consumer, filterSubjects, maxInFlight: 10, deliver: 'all' });
  return startConsumer({
    bus,
    clock: systemClock,
    rng: systemRng,
    logger: testLogger(),
    metrics: makeMetrics('test'),
    tracing,
    service: 'test',
    revision: 'test',
    stream: 'SIGNALS',
    consumer,
    type: 'signals.raw',
    maxInFlight: 10,
    ordering: 'strict',
    operation: `handle ${from}`,
    handle: async () => [{ type: 'signals.raw', subject: subjects.signalRaw(`${lane}-${to}`), event: signal(`${lane}-${to}`) }],
  });
}

/** Sends one signal through two hops; the carrier of the first is what a webhook brought. */
async function sendThrough(lane: string, tracing: Tracing): Promise<string | undefined> {
  const first = await hop(lane, HOPS[0], HOPS[1], tracing);
  const second = await hop(lane, HOPS[1], HOPS[2], tracing);
  await tracing.span('webhook', { traceparent: TRACEPARENT, 'x-other': 'stays here' }, (headers) =>
    publishEvent(bus, { type: 'signals.raw', subject: subjects.signalRaw(`${lane}-one`), event: signal(`${lane}-one`), headers }),
  );
  const last = await eventually('the last hop is there', () => bus.last('SIGNALS', subjects.signalRaw(`${lane}-three`)));
  await first.stop();
  await second.stop();
  assert.equal(last.headers['x-other'], undefined);
  return last.headers['traceparent'];
}

describe('startTracing', () => {
  test('span: keeps one trace unbroken from the caller through publish and consume, when an endpoint is set', async () => {
    const collector = await startTraceCollector();
    const tracing = await startTracing('test', `${collector.endpoint}/`);
    const traceparent = await sendThrough('on', tracing);
    await tracing.stop();
    collector.close();
    const byName = new Map(collector.spans.map((span) => [span.name, span]));
    assert.deepEqual([...byName.keys()].sort(), ['handle one', 'handle two', 'webhook']);
    const [webhook, one, two] = ['webhook', 'handle one', 'handle two'].map((name) => byName.get(name));
    const [, traceId, callerSpanId] = TRACEPARENT.split('-');
    for (const span of byName.values()) assert.deepEqual([span.traceId, span.service], [traceId, 'flotilla-test']);
    assert.equal(webhook?.parentSpanId, callerSpanId);
    assert.equal(one?.parentSpanId, webhook?.spanId);
    assert.equal(two?.parentSpanId, one?.spanId);
    assert.equal(traceparent, `00-${traceId}-${two?.spanId}-01`);
  });

  test('span: begins a trace of its own and shows its attributes, when the call has no carrier', async () => {
    const collector = await startTraceCollector();
    const tracing = await startTracing('test', collector.endpoint);
    await assert.rejects(
      tracing.span('reconcile x', {}, () => Promise.reject(new Error('failed')), { key: 'a/b' }),
      /failed/,
    );
    await tracing.stop();
    collector.close();
    const [span] = collector.spans;
    assert.deepEqual([span?.name, span?.attributes], ['reconcile x', [{ key: 'key', value: { stringValue: 'a/b' } }]]);
  });

  test('span: passes the trace of others on unchanged, when no endpoint is set', async () => {
    const tracing = await startTracing('test', undefined);
    assert.equal(tracing, noTracing);
    assert.equal(await sendThrough('off', tracing), TRACEPARENT);
  });

  test('span: goes on working, when the collector does not answer', async () => {
    const tracing = await startTracing('test', 'http://127.0.0.1:1');
    assert.match((await sendThrough('deaf', tracing)) ?? '', /^00-0af7651916cd43dd8448eb211c80319c-/);
    await tracing.stop().catch(() => undefined);
  });
});
