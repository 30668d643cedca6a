import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ReflectorStats } from '../watch/reflector.ts';
import { KUBERNETES_TYPES } from '../objects/resource-type.ts';
import type { ControllerStats } from './controller.ts';
import { reconcileProblem, watchProblem } from './liveness.ts';

const watched = (stats: Partial<ReflectorStats>) => ({
  type: KUBERNETES_TYPES.deployment,
  stats: (): ReflectorStats => ({
    synced: true,
    objects: 0,
    silenceMs: 0,
    idleMs: 0,
    lagMs: 0,
    lists: 1,
    watches: 1,
    failuresInARow: 0,
    resourceVersion: '1',
    ...stats,
  }),
});
const controlled = (stats: Partial<ControllerStats>) => ({
  name: 'parent',
  stats: (): ControllerStats => ({ synced: true, depth: 0, oldestWaitMs: 0, active: 0, hung: 0, hungMs: 0, failing: 0, ...stats }),
});

test('watchProblem: names the reflector whose loop is dead', () => {
  assert.equal(watchProblem([watched({}), watched({ idleMs: 180_000 })]), undefined);
  const dead = [watched({}), watched({ idleMs: 200_000 }), watched({ idleMs: 900_000 })];
  assert.match(watchProblem(dead) ?? '', /watch of deployments has done nothing for 200 s/, 'the first, so that the text stays the same');
});

test('watchProblem: reports nothing while an API server is away and the reflector retries, however long', () => {
  assert.equal(watchProblem([watched({ silenceMs: 3_600_000, failuresInARow: 900, synced: false })]), undefined);
});

test('reconcileProblem: names the controller whose reconciliation does not return after its deadline', () => {
  assert.equal(reconcileProblem([controlled({ hung: 1, hungMs: 60_000 })]), undefined);
  const hung = [controlled({}), controlled({ hung: 1, hungMs: 61_000 }), controlled({ hung: 1, hungMs: 99_000 })];
  assert.match(reconcileProblem(hung) ?? '', /parent has not returned 61 s/, 'the first, so that the text stays the same');
});
