import assert from 'node:assert/strict';
import { test } from 'node:test';
import { makeObject } from '../testing/objects.ts';
import { type DeploymentObject, deploymentState } from './deployment-state.ts';

const deploymentWith = (status: DeploymentObject['status']): DeploymentObject => ({
  ...(makeObject('Deployment', 'a', { replicas: 1 }, { generation: 2 }) as unknown as DeploymentObject),
  ...(status === undefined ? {} : { status }),
});
const all = { observedGeneration: 2, replicas: 1, updatedReplicas: 1, readyReplicas: 1 };
const cases: readonly { readonly status: DeploymentObject['status']; readonly state: string; readonly message: RegExp }[] = [
  { status: all, state: 'Ready', message: /is ready/ },
  { status: { ...all, readyReplicas: 0 }, state: 'Starting', message: /has 0 of 1 pods ready/ },
  { status: { ...all, observedGeneration: 1 }, state: 'Starting', message: /has changed, and its controller has not taken up the change/ },
  { status: { ...all, updatedReplicas: 0 }, state: 'Starting', message: /has 0 of 1 pods of its newest revision/ },
  { status: { ...all, replicas: 2 }, state: 'Starting', message: /has 1 pods of an older revision that have not ended/ },
  { status: undefined, state: 'Starting', message: /has 0 of 1 pods ready/ },
];
for (const { status, state, message } of cases) {
  test(`deploymentState: is ${state} and says ${message.source}`, () => {
    const found = deploymentState(deploymentWith(status));
    assert.equal(found.state, state);
    assert.match(found.message, message);
    if (state !== 'Ready') assert.doesNotMatch(found.message, /1 of 1 pods ready/);
  });
}
