/** Leads objects of every kind through their lives on a real operator, and takes a picture in each phase. */
import { makeObject, portfolio, riskPolicy, strategy, withSpec } from '@flotilla/operator/testing/objects.ts';
import type { OperatorFixture } from '@flotilla/operator/testing/operator-fixture.ts';
import type { HaltReport } from '@flotilla/contracts/control/halt.ts';
import type { ResourceObject } from '@flotilla/contracts/resources/definition.ts';
import { KINDS } from '@flotilla/operator/kinds.ts';
import { KUBERNETES_TYPES, type ResourceType } from '@flotilla/kube/mod.ts';
import { eventually } from '@flotilla/runtime/testing/eventually.ts';
import type { KstatusVerdict } from './judge-objects.ts';

export interface Picture {
  readonly kind: string;
  /** Name of the file in testdata. */
  readonly phase: string;
  readonly object: ResourceObject;
  readonly kstatus: KstatusVerdict['status'];
  readonly argo: 'Healthy' | 'Progressing' | 'Degraded' | 'Suspended';
}

type Expected = Pick<Picture, 'phase' | 'kstatus' | 'argo'>;
const IN_PROGRESS = { kstatus: 'InProgress', argo: 'Progressing' } as const;
const CURRENT = { kstatus: 'Current', argo: 'Healthy' } as const;
const SUSPENDED = { kstatus: 'Current', argo: 'Suspended' } as const;
const FAILED = { kstatus: 'Failed', argo: 'Degraded' } as const;
const TERMINATING = { kstatus: 'Terminating', argo: 'Progressing' } as const;

/** Several exchanges of operator and stand-in, on a machine that may be busy. */
const SETTLE_MS_MAX = 60_000;
const AGENT = 'btc-momentum-agent';
const killSwitch = makeObject('KillSwitch', 'stop', { scope: { type: 'All' }, reason: 'drill' });
const desk = makeObject('SignalSource', 'desk', { scheme: 'Hmac', venue: 'desk', instruments: ['BTC-USD'], secretRef: { name: 'desk' } });

