/** Leads objects of every kind through their lives on a real operator, and takes a picture in each phase. */
import { makeObject, portfolio, riskPolicy, strategy, withSpec } from '@flotilla/operator/testing/objects.ts';
import type { OperatorFixture } from '@flotilla/operator/testing/operator-fixture.ts';
import type { HaltReport } from '@flotilla/contracts/control/halt.ts';
import type { ResourceObject } from '@flotilla/contracts/resources/definition.ts';
import { formatTime } from '@flotilla/contracts/values/format-time.ts';
import { KINDS } from '@flotilla/operator/kinds.ts';
import type { ResourceType } from '@flotilla/kube/mod.ts';
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
const STRATEGY = strategy.metadata.name;
const killSwitch = makeObject('KillSwitch', 'stop', { scope: { type: 'All' }, reason: 'drill' });
const careful = makeObject('AgentRole', 'careful', { signals: { instruments: ['BTC-USD'] } });
const desk = makeObject('SignalSource', 'desk', {
  scheme: 'Hmac',
  venue: 'desk',
  instruments: ['BTC-USD'],
  secretRef: { name: 'desk-webhook' },
});

export async function liveThrough(fixture: OperatorFixture): Promise<readonly Picture[]> {
  const album = makeAlbum(fixture);
  await appearOneByOne(album);
  await changeAndPause(album);
  await limitAgents(album);
  await openWebhooks(album);
  await haltAndRelease(album);
  await releaseTooEarly(album);
  await fixture.remove(KINDS.strategy, STRATEGY);
  await album.when(KINDS.strategy, STRATEGY, 'Reconciling', 'Deleting', { phase: 'deleting', ...TERMINATING });
  return album.pictures;
}

interface Album {
  readonly fixture: OperatorFixture;
  readonly pictures: Picture[];
  /** Creates the object, and takes the picture that the API server answers, before an operator can have seen the object. */
  readonly create: (type: ResourceType, object: ResourceObject) => Promise<void>;
  /** Takes the picture once the condition has the reason. Plays the rest of the cluster by `meanwhile` before each look. */
  readonly when: (
    type: ResourceType,
    name: string,
    condition: string,
    reason: string,
    expected: Expected,
    meanwhile?: () => Promise<unknown>,
  ) => Promise<void>;
  readonly take: (type: ResourceType, name: string, expected: Expected) => Promise<void>;
  /** Waits until portfolio and strategy trade. */
  readonly settle: () => Promise<void>;
}

function makeAlbum(fixture: OperatorFixture): Album {
  const pictures: Picture[] = [];
  const take = async (type: ResourceType, name: string, expected: Expected): Promise<void> => {
    const object = await fixture.find<ResourceObject>(type, name);
    if (object === undefined) throw new Error(`${type.kind} ${name} is gone before its picture ${expected.phase} was taken`);
    pictures.push({ kind: type.kind, object, ...expected });
  };
  return {
    fixture,
    pictures,
    take,
    async create(type, { apiVersion, kind, metadata, spec }) {
      const { uid: _uid, generation: _generation, namespace, ...rest } = metadata;
      const place = type.namespaced ? { namespace } : {};
      const manifest = { apiVersion, kind, metadata: { ...rest, ...place }, spec };
      const object = await fixture.cluster.create<ResourceObject>(type, manifest as never);
      pictures.push({ kind: type.kind, object, phase: 'new', ...IN_PROGRESS });
    },
    async when(type, name, condition, reason, expected, meanwhile) {
      await fixture.reason(type, name, condition, reason, meanwhile);
      await take(type, name, expected);
    },
    async settle() {
      await eventually(
        'portfolio and strategy trade',
        async () => {
          await fixture.settleDeployment('main-exec');
          await fixture.settleDeployment(AGENT);
          await fixture.reportExec('main');
          const trading = (await reasonOf(fixture, KINDS.portfolio, 'main', 'Ready')) === 'Trading';
          return trading && (await reasonOf(fixture, KINDS.strategy, STRATEGY, 'Ready')) === 'Running';
        },
        SETTLE_MS_MAX,
      );
    },
  };
}

/** Strategy, Portfolio and RiskPolicy, each before the object that it needs. */
async function appearOneByOne({ create, when, take, settle }: Album): Promise<void> {
  await create(KINDS.strategy, strategy);
  await when(KINDS.strategy, STRATEGY, 'Stalled', 'PortfolioNotFound', { phase: 'portfolio_missing', ...FAILED });
  await create(KINDS.portfolio, portfolio);
  await when(KINDS.portfolio, 'main', 'Stalled', 'RiskPolicyNotFound', { phase: 'policy_missing', ...FAILED });
  await create(KINDS.riskPolicy, riskPolicy);
  await when(KINDS.portfolio, 'main', 'Reconciling', 'ExecStarting', { phase: 'exec_starting', ...IN_PROGRESS });
  await when(KINDS.strategy, STRATEGY, 'Reconciling', 'AgentStarting', { phase: 'agent_starting', ...IN_PROGRESS });
  await when(KINDS.riskPolicy, 'conservative', 'Reconciling', 'ExecSilent', { phase: 'unconfirmed', ...IN_PROGRESS });
  await settle();
  await take(KINDS.strategy, STRATEGY, { phase: 'running', ...CURRENT });
  await take(KINDS.portfolio, 'main', { phase: 'trading', ...CURRENT });
  await when(KINDS.riskPolicy, 'conservative', 'Ready', 'InForce', { phase: 'in_force', ...CURRENT });
}

