import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ResourceObject } from '@flotilla/contracts/resources/definition.ts';
import { FlotillaError } from '@flotilla/contracts/errors/errors.ts';
import { ClusterError, type Intent, type StatusIntent } from '@flotilla/kube/mod.ts';
import { KINDS } from '../kinds.ts';
import { makeObject } from '../testing/objects.ts';
import { refusalVerdict, reportingRefusals } from './refusal.ts';

const refused = (statusCode: number, message: string) => new ClusterError(message, { statusCode, status: { message } });
const context = { signal: new AbortController().signal, priority: 'spec', failures: 0 } as const;

for (const [statusCode, reason] of [
  [422, 'a value that is wrong'],
  [403, 'a quota or a right'],
  [400, 'a field that is unknown'],
  [413, 'too large'],
] as const) {
  test(`refusalVerdict: stalls with the server's own words, on ${statusCode}: ${reason}`, () => {
    const verdict = refusalVerdict(refused(statusCode, 'provided port is already allocated'));
    assert.equal(verdict?.state, 'Stalled');
    assert.match(verdict?.message ?? '', /provided port is already allocated/);
  });
}

for (const [error, reason] of [
  [refused(409, 'conflict'), 'another writer was there'],
  [refused(503, 'away'), 'the server is away'],
  [refused(404, 'gone'), 'it is gone'],
  [new FlotillaError('BUS_UNAVAILABLE', 'away'), 'not the API server'],
] as const) {
  test(`refusalVerdict: is silent about what passes by itself: ${reason}`, () => assert.equal(refusalVerdict(error), undefined));
}

function fixture(error: Error) {
  const object: ResourceObject = {
    ...makeObject('Strategy', 's', {}),
    status: {
      observedGeneration: 1,
      agent: 'Momentum',
      conditions: [
        {
          type: 'Ready',
          status: 'True',
          observedGeneration: 1,
          lastTransitionTime: '2026-01-01T00:00:00Z',
          reason: 'Running',
          message: '',
        },
        { type: 'Own', status: 'True', observedGeneration: 1, lastTransitionTime: '2026-01-01T00:00:00Z', reason: 'Kept', message: 'kept' },
      ],
    },
  };
  const intents: Intent[] = [];
  const executor = {
    execute(all: readonly Intent[]) {
      intents.push(...all);
      return Promise.resolve({ written: 0, skipped: 0 });
    },
  };
  const clock = { nowMs: () => Date.parse('2026-02-02T00:00:00Z') };
  const reconcile = reportingRefusals({ resource: KINDS.strategy, find: () => object, executor, clock }, async () => {
    throw error;
  });
  return { reconcile, intents };
}

test('reportingRefusals: tells of a refusal in the conditions, keeps the rest of the status, and lets the failure pass', async () => {
  const error = refused(422, 'spec.x: Invalid value');
  const { reconcile, intents } = fixture(error);
  await assert.rejects(reconcile('trading/s', context), error);
  const [write, event] = intents;
  assert.equal(event?.type, 'event');
  const status = (write as StatusIntent).status as { agent: string; conditions: { type: string; status: string; reason: string }[] };
  assert.equal(status.agent, 'Momentum');
  assert.deepEqual(status.conditions.map(({ type, status: value, reason }) => `${type} ${value} ${reason}`).toSorted(), [
    'Own True Kept',
    'Ready False WriteRefused',
    'Reconciling False Idle',
    'Stalled True WriteRefused',
  ]);
});

test('reportingRefusals: writes nothing about any other failure', async () => {
  const { reconcile, intents } = fixture(new FlotillaError('BUS_UNAVAILABLE', 'away'));
  await assert.rejects(reconcile('trading/s', context), /away/);
  assert.deepEqual(intents, []);
});
