import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ended, givenContainer, givenPod, givenRecord, NOW_MS, running } from '../testing/given.ts';
import type { ContainerRecord } from './container-record.ts';
import { planPod, type PodPlan, restarts } from './pod-plan.ts';
import type { Pod } from './pod-types.ts';

interface Case {
  readonly does: string;
  readonly pod: Pod;
  readonly known?: Readonly<Record<string, Partial<ContainerRecord>>>;
  readonly plan: PodPlan;
}

const init = givenContainer({ name: 'init' });
const sidecar = givenContainer({ name: 'side', restartPolicy: 'Always' });
const deleted = { deletionTimestamp: '2026-01-01T00:00:00Z', deletionGracePeriodSeconds: 5 };
const killAtMs = NOW_MS + 5_000;
const stop = { reason: 'Deleted', killAtMs, killed: false };
const start = (container: string) => ({ type: 'start', container }) as const;

const CASES: readonly Case[] = [
  { does: 'starts a new container', pod: givenPod(), plan: { actions: [start('web')] } },
  { does: 'leaves a running container alone', pod: givenPod(), known: { web: { state: running() } }, plan: { actions: [] } },
  { does: 'leaves a container that ended for good alone', pod: givenPod(), known: { web: { state: ended(0) } }, plan: { actions: [] } },
  {
    does: 'waits for the back-off and says until when',
    pod: givenPod(),
    known: { web: { state: { type: 'waiting', reason: 'CrashLoopBackOff', untilMs: NOW_MS + 800 } } },
    plan: { actions: [], wakeAtMs: NOW_MS + 800 },
  },
  { does: 'starts only the init container first', pod: givenPod({ initContainers: [init] }), plan: { actions: [start('init')] } },
  {
    does: 'starts the main container after its init container succeeded',
    pod: givenPod({ initContainers: [init] }),
    known: { init: { state: ended(0) } },
    plan: { actions: [start('web')] },
  },
  {
    does: 'never starts the main container of a failed init container',
    pod: givenPod({ initContainers: [init], restartPolicy: 'Never' }),
    known: { init: { state: ended(1) } },
    plan: { actions: [] },
  },
  {
    does: 'waits for a sidecar to have started',
    pod: givenPod({ initContainers: [sidecar] }),
    known: { side: { state: running() } },
    plan: { actions: [] },
  },
  {
    does: 'goes on beside a started sidecar',
    pod: givenPod({ initContainers: [sidecar] }),
    known: { side: { state: running(), started: true } },
    plan: { actions: [start('web')] },
  },
  {
    does: 'terminates the containers of a deleted pod with its grace',
    pod: givenPod({}, deleted),
    known: { web: { state: running() } },
    plan: { actions: [{ type: 'terminate', container: 'web', reason: 'Deleted', killAtMs }] },
  },
  {
    does: 'waits within the grace',
    pod: givenPod({}, deleted),
    known: { web: { state: running({ stop }) } },
    plan: { actions: [], wakeAtMs: killAtMs },
  },
  {
    does: 'kills after the grace',
    pod: givenPod({}, deleted),
    known: { web: { state: running({ stop: { ...stop, killAtMs: NOW_MS } }) } },
    plan: { actions: [{ type: 'kill', container: 'web' }] },
  },
  {
    does: 'kills once',
    pod: givenPod({}, deleted),
    known: { web: { state: running({ stop: { ...stop, killAtMs: NOW_MS, killed: true } }) } },
    plan: { actions: [] },
  },
  {
    does: 'removes a deleted pod whose containers have ended',
    pod: givenPod({}, deleted),
    known: { web: { state: ended(0) } },
    plan: { actions: [{ type: 'remove' }] },
  },
  { does: 'removes a deleted pod that never started', pod: givenPod({}, deleted), plan: { actions: [{ type: 'remove' }] } },
];

for (const { does, pod, known, plan } of CASES) {
  test(`planPod: ${does}`, () => {
    assert.deepEqual(planPod(pod, givenRecord(pod, known), NOW_MS), plan);
  });
}

const RESTARTS = [
  { policy: 'Always', exitCode: 0, again: true },
  { policy: 'OnFailure', exitCode: 0, again: false },
  { policy: 'OnFailure', exitCode: 1, again: true },
  { policy: 'Never', exitCode: 1, again: false },
] as const;

for (const { policy, exitCode, again } of RESTARTS) {
  test(`restarts: ${again ? 'runs again' : 'stays ended'}, when the policy is ${policy} and the exit code ${exitCode}`, () => {
    const web = givenContainer();
    assert.equal(restarts(web, givenPod({ containers: [web], restartPolicy: policy }), exitCode), again);
  });
}

test('restarts: an init container that succeeded stays ended, when the policy is Always', () => {
  assert.equal(restarts(init, givenPod({ initContainers: [init] }), 0), false);
  assert.equal(restarts(init, givenPod({ initContainers: [init] }), 1), true);
});