/** A change that the operator has not seen yet, then the change itself. */
async function changeAndPause({ fixture, pictures, take, settle }: Album): Promise<void> {
  const before = await fixture.find<ResourceObject>(KINDS.strategy, STRATEGY);
  if (before === undefined) throw new Error('the Strategy is gone');
  const metadata = { ...before.metadata, generation: (before.metadata.generation ?? 0) + 1 };
  pictures.push({ kind: 'Strategy', object: { ...before, metadata }, phase: 'edited', ...IN_PROGRESS });
  await fixture.apply(withSpec(strategy, { desiredState: 'Paused' }));
  await eventually(
    'the strategy is paused',
    async () => {
      await fixture.settleDeployment(AGENT);
      await fixture.reportExec('main');
      return (await reasonOf(fixture, KINDS.strategy, STRATEGY, 'Ready')) === 'Paused';
    },
    SETTLE_MS_MAX,
  );
  await take(KINDS.strategy, STRATEGY, { phase: 'paused', ...SUSPENDED });
  await fixture.apply(withSpec(strategy, { desiredState: 'Running' }));
  await settle();
}

async function limitAgents({ create, when }: Album): Promise<void> {
  await create(KINDS.agentRole, careful);
  await when(KINDS.agentRole, 'careful', 'Ready', 'Unused', { phase: 'unused', ...CURRENT });
}

async function openWebhooks({ fixture, create, when }: Album): Promise<void> {
  await create(KINDS.signalSource, desk);
  await when(KINDS.signalSource, 'desk', 'Reconciling', 'GatewayStarting', { phase: 'gateway_starting', ...IN_PROGRESS });
  const problem = { reason: 'SecretMissing', message: 'expected the Secret of spec.secretRef to exist, found none' };
  const missing = () => fixture.serveGateway({ desk: problem });
  await when(KINDS.signalSource, 'desk', 'Stalled', 'SecretMissing', { phase: 'secret_missing', ...FAILED }, missing);
  await when(KINDS.signalSource, 'desk', 'Ready', 'Listening', { phase: 'listening', ...CURRENT }, () => fixture.serveGateway());
}

async function haltAndRelease({ fixture, create, when, take, settle }: Album): Promise<void> {
  await create(KINDS.killSwitch, killSwitch);
  await eventually('the halt record is engaged', async () => (await fixture.halt('main'))?.state === 'ENGAGED');
  await eventually('the agent is gone', async () => {
    await fixture.settleDeployment(AGENT);
    return (
      (await reasonOf(fixture, KINDS.strategy, STRATEGY, 'Reconciling')) !== undefined ||
      (await reasonOf(fixture, KINDS.strategy, STRATEGY, 'Ready')) !== undefined
    );
  });
  await when(KINDS.killSwitch, 'stop', 'Reconciling', 'Closing', { phase: 'closing', ...IN_PROGRESS });
  await eventually(
    'the halt is complete',
    async () => {
      await fixture.settleDeployment(AGENT);
      await reportHalted(fixture);
      return (await reasonOf(fixture, KINDS.killSwitch, 'stop', 'Ready')) === 'Halted';
    },
    SETTLE_MS_MAX,
  );
  await take(KINDS.killSwitch, 'stop', { phase: 'engaged', ...CURRENT });
  // The halt record alone makes the Portfolio HaltedByKillSwitch; the report of exec reaches its status up to half a second later.
  await eventually('the Portfolio shows that exec is halted', async () => {
    const { status } = (await fixture.find<ResourceObject>(KINDS.portfolio, 'main')) ?? {};
    return (status as { readonly tradingState?: string } | undefined)?.tradingState === 'HALTED';
  });
  await when(KINDS.portfolio, 'main', 'Ready', 'HaltedByKillSwitch', { phase: 'halted', ...SUSPENDED });
  await when(KINDS.strategy, STRATEGY, 'Ready', 'HaltedByKillSwitch', { phase: 'kill_switch', ...SUSPENDED });
  await fixture.remove(KINDS.killSwitch, 'stop');
  await eventually('the KillSwitch is gone', async () => (await fixture.find(KINDS.killSwitch, 'stop')) === undefined);
  await settle();
}

/** A KillSwitch that is deleted before its halt is complete. */
async function releaseTooEarly({ fixture, when, settle }: Album): Promise<void> {
  await fixture.apply({ ...killSwitch, metadata: { name: 'stop-again' } });
  await fixture.reason(KINDS.killSwitch, 'stop-again', 'Reconciling', 'Closing');
  await fixture.remove(KINDS.killSwitch, 'stop-again');
  await when(KINDS.killSwitch, 'stop-again', 'Reconciling', 'Releasing', { phase: 'releasing', ...TERMINATING });
  await eventually(
    'the second KillSwitch is gone',
    async () => {
      await fixture.settleDeployment(AGENT);
      if ((await fixture.halt('main'))?.state === 'ENGAGED') await reportHalted(fixture);
      return (await fixture.find(KINDS.killSwitch, 'stop-again')) === undefined;
    },
    SETTLE_MS_MAX,
  );
  await settle();
}

/** Plays an exec that has closed its gate and found no open order. */
async function reportHalted(fixture: OperatorFixture): Promise<void> {
  const halt = await haltReport(fixture, { zeroOpenOrdersVerifiedAt: formatTime(Date.now()) });
  await fixture.reportExec('main', { tradingState: 'HALTED', reason: 'TRADING_HALTED', halt });
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
  const now = formatTime(Date.now());
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
