/**
 * What operator and callout export, beside the pods that the operator starts: real API server, bus, store and services. The operator exports a span
 * for each reconciliation; the callout is given a collector and exports nothing.
 */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { test } from 'node:test';
import { eventually } from '@flotilla/runtime/testing/eventually.ts';
import { startTraceCollector } from '@flotilla/runtime/testing/trace-collector.ts';
import { findSecrets, secretTexts } from '../e2e/secret-scan.ts';
import { POLICY, type RotationWorld, startRotationWorld } from '../rotation/rotation-world.ts';
import { sendSignals } from '../rotation/send-signals.ts';
import { exportedPlaces, exportersOf } from './exports.ts';

const SERVICES = ['flotilla-agents', 'flotilla-exec', 'flotilla-gateway', 'flotilla-operator'];
/** The SDK exports every five seconds. */
const EXPORT_MS_MAX = 30_000;

test('traces: hold no secret of the installation, of operator and pods; the callout exports nothing', async (context) => {
  const collector = await startTraceCollector();
  context.after(() => collector.close());
  const world = await startRotationWorld({ environment: { OTEL_EXPORTER_OTLP_ENDPOINT: collector.endpoint } });
  let stopping: Promise<void> | undefined;
  const stop = (): Promise<void> => (stopping ??= world.stop());
  context.after(stop);
  const traffic = sendSignals(world);
  await sleep(1_000);
  await traffic.stop();
  await eventually('every service exported a span', () => exportersOf(collector.spans).length >= SERVICES.length, EXPORT_MS_MAX);
  const kinds = new Set(collector.spans.filter(({ name }) => name.startsWith('reconcile ')).map(({ name }) => name));
  for (const kind of ['portfolio', 'strategy', 'signal-source', 'risk-policy', 'audit-writer'])
    assert.ok(kinds.has(`reconcile ${kind}`), `expected a span of each controller, found ${[...kinds].join(', ')}`);

  const secrets = await secretsOf(world);
  const seen = collector.bodies.length;
  assert.deepEqual(findSecrets(exportedPlaces(collector), secrets), []);

  // A secret that a person took for a name reaches a span of the operator, and the scan finds it there.
  const planted = `p-${randomBytes(13).toString('hex')}`;
  await world.apply({ ...POLICY, metadata: { ...POLICY.metadata, name: planted } });
  const leaks = await eventually(
    'the scan finds the secret in an export of the operator',
    () => {
      const found = findSecrets(exportedPlaces(collector).slice(seen), new Map([...secrets, ['planted', Buffer.from(planted)]]));
      return found.length > 0 && found;
    },
    EXPORT_MS_MAX,
  );
  assert.match(leaks.join('\n'), /^(export \d+: planted\n?)+$/);

  // A service exports its last spans when it stops.
  await stop();
  assert.deepEqual(exportersOf(collector.spans), SERVICES);
});

/** The keys of the bus, and every value of every Secret. */
async function secretsOf(world: RotationWorld): Promise<ReadonlyMap<string, Buffer>> {
  const { operator, callout } = world.installation();
  const secrets = new Map([
    ['root key', Buffer.from(world.nats.identity.keys.rootSeed)],
    ['webhook secret', world.secret()],
    ...secretTexts(operator, 'operator'),
    ...secretTexts(callout, 'callout'),
    ...(await world.secretValues()),
  ]);
  const names = [...secrets.keys()];
  for (const part of ['operator claimsSeed', 'operator accountSecret', 'callout podSigningSeed', 'desk-webhook/secret'])
    assert.ok(names.includes(part), `expected ${part} among ${names.join(', ')}`);
  assert.ok(
    names.some((name) => /agent/.test(name)),
    `expected the key of the agent among ${names.join(', ')}`,
  );
  return secrets;
}
