/** Plan and status of a Portfolio as tables. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ExecStatus } from '@flotilla/contracts/control/exec-status.ts';
import { portfolioStatusSchema } from '@flotilla/contracts/resources/portfolio.ts';
import { resolvePortfolio } from '../fleet/resolve-strategy.ts';
import { assertListed } from '../testing/assert-listed.ts';
import { execReport, findPolicy, NO_EXECS, portfolio, TEST_SETTINGS, withSpec } from '../testing/objects.ts';
import { makeExecConfig } from '../fleet/exec-config.ts';
import { planExecWorkload } from './plan.ts';
import { type PortfolioObservation, portfolioStatus } from './status.ts';

const NOW_MS = Date.parse('2026-11-21T12:00:00Z');
const resolved = resolvePortfolio(portfolio, findPolicy);
assert.ok(resolved.ok);
// In the second step.
const config = makeExecConfig(resolved, [], makeExecConfig(resolved, [], undefined, NO_EXECS), NO_EXECS);
const mixed = makeExecConfig(resolved, [], undefined, {
  complete: true,
  statuses: [execReport('second', [{ name: 'conservative', hash: 'b'.repeat(64) }])],
});
const execIn = (change: Partial<ExecStatus>, fresh = true): PortfolioObservation['exec'] => ({
  fresh,
  value: {
    schemaVersion: 1,
    portfolio: 'main',
    instance: 'a',
    epoch: 3,
    tradingState: 'ACTIVE',
    reason: '',
    configHash: config.configHash,
    openOrders: 0,
    updatedAt: '2026-11-21T12:00:00Z',
    ...change,
  },
});
const healthy: PortfolioObservation = {
  portfolio,
  resolved,
  strategies: [],
  busProblem: undefined,
  config,
  halt: { schemaVersion: 1, portfolio: 'main', generation: 0, state: 'RELEASED', writtenAt: '2026-11-21T12:00:00Z' },
  exec: execIn({}),
  deployment: { state: 'Ready', message: 'ready' },
  otherHolders: new Map(),
};

const NO_HALT = 'expected a halt record, found none';
const NO_CONFIG = 'the configuration record is gone';

const cases: readonly {
  readonly when: string;
  readonly given: Partial<PortfolioObservation>;
  readonly want: readonly [string, 'Ready' | 'Reconciling' | 'Stalled', string];
}[] = [
  { when: 'all is well', given: {}, want: ['Trading', 'Ready', 'ACTIVE'] },
  {
    when: 'the policy is missing',
    given: { resolved: resolvePortfolio(portfolio, () => undefined) },
    want: ['RiskPolicyNotFound', 'Stalled', 'ACTIVE'],
  },
  {
    when: 'the bus is away',
    given: { busProblem: { reason: 'BusUnavailable', message: 'NATS does not answer' } },
    want: ['BusUnavailable', 'Reconciling', 'ACTIVE'],
  },
  {
    when: 'the bus answers and refuses a write',
    given: { busProblem: { reason: 'BusWriteFailed', message: 'found another revision' } },
    want: ['BusWriteFailed', 'Reconciling', 'ACTIVE'],
  },
  {
    when: 'exec has never reported',
    given: { exec: undefined, deployment: { state: 'Starting', message: '0 of 1' } },
    want: ['ExecStarting', 'Reconciling', 'UNKNOWN'],
  },
  { when: 'exec went silent', given: { exec: execIn({}, false) }, want: ['ExecSilent', 'Reconciling', 'UNKNOWN'] },
  {
    when: 'exec runs an older configuration',
    given: { exec: execIn({ configHash: 'a'.repeat(64) }) },
    want: ['ConfigUnconfirmed', 'Reconciling', 'ACTIVE'],
  },
  {
    when: 'exec has no configuration',
    given: { exec: execIn({ configHash: undefined }) },
    want: ['ConfigUnconfirmed', 'Reconciling', 'ACTIVE'],
  },
  {
    when: 'another exec runs other limits of its policy',
    given: { config: mixed, exec: execIn({ configHash: mixed.configHash }), otherHolders: new Map([['conservative', ['second']]]) },
    want: ['MixedPolicyHashes', 'Reconciling', 'ACTIVE'],
  },
  {
    when: 'a halt is in force',
    given: { exec: execIn({ tradingState: 'HALTED', reason: 'TRADING_HALTED' }) },
    want: ['HaltedByKillSwitch', 'Ready', 'HALTED'],
  },
  {
    when: 'exec finds no halt record',
    given: { exec: execIn({ tradingState: 'REDUCING', reason: 'CONTROL_UNKNOWN', haltProblem: NO_HALT }) },
    want: ['HaltRecordUnusable', 'Reconciling', 'REDUCING'],
  },
  {
    when: 'an exec that is silent now found no halt record',
    given: { exec: execIn({ tradingState: 'REDUCING', reason: 'CONTROL_UNKNOWN', haltProblem: NO_HALT }, false) },
    want: ['ExecSilent', 'Reconciling', 'UNKNOWN'],
  },
  {
    when: 'exec cannot read the configuration record',
    given: { exec: execIn({ tradingState: 'REDUCING', reason: 'POLICY_MISSING', configProblem: NO_CONFIG }) },
    want: ['ConfigRecordUnusable', 'Reconciling', 'REDUCING'],
  },
  { when: 'exec ended by an error', given: { crash: 'exec ended by an error' }, want: ['ExecCrashing', 'Reconciling', 'UNKNOWN'] },
  {
    when: 'exec is healthy after a crash',
    given: { exec: execIn({ lastCrash: { time: '2026-11-21T11:59:00Z', reason: 'Error: x' } }) },
    want: ['Trading', 'Ready', 'ACTIVE'],
  },
  {
    when: 'the daily loss is reached',
    given: { exec: execIn({ tradingState: 'REDUCING', reason: 'DAILY_LOSS_LIMIT' }) },
    want: ['Reducing', 'Ready', 'REDUCING'],
  },
];

for (const { when, given, want } of cases) {
  test(`portfolioStatus: says ${want.join(', ')}, when ${when}`, () => {
    const status = portfolioStatus({ ...healthy, ...given }, NOW_MS);
    const valid = portfolioStatusSchema.safeParse(status);
    assertListed('Portfolio', status.conditions);
    assert.ok(valid.success, 'the CRD takes it');
    const holding = status.conditions?.find((condition) => condition.status === 'True')?.type;
    assert.deepEqual([status.conditions?.[0]?.reason, holding, status.tradingState], want);
  });
}

const problems: readonly { readonly change: Partial<ExecStatus>; readonly reason: string; readonly words: RegExp }[] = [
  {
    change: { tradingState: 'REDUCING', reason: 'CONTROL_UNKNOWN', haltProblem: NO_HALT },
    reason: 'HaltRecordUnusable',
    words: /^exec cannot use the halt record, so it denies orders that increase risk: expected a halt record, found none$/,
  },
  {
    change: { tradingState: 'REDUCING', reason: 'POLICY_MISSING', configProblem: NO_CONFIG },
    reason: 'ConfigRecordUnusable',
    words: /^exec cannot use the configuration record, so it denies orders that increase risk: the configuration record is gone$/,
  },
];
for (const { change, reason, words } of problems) {
  test(`portfolioStatus: says ${reason} in exec's own words, in Ready and in Trading`, () => {
    const { conditions = [] } = portfolioStatus({ ...healthy, exec: execIn(change) }, NOW_MS);
    for (const type of ['Ready', 'Trading']) {
      const condition = conditions.find((one) => one.type === type);
      assert.deepEqual([condition?.status, condition?.reason], ['False', reason]);
      assert.match(condition?.message ?? '', words);
    }
  });
}

test('portfolioStatus: names the strategies that cannot trade, and the switch that is engaged', () => {
  const broken = { ok: false, reason: 'AgentUnknown', message: '' } as const;
  const status = portfolioStatus(
    {
      ...healthy,
      strategies: [{ name: 'b', deleting: false, bound: true, resolved: broken }],
      halt: {
        schemaVersion: 1,
        portfolio: 'main',
        generation: 1,
        state: 'ENGAGED',
        haltId: 'u',
        killSwitch: 'stop',
        mode: 'CancelAndHold',
        writtenAt: '2026-11-21T12:00:00Z',
      },
    },
    NOW_MS,
  );
  assert.deepEqual(status.refusedStrategies, ['b']);
  assert.equal(status.killSwitch, 'stop');
});

test('planExecWorkload: runs one exec at a time, unprivileged, without a token, out to NATS alone', () => {
  const [account, policy, deployment] = planExecWorkload(portfolio, TEST_SETTINGS).map(({ manifest }) => manifest);
  assert.ok(account !== undefined && policy !== undefined && deployment !== undefined);
  assert.equal(account['automountServiceAccountToken'], false);
  assert.equal((policy['spec'] as { readonly egress: readonly unknown[] }).egress.length, 2);
  const spec = deployment['spec'] as {
    readonly replicas: number;
    readonly strategy: unknown;
    readonly template: { readonly spec: { readonly containers: readonly { readonly securityContext: object }[] } };
  };
  assert.equal(spec.replicas, 1);
  assert.deepEqual(spec.strategy, { type: 'RollingUpdate', rollingUpdate: { maxSurge: 0, maxUnavailable: 1 } });
  assert.deepEqual(spec.template.spec.containers[0]?.securityContext, {
    allowPrivilegeEscalation: false,
    readOnlyRootFilesystem: true,
    capabilities: { drop: ['ALL'] },
  });
});

test('planExecWorkload: places exec by the pod template of the Portfolio, and takes fields of others from the Deployment', () => {
  const placed = withSpec(portfolio, { podTemplate: { nodeSelector: { zone: 'a' } } });
  const deployment = planExecWorkload(placed, TEST_SETTINGS).at(-1);
  assert.ok(deployment !== undefined);
  const { template } = deployment.manifest['spec'] as { readonly template: { readonly spec: { readonly nodeSelector?: unknown } } };
  assert.deepEqual(template.spec.nodeSelector, { zone: 'a' });
  assert.equal(deployment.whole, true);
});
