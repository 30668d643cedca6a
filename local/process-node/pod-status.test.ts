import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ended, givenContainer, givenPod, givenRecord, NOW_MS, PLACE, running } from '../testing/given.ts';
import type { ContainerRecord } from './container-record.ts';
import { podStatus } from './pod-status.ts';
import type { Pod, PodStatus } from './pod-types.ts';

type Known = Readonly<Record<string, Partial<ContainerRecord>>>;

function status(pod: Pod, known: Known = {}, nowMs = NOW_MS): PodStatus {
  return podStatus({ pod, record: givenRecord(pod, known), hostAddress: PLACE.hostAddress, nowMs });
}

const init = givenContainer({ name: 'init' });

const PHASES: readonly {
  readonly when: string;
  readonly pod: Pod;
  readonly known?: Known;
  readonly phase: string;
  readonly ready: string;
}[] = [
  { when: 'nothing has started', pod: givenPod(), phase: 'Pending', ready: 'False' },
  {
    when: 'the init container runs',
    pod: givenPod({ initContainers: [init] }),
    known: { init: { state: running() } },
    phase: 'Pending',
    ready: 'False',
  },
  {
    when: 'the init container failed for good',
    pod: givenPod({ initContainers: [init] }),
    known: { init: { state: ended(1) } },
    phase: 'Failed',
    ready: 'False',
  },
  { when: 'it runs and is not ready', pod: givenPod(), known: { web: { state: running() } }, phase: 'Running', ready: 'False' },
  { when: 'it runs and is ready', pod: givenPod(), known: { web: { state: running(), ready: true } }, phase: 'Running', ready: 'True' },
  { when: 'it ended well', pod: givenPod(), known: { web: { state: ended(0) } }, phase: 'Succeeded', ready: 'False' },
  { when: 'it ended badly', pod: givenPod(), known: { web: { state: ended(3) } }, phase: 'Failed', ready: 'False' },
  {
    when: 'it is ready but being deleted',
    pod: givenPod({}, { deletionTimestamp: '2026-01-01T00:00:00Z' }),
    known: { web: { state: running(), ready: true } },
    phase: 'Running',
    ready: 'False',
  },
];

for (const { when, pod, known, phase, ready } of PHASES) {
  test(`podStatus: is ${phase}, Ready ${ready}, when ${when}`, () => {
    const { phase: found, conditions = [] } = status(pod, known);
    assert.equal(found, phase);
    assert.equal(conditions.find(({ type }) => type === 'Ready')?.status, ready);
  });
}

test("podStatus: keeps the time of an unchanged condition and others' conditions", () => {
  const before = [
    { type: 'Ready', status: 'False', lastTransitionTime: '2025-01-01T00:00:00Z' },
    { type: 'example.dev/Gate', status: 'True', lastTransitionTime: '2025-01-01T00:00:00Z' },
  ];
  const { conditions = [] } = status({ ...givenPod(), status: { conditions: before } });
  assert.equal(conditions.find(({ type }) => type === 'Ready')?.lastTransitionTime, '2025-01-01T00:00:00Z');
  assert.ok(conditions.some(({ type }) => type === 'example.dev/Gate'));
  const later = status({ ...givenPod(), status: { conditions: before } }, { web: { state: running(), ready: true } });
  assert.equal(later.conditions?.find(({ type }) => type === 'Ready')?.lastTransitionTime, '2026-01-01T00:00:00Z');
});

test('podStatus: shows the last end of a container that waits to run again', () => {
  const lastTermination = ended(3);
  assert.equal(lastTermination.type, 'terminated');
  if (lastTermination.type !== 'terminated') return;
  const state = { type: 'waiting', reason: 'CrashLoopBackOff', message: 'back-off 1s', untilMs: NOW_MS } as const;
  const [container] = status(givenPod(), { web: { state, lastTermination } })['containerStatuses'] as readonly {
    readonly state: unknown;
    readonly lastState: { readonly terminated?: { readonly exitCode: number } };
  }[];
  assert.deepEqual(container?.state, { waiting: { reason: 'CrashLoopBackOff', message: 'back-off 1s' } });
  assert.equal(container?.lastState.terminated?.exitCode, 3);
});