export async function liveThrough(fixture: OperatorFixture): Promise<readonly Picture[]> {
  const pictures: Picture[] = [];

  /** As the API server answered, before any operator can have seen it. */
  async function create(type: ResourceType, object: ResourceObject): Promise<void> {
    const { apiVersion, kind, metadata, spec } = object;
    const { uid: _uid, generation: _generation, namespace, ...rest } = metadata;
    const place = type.namespaced ? { namespace } : {};
    const created = await fixture.cluster.create<ResourceObject>(type, {
      apiVersion,
      kind,
      metadata: { ...rest, ...place },
      spec,
    } as never);
    pictures.push({ kind: type.kind, object: created, phase: 'new', ...IN_PROGRESS });
  }
  async function when(
    type: ResourceType,
    name: string,
    condition: string,
    reason: string,
    expected: Expected,
    meanwhile?: () => Promise<unknown>,
  ): Promise<void> {
    await fixture.reason(type, name, condition, reason, meanwhile);
    await take(type, name, expected);
  }
  async function take(type: ResourceType, name: string, expected: Expected): Promise<void> {
    const object = await fixture.find<ResourceObject>(type, name);
    if (object === undefined) throw new Error(`${type.kind} ${name} is gone before its picture ${expected.phase} was taken`);
    pictures.push({ kind: type.kind, object, ...expected });
  }
  async function settle(): Promise<void> {
    await eventually(
      'portfolio and strategy trade',
      async () => {
        await fixture.settleDeployment('main-exec');
        await fixture.settleDeployment(AGENT);
        await fixture.reportExec('main');
        const trading = (await reasonOf(fixture, KINDS.portfolio, 'main', 'Ready')) === 'Trading';
        return trading && (await reasonOf(fixture, KINDS.strategy, strategy.metadata.name, 'Ready')) === 'Running';
      },
      SETTLE_MS_MAX,
    );
  }
  const name = strategy.metadata.name;

  await create(KINDS.strategy, strategy);
  await when(KINDS.strategy, name, 'Stalled', 'PortfolioNotFound', { phase: 'portfolio_missing', ...FAILED });
  await create(KINDS.portfolio, portfolio);
  await when(KINDS.portfolio, 'main', 'Stalled', 'RiskPolicyNotFound', { phase: 'policy_missing', ...FAILED });
  await create(KINDS.riskPolicy, riskPolicy);
  await when(KINDS.portfolio, 'main', 'Reconciling', 'ExecStarting', { phase: 'exec_starting', ...IN_PROGRESS });
  await when(KINDS.strategy, name, 'Reconciling', 'AgentStarting', { phase: 'agent_starting', ...IN_PROGRESS });
  await when(KINDS.riskPolicy, 'conservative', 'Reconciling', 'ExecSilent', { phase: 'unconfirmed', ...IN_PROGRESS });
  await settle();
  await take(KINDS.strategy, name, { phase: 'running', ...CURRENT });
  await take(KINDS.portfolio, 'main', { phase: 'trading', ...CURRENT });
  await when(KINDS.riskPolicy, 'conservative', 'Ready', 'InForce', { phase: 'in_force', ...CURRENT });

  // A change that the operator has not seen yet, then what comes of it.
  const before = await fixture.find<ResourceObject>(KINDS.strategy, name);
  if (before === undefined) throw new Error('the Strategy is gone');
  pictures.push({
    kind: 'Strategy',
    object: { ...before, metadata: { ...before.metadata, generation: (before.metadata.generation ?? 0) + 1 } },
    phase: 'edited',
    ...IN_PROGRESS,
  });
  await fixture.apply(withSpec(strategy, { desiredState: 'Paused' }));
  await eventually(
    'the strategy is paused',
    async () => {
      await fixture.settleDeployment(AGENT);
      await fixture.reportExec('main');
      return (await reasonOf(fixture, KINDS.strategy, name, 'Ready')) === 'Paused';
    },
    SETTLE_MS_MAX,
  );
  await take(KINDS.strategy, name, { phase: 'paused', ...SUSPENDED });
  await fixture.apply(withSpec(strategy, { desiredState: 'Running' }));
  await settle();

  await create(KINDS.signalSource, desk);
  await when(KINDS.signalSource, 'desk', 'Stalled', 'SecretNotFound', { phase: 'secret_missing', ...FAILED });
  const secret = { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'desk', namespace: 'trading' }, stringData: { secret: 'x' } };
  await fixture.cluster.create(KUBERNETES_TYPES.secret, secret);
  await when(KINDS.signalSource, 'desk', 'Reconciling', 'GatewayStarting', { phase: 'gateway_starting', ...IN_PROGRESS });
  await when(KINDS.signalSource, 'desk', 'Ready', 'Listening', { phase: 'listening', ...CURRENT }, () => fixture.serveGateway());

  await create(KINDS.killSwitch, killSwitch);
  await eventually('the halt record is engaged', async () => (await fixture.halt('main'))?.state === 'ENGAGED');
  const stopped = { tradingState: 'HALTED', reason: 'TRADING_HALTED' } as const;
  await eventually('the agent is gone', async () => {
    await fixture.settleDeployment(AGENT);
    return (
      (await reasonOf(fixture, KINDS.strategy, name, 'Reconciling')) !== undefined ||
      (await reasonOf(fixture, KINDS.strategy, name, 'Ready')) !== undefined
    );
  });
  await when(KINDS.killSwitch, 'stop', 'Reconciling', 'Closing', { phase: 'closing', ...IN_PROGRESS });
  await eventually(
    'the halt is complete',
    async () => {
      await fixture.settleDeployment(AGENT);
      await fixture.reportExec('main', {
        ...stopped,
        halt: await haltReport(fixture, { zeroOpenOrdersVerifiedAt: new Date().toISOString() }),
      });
      return (await reasonOf(fixture, KINDS.killSwitch, 'stop', 'Ready')) === 'Halted';
    },
    SETTLE_MS_MAX,
  );
  await take(KINDS.killSwitch, 'stop', { phase: 'engaged', ...CURRENT });
  await when(KINDS.portfolio, 'main', 'Ready', 'HaltedByKillSwitch', { phase: 'halted', ...SUSPENDED });
  await when(KINDS.strategy, name, 'Ready', 'HaltedByKillSwitch', { phase: 'kill_switch', ...SUSPENDED });
  await fixture.remove(KINDS.killSwitch, 'stop');
  await eventually('the KillSwitch is gone', async () => (await fixture.find(KINDS.killSwitch, 'stop')) === undefined);
  await settle();

  await fixture.apply({ ...killSwitch, metadata: { name: 'stop-again' } });
  await fixture.reason(KINDS.killSwitch, 'stop-again', 'Reconciling', 'Closing');
  await fixture.remove(KINDS.killSwitch, 'stop-again');
  await when(KINDS.killSwitch, 'stop-again', 'Reconciling', 'Releasing', { phase: 'releasing', ...TERMINATING });
  await eventually(
    'the second KillSwitch is gone',
    async () => {
      await fixture.settleDeployment(AGENT);
      const record = await fixture.halt('main');
      if (record?.state === 'ENGAGED') {
        await fixture.reportExec('main', {
          ...stopped,
          halt: await haltReport(fixture, { zeroOpenOrdersVerifiedAt: new Date().toISOString() }),
        });
      }
      return (await fixture.find(KINDS.killSwitch, 'stop-again')) === undefined;
    },
    SETTLE_MS_MAX,
  );
  await settle();

  await fixture.remove(KINDS.strategy, name);
  await when(KINDS.strategy, name, 'Reconciling', 'Deleting', { phase: 'deleting', ...TERMINATING });
  return pictures;
}

async function reasonOf(fixture: OperatorFixture, type: ResourceType, name: string, condition: string): Promise<string | undefined> {
  const object = await fixture.find<ResourceObject>(type, name);
  const { conditions = [] } = (object?.status ?? {}) as {
    readonly conditions?: readonly { type: string; status: string; reason: string }[];
  };
  return conditions.find(({ type: found, status }) => found === condition && status === 'True')?.reason;
}

async function haltReport(fixture: OperatorFixture, change: Partial<HaltReport>): Promise<HaltReport> {
  const record = await fixture.halt('main');
  const now = new Date().toISOString();
  return {
    haltId: record?.haltId ?? 'none',
    generation: record?.generation ?? 0,
    receivedAt: now,
    gateClosedAt: now,
    restingCancelledAt: now,
    restingCancelledCount: 0,
    refusedCount: 0,
    ...change,
  };
}
