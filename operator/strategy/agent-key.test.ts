import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatTime } from '@flotilla/contracts/values/format-time.ts';
import { makeObject, strategy } from '../testing/objects.ts';
import type { DeploymentObject } from '../workload/deployment-state.ts';
import { agentKeyNameOf, mayLackKey } from './agent-key.ts';

const NOW_MS = Date.parse('2026-11-21T12:00:00Z');
const OWN_UID = strategy.metadata.uid ?? '';

function deploymentOf(keyName: string, ownerUid: string, more: Partial<DeploymentObject> = {}): DeploymentObject {
  const env = [{ name: 'FLOTILLA_AGENT_KEY', valueFrom: { secretKeyRef: { name: keyName, key: 'key' } } }];
  const ownerReferences = [
    { apiVersion: 'flotilla.dev/v1alpha1', kind: 'Strategy', name: strategy.metadata.name, uid: ownerUid, controller: true },
  ];
  const object = makeObject('Deployment', 'btc-momentum-agent', { template: { spec: { containers: [{ env }] } } });
  return { ...(object as unknown as DeploymentObject), metadata: { ...object.metadata, ownerReferences }, ...more };
}

const NAMES: readonly { readonly why: string; readonly deployment: DeploymentObject | undefined; readonly want: string }[] = [
  { why: 'no agent runs yet', deployment: undefined, want: `btc-momentum-agent-key-${OWN_UID}` },
  {
    why: 'its agent runs with it',
    deployment: deploymentOf(`btc-momentum-agent-key-${OWN_UID}`, OWN_UID),
    want: `btc-momentum-agent-key-${OWN_UID}`,
  },
  {
    why: 'its agent runs with the key of an earlier operator, and keeps it',
    deployment: deploymentOf('btc-momentum-agent-key', OWN_UID),
    want: 'btc-momentum-agent-key',
  },
  {
    why: 'the agent that runs is of a former Strategy of the same name',
    deployment: deploymentOf('btc-momentum-agent-key', 'uid-of-the-former'),
    want: `btc-momentum-agent-key-${OWN_UID}`,
  },
  {
    why: 'somebody let the Deployment name another Secret',
    deployment: deploymentOf('flotilla-bus-root', OWN_UID),
    want: `btc-momentum-agent-key-${OWN_UID}`,
  },
];
for (const { why, deployment, want } of NAMES) {
  test(`agentKeyNameOf: gives ${want}, when ${why}`, () => assert.equal(agentKeyNameOf(strategy, deployment), want));
}

const away = (seconds: number): NonNullable<DeploymentObject['status']> => ({
  conditions: [{ type: 'Available', status: 'False', lastTransitionTime: formatTime(NOW_MS - seconds * 1_000) }],
});
const OWN_KEY = `btc-momentum-agent-key-${OWN_UID}`;
const paused = (deployment: DeploymentObject): DeploymentObject => ({ ...deployment, spec: { ...deployment.spec, replicas: 0 } });
const LACKS: readonly { readonly why: string; readonly deployment: DeploymentObject | undefined; readonly want: boolean }[] = [
  { why: 'there is no Deployment', deployment: undefined, want: true },
  {
    why: 'the Deployment is of a former Strategy of the same name, and serves its own agent',
    deployment: deploymentOf('btc-momentum-agent-key-former', 'uid-of-the-former', { status: { readyReplicas: 1 } }),
    want: true,
  },
  { why: 'the Deployment has no status yet', deployment: deploymentOf(OWN_KEY, OWN_UID), want: false },
  { why: 'the agent starts', deployment: deploymentOf(OWN_KEY, OWN_UID, { status: away(4) }), want: false },
  { why: 'the agent has been unavailable for long', deployment: deploymentOf(OWN_KEY, OWN_UID, { status: away(6) }), want: true },
  {
    why: 'no agent is wanted',
    deployment: paused(deploymentOf(OWN_KEY, OWN_UID, { status: away(60) })),
    want: false,
  },
  {
    why: 'no agent is wanted, and the Deployment is of a former Strategy of the same name',
    deployment: paused(deploymentOf('btc-momentum-agent-key-former', 'uid-of-the-former')),
    want: true,
  },
  { why: 'somebody let the Deployment name another Secret', deployment: deploymentOf('flotilla-bus-root', OWN_UID), want: true },
  {
    why: 'the agent is available',
    deployment: deploymentOf(OWN_KEY, OWN_UID, { status: { conditions: [{ type: 'Available', status: 'True' }] } }),
    want: false,
  },
];
for (const { why, deployment, want } of LACKS) {
  test(`mayLackKey: is ${want}, when ${why}`, () => assert.equal(mayLackKey(strategy, deployment, NOW_MS), want));
}
