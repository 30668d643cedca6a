import assert from 'node:assert/strict';
import { test } from 'node:test';
import { execCrash, type PodObject } from './exec-crash.ts';

type Container = NonNullable<NonNullable<PodObject['status']>['containerStatuses']>[number];
const pod = (container: Container): PodObject => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'main-exec-1', namespace: 'trading' },
  status: { containerStatuses: [container] },
});
const failed = { exitCode: 1, reason: 'Error', message: 'first line\nthe event log of main is fenced\n' };

for (const [reason, containers, want] of [
  ['there is no pod', [], undefined],
  ['exec runs', [{ ready: true, restartCount: 3, lastState: { terminated: failed } }], undefined],
  ['exec has not started yet', [{ ready: false, restartCount: 0 }], undefined],
  ['exec ended in good order', [{ ready: false, restartCount: 1, lastState: { terminated: { exitCode: 0 } } }], undefined],
  [
    'exec waits for its next start',
    [{ ready: false, restartCount: 4, lastState: { terminated: failed } }],
    'exec ended with exit code 1 (Error) and was restarted 4 times: the event log of main is fenced',
  ],
  [
    'exec has just ended and says nothing',
    [{ ready: false, restartCount: 0, state: { terminated: { exitCode: 137, reason: 'OOMKilled' } } }],
    'exec ended with exit code 137 (OOMKilled) and was restarted 0 times; its log says why',
  ],
] as const) {
  test(`execCrash: ${want ?? 'nothing'}, when ${reason}`, () => assert.equal(execCrash(containers.map(pod), undefined), want));
}

const bug = 'AssertionError: order 7 cannot go from FILLED to RESTING';
const lastCrash = { time: '2026-11-21T12:00:03Z', reason: bug };
const waiting: Container = { ready: false, restartCount: 2, lastState: { terminated: failed } };
const killed: Container = { ready: false, restartCount: 2, lastState: { terminated: { exitCode: 137, reason: 'OOMKilled' } } };
for (const [reason, containers, report, want] of [
  ['exec reported no crash', [], { updatedAt: '2026-11-21T12:00:00Z' }, undefined],
  ['an exec has reported since', [], { updatedAt: '2026-11-21T12:00:04Z', lastCrash }, undefined],
  [
    'exec has not reported since',
    [],
    { updatedAt: '2026-11-21T12:00:00Z', lastCrash },
    `exec ended by an error at 2026-11-21T12:00:03Z and has not reported since: ${bug}`,
  ],
  [
    'the container waits for its next start',
    [waiting],
    { updatedAt: '2026-11-21T12:00:00Z', lastCrash },
    `exec ended with exit code 1 (Error) and was restarted 2 times: ${bug}`,
  ],
  [
    'an exec has reported since, and a later one crashes before it can report',
    [waiting],
    { updatedAt: '2026-11-21T12:00:04Z', lastCrash },
    'exec ended with exit code 1 (Error) and was restarted 2 times: the event log of main is fenced',
  ],
  [
    'the container was killed from outside, which the report does not explain',
    [killed],
    { updatedAt: '2026-11-21T12:00:00Z', lastCrash },
    'exec ended with exit code 137 (OOMKilled) and was restarted 2 times; its log says why',
  ],
] as const) {
  test(`execCrash: ${want ?? 'nothing'}, when ${reason}`, () => assert.equal(execCrash(containers.map(pod), report), want));
}
