/** Starts an operator of this version with one Portfolio, Strategy and SignalSource, on CRDs and records of any version. */
import { healthyExec } from '@flotilla/operator/testing/healthy-exec.ts';
import { canonicalJson } from '@flotilla/contracts/values/canonical-json.ts';
import type { ExecStatus } from '@flotilla/contracts/control/exec-status.ts';
import type { Condition } from '@flotilla/contracts/resources/fields.ts';
import { keys } from '@flotilla/contracts/bus/buckets.ts';
import { type KubeManifest, type KubeObject, KUBERNETES_TYPES, type ResourceType } from '@flotilla/kube/mod.ts';
import { KINDS } from '@flotilla/operator/kinds.ts';
import { makeObject, portfolio, riskPolicy, strategy } from '@flotilla/operator/testing/objects.ts';
import { type OperatorFixture, startOperatorFixture } from '@flotilla/operator/testing/operator-fixture.ts';
import { openBucket } from '@flotilla/runtime';
import { eventually } from '@flotilla/runtime/testing/eventually.ts';

export const AGENT = 'btc-momentum-agent';
export const replay = makeObject('SignalSource', 'replay', {
  scheme: 'Replay',
  venue: 'v',
  instruments: ['BTC-USD'],
  replay: { datasets: ['d'] },
});

export interface SettledFleet {
  readonly fixture: OperatorFixture;
  /** Plays exec of another version: reports the newest configuration as healthy. */
  report(asReported: (status: ExecStatus) => object): Promise<void>;
  /** Plays exec and the deployment controller until portfolio and strategy are Ready. */
  settle(asReported: (status: ExecStatus) => object): Promise<void>;
  conditions(type: ResourceType, name: string): Promise<readonly Condition[]>;
  /** UID of the agent's Deployment: another one means that the agent was deleted in between. */
  agentUid(): Promise<string | undefined>;
  stop(): Promise<void>;
}

type WithConditions = KubeObject & { readonly status?: { readonly conditions?: readonly Condition[] } };

export async function startSettledFleet(reviseDefinition: (definition: KubeManifest) => KubeManifest): Promise<SettledFleet> {
  const fixture = await startOperatorFixture({ reviseDefinition });
  const status = openBucket(fixture.bus, 'STATUS');
  for (const object of [riskPolicy, portfolio, strategy, replay]) await fixture.apply(object);

  const conditions = async (type: ResourceType, name: string): Promise<readonly Condition[]> => {
    const object = await fixture.find<WithConditions>(type, name);
    return object?.status?.conditions ?? [];
  };
  const readyReason = async (type: ResourceType, name: string): Promise<string | undefined> => {
    const object = await fixture.find<WithConditions>(type, name);
    const ready = object?.status?.conditions?.find((one) => one.type === 'Ready' && one.status === 'True');
    return ready?.observedGeneration === object?.metadata.generation ? ready?.reason : undefined;
  };
  const report = async (asReported: (status: ExecStatus) => object): Promise<void> => {
    const config = await fixture.config('main');
    await status.put(keys.execStatus('main'), Buffer.from(canonicalJson(asReported(healthyExec('main', config)))));
  };

  return {
    fixture,
    conditions,
    report,
    async settle(asReported) {
      await eventually('portfolio and strategy are Ready for their newest generations', async () => {
        for (const name of ['main-exec', AGENT]) await fixture.settleDeployment(name);
        await report(asReported);
        const reasons = [await readyReason(KINDS.portfolio, 'main'), await readyReason(KINDS.strategy, 'btc-momentum')];
        if (reasons.join(' ') === 'Trading Running') return true;
        throw new Error(JSON.stringify(await conditions(KINDS.strategy, 'btc-momentum')));
      });
    },
    async agentUid() {
      return (await fixture.find(KUBERNETES_TYPES.deployment, AGENT))?.metadata.uid;
    },
    stop: () => fixture.stop(),
  };
}
