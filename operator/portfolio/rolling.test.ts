/**
 * A model of the whole change of a revision: both controllers with views that lag behind each other, a Deployment and an exec.
 *
 * Whatever comes when: exec takes orders of one revision only; a drained or flattened strategy rolls empty; no agent of the next revision
 * starts before exec has confirmed to take its orders; and it comes to an end.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ExecConfig } from '@flotilla/contracts/control/exec-config.ts';
import type { ExecStatus, StrategyReport } from '@flotilla/contracts/control/exec-status.ts';
import { canonicalJson } from '@flotilla/contracts/values/canonical-json.ts';
import fc from 'fast-check';
import { AGENT_SPEC_ANNOTATION, agentSpecOf, revisionOf } from '../fleet/agent-spec.ts';
import { agentViewOf, confirmedRolloutOf } from '../fleet/agent-view.ts';
import { agentToRun } from '../strategy/plan.ts';
import { resolvePortfolio, resolveStrategy } from '../fleet/resolve-strategy.ts';
import { findPolicy, makeObject, portfolio, strategy, TEST_SETTINGS, withSpec } from '../testing/objects.ts';
import type { DeploymentObject } from '../workload/deployment-state.ts';
import { makeExecConfig } from '../fleet/exec-config.ts';

const HANDOVERS = ['Drain', 'Handover', 'Flatten'] as const;
const STATES = ['Running', 'Paused', 'Halted'] as const;
const SETTINGS = TEST_SETTINGS;
const SILENT = { complete: true, statuses: [] };
const resolvedPortfolio = resolvePortfolio(portfolio, findPolicy);
assert.ok(resolvedPortfolio.ok);
const account = resolvedPortfolio;

interface Model {
  generation: number;
  spec: { fastBars: number; handover: (typeof HANDOVERS)[number]; desiredState: (typeof STATES)[number] };
  config: ExecConfig | undefined;
  /** The configuration that exec runs. */
  running: ExecConfig | undefined;
  /** The last report of exec, and the configuration that the report is about. */
  report: StrategyReport | undefined;
  reportedHash: string | undefined;
  deployment: { text: string; replicas: number; pods: { text: string }[] } | undefined;
  held: number;
}

type Step = (model: Model) => void;

const resolve = ({ spec: { fastBars, handover, desiredState } }: Model) => {
  const parameters = { fastBars, slowBars: 90, quantity: '0.5' };
  const resolved = resolveStrategy(withSpec(strategy, { parameters, handover, desiredState }), account, findPolicy);
  assert.ok(resolved.ok);
  return resolved;
};
const execOf = ({ report, reportedHash }: Model): { readonly fresh: true; readonly value: ExecStatus } | undefined =>
  report === undefined
    ? undefined
    : {
        fresh: true,
        value: {
          schemaVersion: 1,
          portfolio: 'main',
          instance: 'e',
          epoch: 1,
          tradingState: 'ACTIVE',
          reason: '',
          openOrders: 0,
          ...(reportedHash === undefined ? {} : { configHash: reportedHash }),
          strategies: [report],
          updatedAt: '2026-01-01T00:00:00Z',
        },
      };
const deploymentOf = ({ deployment }: Model): DeploymentObject | undefined => {
  if (deployment === undefined) return undefined;
  const { text, replicas, pods } = deployment;
  const base = makeObject('Deployment', 'd', {}, { annotations: { [AGENT_SPEC_ANNOTATION]: text } }) as unknown as DeploymentObject;
  return { ...base, spec: { replicas }, status: { observedGeneration: 1, replicas: 0, terminatingReplicas: pods.length } };
};
const entryOf = (config: ExecConfig | undefined) => config?.strategies[0];

