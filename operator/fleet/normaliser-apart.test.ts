import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { DeploymentObject } from '../workload/deployment-state.ts';
import { APART_ANNOTATION, isMarkedApart, isNormaliserApart } from './normaliser-apart.ts';

const LOGIN = [{ name: 'NATS_TOKEN_FILE' }, { name: 'NATS_NORMALISER_TOKEN_FILE' }];
const ROLLED_OUT = { observedGeneration: 2, replicas: 1, updatedReplicas: 1, readyReplicas: 1 };

function gateway(env: typeof LOGIN, status: DeploymentObject['status'], isMarked = false): DeploymentObject {
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: {
      name: 'flotilla-gateway',
      namespace: 'trading',
      generation: 2,
      ...(isMarked ? { annotations: { [APART_ANNOTATION]: 'true' } } : {}),
    },
    spec: { replicas: 1, template: { spec: { containers: [{ env }] } } },
    status: status ?? {},
  };
}

const cases: readonly (readonly [why: string, deployment: DeploymentObject | undefined, want: boolean])[] = [
  ['no gateway has started', undefined, true],
  ['only pods with a login of the normaliser run', gateway(LOGIN, ROLLED_OUT), true],
  ['the pods are of the version before', gateway(LOGIN.slice(0, 1), ROLLED_OUT), false],
  ['the Deployment has changed and its controller has not seen it', gateway(LOGIN, { ...ROLLED_OUT, observedGeneration: 1 }), false],
  ['a pod of the version before runs beside the new one', gateway(LOGIN, { ...ROLLED_OUT, replicas: 2 }), false],
  ['the new pod is not ready', gateway(LOGIN, { ...ROLLED_OUT, readyReplicas: 0 }), false],
  ['a pod of the version before ends', gateway(LOGIN, { ...ROLLED_OUT, terminatingReplicas: 1 }), false],
  ['it was apart before, and a later rollout goes on', gateway(LOGIN, { ...ROLLED_OUT, replicas: 2, readyReplicas: 1 }, true), true],
];
for (const [why, deployment, want] of cases) {
  test(`isNormaliserApart: is ${want}, when ${why}`, () => {
    assert.equal(isNormaliserApart(deployment), want);
  });
}

test('isMarkedApart: needs the annotation of a Deployment, and none without a Deployment', () => {
  assert.deepEqual(
    [undefined, gateway(LOGIN, ROLLED_OUT), gateway(LOGIN, ROLLED_OUT, true)].map((one) => isMarkedApart(one)),
    [true, false, true],
  );
});