const portfolioController: Step = (model) => {
  const resolved = resolve(model);
  const agent = agentViewOf(resolved, deploymentOf(model), execOf(model), SETTINGS);
  const next = makeExecConfig(
    account,
    [{ name: 'btc-momentum', deleting: false, bound: true, generation: model.generation, resolved, agent }],
    model.config,
    SILENT,
  );
  const before = entryOf(model.config);
  if (before !== undefined && before.revision !== entryOf(next)?.revision && model.spec.handover !== 'Handover') {
    assert.equal(model.held, 0, `rolled by ${model.spec.handover} while something was held`);
  }
  model.config = next;
};
const strategyController: Step = (model) => {
  const resolved = resolve(model);
  const deployment = deploymentOf(model);
  const agent = agentViewOf(resolved, deployment, execOf(model), SETTINGS);
  const rollout = confirmedRolloutOf(agent, resolved.spec);
  const { spec, replicas } = agentToRun({ strategy, resolved, agent, rollout, stoppedBy: [], deployment, mayLackKey: false });
  const text = canonicalJson(spec);
  const isNew = model.deployment !== undefined && model.deployment.text !== text;
  if (isNew && replicas === 1 && model.report !== undefined) {
    assert.equal(model.report.revision, revisionOf(spec), 'an agent starts before exec has confirmed to take its orders');
  }
  model.deployment = { text, replicas, pods: model.deployment?.pods ?? [] };
};
/** Recreate: a pod of the new template only when none of the old one is left. */
const deploymentController: Step = ({ deployment }) => {
  if (deployment === undefined) return;
  const { text, replicas, pods } = deployment;
  if (pods.some((pod) => pod.text !== text) || replicas === 0) pods.pop();
  else if (pods.length < replicas) pods.push({ text });
};
const execReads: Step = (model) => void (model.running = model.config);
const execReports: Step = (model) => {
  const entry = entryOf(model.running);
  if (entry === undefined) return;
  const { name, revision = '', desiredState, mode } = entry;
  const held = { openOrders: model.held, openPositions: model.held, ...(model.held > 0 ? { instruments: ['BTC-USD'] } : {}) };
  model.reportedHash = model.running?.configHash;
  model.report = { name, revision, desiredState, ...(mode === undefined ? {} : { mode }), ...held };
};
/** The agents send orders, and exec accepts or denies each. */
const agentsTrade: Step = (model) => {
  const entry = entryOf(model.running);
  const mayIncrease = entry?.desiredState === 'Running' && (entry.mode ?? 'Normal') === 'Normal';
  for (const pod of model.deployment?.pods ?? []) {
    if (revisionOf(JSON.parse(pod.text) as ReturnType<typeof agentSpecOf>) === entry?.revision && mayIncrease) model.held = 1;
  }
};
const agentsReduce: Step = (model) => {
  if ((model.deployment?.pods.length ?? 0) > 0 && entryOf(model.running)?.mode === 'ReduceOnly') model.held = 0;
};
/** As the strategy pleases, while it trades. */
const agentsClose: Step = (model) => {
  if ((model.deployment?.pods.length ?? 0) > 0 && entryOf(model.running)?.mode === undefined) model.held = 0;
};
const execFlattens: Step = (model) => {
  if (entryOf(model.running)?.mode === 'Flatten' && entryOf(model.running)?.desiredState === 'Running') model.held = 0;
};
const MACHINE: readonly Step[] = [
  portfolioController,
  strategyController,
  deploymentController,
  execReads,
  execReports,
  agentsTrade,
  agentsReduce,
  agentsClose,
  execFlattens,
];

/** The API server counts each change of a spec. */
function edit(model: Model, spec: Model['spec']): void {
  model.spec = spec;
  model.generation += 1;
}

function settle(model: Model): void {
  for (let round = 0; round < 60; round += 1) for (const step of MACHINE) step(model);
}

function phaseOf(model: Model): string | undefined {
  const resolved = resolve(model);
  return confirmedRolloutOf(agentViewOf(resolved, deploymentOf(model), execOf(model), SETTINGS), resolved.spec)?.phase;
}

const edits = fc.record({
  fastBars: fc.integer({ min: 1, max: 3 }),
  handover: fc.constantFrom(...HANDOVERS),
  desiredState: fc.constantFrom('Running', 'Running', ...STATES),
});

test('a change of revision: ends with the wanted agent alone and nothing lost on the way, whatever happens in which order', () => {
  fc.assert(
    fc.property(
      fc.array(fc.oneof({ arbitrary: fc.nat(MACHINE.length - 1), weight: 12 }, { arbitrary: edits, weight: 1 }), {
        maxLength: 160,
        size: 'max',
      }),
      (story) => {
        const model: Model = {
          spec: { fastBars: 1, handover: 'Handover', desiredState: 'Running' },
          config: undefined,
          running: undefined,
          report: undefined,
          reportedHash: undefined,
          deployment: undefined,
          held: 0,
          generation: 1,
        };
        for (const step of story) {
          if (typeof step === 'number') MACHINE[step]?.(model);
          else edit(model, step);
          const texts = new Set(model.deployment?.pods.map(({ text }) => text));
          assert.ok(texts.size <= 1, 'pods of two revisions at once');
        }
        edit(model, { ...model.spec, desiredState: 'Running' });
        settle(model);
        // A Drain whose old agent is lost says so, and waits for a person to choose.
        if (phaseOf(model) === 'Blocked') {
          edit(model, { ...model.spec, handover: 'Handover' });
          settle(model);
        }
        const wanted = agentSpecOf(resolve(model), SETTINGS);
        assert.equal(entryOf(model.running)?.revision, revisionOf(wanted));
        assert.equal(entryOf(model.running)?.mode, undefined);
        assert.deepEqual(model.deployment?.pods, [{ text: canonicalJson(wanted) }]);
      },
    ),
    { numRuns: 150 },
  );
});
