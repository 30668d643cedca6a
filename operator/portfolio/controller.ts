/** Portfolio → halt record, consumers, exec configuration, exec. */
import type { ExecConfig } from '@flotilla/contracts/control/exec-config.ts';
import type { HaltRecord } from '@flotilla/contracts/control/halt.ts';
import { sha256 } from '@flotilla/contracts/ids.ts';
import type { ResourceObject } from '@flotilla/contracts/resources/definition.ts';
import { execConsumer } from '@flotilla/contracts/streams.ts';
import {
  type Controller,
  finalizerIntent,
  isNews,
  makeSource,
  type ObjectChange,
  objectKey,
  ownerKeys,
  specChanged,
  startController,
} from '@flotilla/kube/mod.ts';
import { portfoliosInScope } from '../fleet/portfolios-in-scope.ts';
import { BUS_FINALIZER, isBound, KINDS } from '../kinds.ts';
import { attempt, withinMs } from '../status/attempt.ts';
import { ENDING_CLEANUP_MS_MAX, isNamespaceEnding } from '../status/ending-namespace.ts';
import { describeLoosened, loosenedLimits } from '../fleet/loosened-limits.ts';
import { statusIntents } from '../status/status-intents.ts';
import { reportingRefusals } from '../status/refusal.ts';
import { removeFinalizer } from '../status/remove-finalizer.ts';
import { isServed, notServed } from '../status/served.ts';
import { referenceKeys } from '../watches.ts';
import type { World } from '../world.ts';
import { deploymentState } from '../workload/deployment-state.ts';
import { agentPortfolioKeys } from '../workload/labels.ts';
import { isVerifiedEmpty } from '../fleet/rollout-step.ts';
import { haltedExecConfig } from '../fleet/exec-config.ts';
import { gatherPortfolio } from './gather.ts';
import { execDeploymentName, planExecConfig, planExecWorkload, type PortfolioSnapshot } from './plan.ts';
import { type HeardExecs, holdersOfOtherLimits, wouldSettle } from '../fleet/settle-policies.ts';
import { leavingStatus, type PortfolioObservation, portfolioStatus } from './status.ts';
import { makeUniformPolicies } from './uniform-policies.ts';

/** In an event and in the audit log. */
const LOOSENED_TOLD_MAX = 16;
/** Its configuration is made of all its Strategies, and a thousand of them may come at once. */
const SPACING_MS = 500;
/** While something is on its way that nobody tells about. */
const UNSETTLED_REQUEUE_MS = 5_000;
/** While exec is to confirm that a portfolio that is being deleted is halted; its report wakes us sooner. */
const LEAVING_REQUEUE_MS = 1_000;

export function startPortfolioController(world: World): Controller {
  const { watches, bus, board, halts, settings, cluster, clock, rng, logger, metrics, trace } = world;
  const executor = world.executorOf('portfolio');
  const portfolioKeysOf = (policyKey: string): readonly string[] => [
    ...watches.portfolios.byIndex('policy', policyKey).map(({ metadata }) => objectKey(metadata)),
    ...watches.strategies.byIndex('policy', policyKey).flatMap((strategy) => referenceKeys(strategy, 'portfolioRef')),
  ];

  const becomeUniform = makeUniformPolicies();

  const controller = startController({
    name: 'portfolio',
    sources: [
      makeSource(watches.portfolios, ({ metadata }) => [objectKey(metadata)], { concerns: isNews }),
      makeSource(watches.strategies, (strategy) => referenceKeys(strategy, 'portfolioRef'), { concerns: concernsExec }),
      makeSource(watches.riskPolicies, ({ metadata }) => portfolioKeysOf(objectKey(metadata)), { concerns: specChanged }),
      makeSource(watches.killSwitches, (object) => portfoliosInScope(object, world), { priority: () => 'permission' }),
      makeSource(watches.deployments, ownerKeys(KINDS.portfolio), { concerns: isNews }),
      // An agent that has ended lets the next revision write.
      makeSource(watches.deployments, agentPortfolioKeys, {
        concerns: ({ type, object }) => type === 'deleted' || deploymentState(object).state === 'Gone',
      }),
      ...[watches.serviceAccounts, watches.networkPolicies].map((reflector) =>
        makeSource(reflector, ownerKeys(KINDS.portfolio), { concerns: isNews }),
      ),
    ],
    reconcile: reportingRefusals(
      { resource: KINDS.portfolio, find: (key) => watches.portfolios.get(key), executor, clock },
      async (key, { signal }) => {
        const portfolio = watches.portfolios.get(key);
        if (portfolio === undefined) return undefined;
        await world.settled;
        if (!isServed(portfolio, settings)) {
          await executor.execute(statusIntents(KINDS.portfolio, portfolio, notServed(portfolio, settings, clock)), { signal });
          return undefined;
        }
        return portfolio.metadata.deletionTimestamp === undefined ? bringUp(portfolio, signal) : takeDown(portfolio, signal);
      },
    ),
    spacingMs: SPACING_MS,
    clock,
    rng,
    logger,
    metrics,
    trace,
  });

  const bringUp = async (portfolio: ResourceObject, signal: AbortSignal): Promise<{ readonly requeueAfterMs?: number }> => {
    const { name } = portfolio.metadata;
    const snapshot = gatherPortfolio(portfolio, world);
    await executor.execute([finalizerIntent(KINDS.portfolio, portfolio, BUS_FINALIZER, true)], { signal });
    const written = await attempt(() => provision(name, snapshot, signal));
    await executor.execute(planExecWorkload(portfolio, settings), { signal });
    const observation = {
      ...snapshot,
      busProblem: written.ok ? bus.problem() : (bus.problem() ?? written.error.message),
      config: written.ok ? written.value.config : undefined,
      halt: written.ok ? written.value.halt : undefined,
      exec: board.exec(name),
      deployment: deploymentState(watches.deployments.get(`${settings.namespace}/${execDeploymentName(name)}`)),
      otherHolders: written.ok ? written.value.otherHolders : new Map<string, readonly string[]>(),
    };
    const status = portfolioStatus(observation, clock.nowMs());
    await executor.execute(statusIntents(KINDS.portfolio, portfolio, status), { signal });
    if (!written.ok) throw written.error;
    return status.conditions?.[0]?.status === 'True' ? {} : { requeueAfterMs: UNSETTLED_REQUEUE_MS };
  };

  /** The halt first: exec must never start without knowing of it. */
  const provision = async (
    name: string,
    snapshot: PortfolioSnapshot,
    signal: AbortSignal,
  ): Promise<Pick<PortfolioObservation, 'config' | 'otherHolders'> & { readonly halt: HaltRecord }> => {
    const halt = await halts.sync(name);
    await bus.ensureConsumer(execConsumer(name));
    let last = await bus.readExecConfig(name);
    let { config, heard } = await decide(name, snapshot, last);
    // Two steps: new limits, and then that they are settled.
    for (let step = 0; step < 2 && config !== undefined && config.configHash !== last?.configHash; step += 1) {
      await bus.writeExecConfig(config, last);
      await tellLoosened(snapshot.portfolio, last, config, signal);
      last = config;
      ({ config, heard } = await decide(name, snapshot, last));
    }
    const otherHolders = new Map((config?.policies ?? []).map((policy) => [policy.name, holdersOfOtherLimits(policy, name, heard)]));
    return { halt, config, otherHolders };
  };

  /** Looks at what is written for others only when something could be settled by it. */
  const decide = async (
    name: string,
    snapshot: PortfolioSnapshot,
    last: ExecConfig | undefined,
  ): Promise<{ readonly config: ExecConfig | undefined; readonly heard: HeardExecs }> => {
    const heard = { complete: board.isComplete(), statuses: board.heardExecs() };
    const config = planExecConfig(snapshot, last, heard);
    if (!heard.complete || !wouldSettle(config, last)) return { config, heard };
    const others = watches.portfolios.list().filter(({ metadata }) => metadata.namespace === settings.namespace && metadata.name !== name);
    const written = await Promise.all(others.map(({ metadata }) => bus.peekExecConfig(metadata.name)));
    const known = { complete: board.isComplete(), statuses: board.heardExecs(), written: written.filter((one) => one !== undefined) };
    return { config: planExecConfig(snapshot, last, known), heard: known };
  };

  /** However a limit became looser, somebody can find out. The limits count, not their report: a full audit stream must not hold them up. */
  const tellLoosened = async (
    portfolio: ResourceObject,
    last: ExecConfig | undefined,
    config: ExecConfig,
    signal: AbortSignal,
  ): Promise<void> => {
    const loosened = loosenedLimits(last, config);
    if (loosened.length === 0) return;
    const { name } = portfolio.metadata;
    const notes = loosened.slice(0, LOOSENED_TOLD_MAX).map(describeLoosened);
    const note = `limits are looser now: ${notes.join('; ')}`;
    const details = Object.fromEntries(notes.map((text, index) => [String(index + 1), text]));
    const event = {
      type: 'event',
      resource: KINDS.portfolio,
      regarding: portfolio,
      severity: 'Warning',
      reason: 'LimitsLoosened',
      action: 'Configure',
      note,
    } as const;
    try {
      await bus.audit(name, sha256(`loosened ${name} ${last?.configHash ?? ''} ${config.configHash}`), 'LIMITS_LOOSENED', details);
      await executor.execute([event], { signal });
    } catch (error) {
      logger.error({ err: error, portfolio: name, loosened: notes }, 'loosened limits not told to everybody');
    }
  };

  /** Nothing of it may stay open at the venue without an exec to watch over it. Says what is still waited for; undefined: nothing is. */
  const haltAll = async (name: string): Promise<string | undefined> => {
    const last = await bus.readExecConfig(name);
    const halted = haltedExecConfig(last);
    if (halted === undefined) return undefined;
    if (halted.configHash !== last?.configHash) await bus.writeExecConfig(halted, last);
    const exec = board.exec(name);
    if (exec?.fresh !== true) {
      return board.isConclusive() ? undefined : 'exec does not report: its silence counts as its end after 15 s';
    }
    const { configHash, openOrders, strategies = [] } = exec.value;
    if (configHash !== halted.configHash) return 'waits until exec has halted every strategy';
    const open = strategies.filter((report) => !isVerifiedEmpty(report) && report.halt !== undefined);
    return openOrders === 0 && open.length === 0 ? undefined : `waits until exec has cancelled what rests: ${openOrders} open orders`;
  };

  /** The halt record stays: a later portfolio of the same name begins where its generation stands. exec goes with its owner. */
  const takeDown = async (portfolio: ResourceObject, signal: AbortSignal): Promise<{ readonly requeueAfterMs: number } | undefined> => {
    if (portfolio.metadata.finalizers?.includes(BUS_FINALIZER) !== true) return undefined;
    const { name } = portfolio.metadata;
    const { stream, name: consumer } = execConsumer(name);
    const cleanUp = async (): Promise<void> => {
      await bus.removeConsumer(stream, consumer);
      await bus.removeExecConfig(name);
    };
    if (await isNamespaceEnding(cluster, settings.namespace, signal)) {
      await withinMs(clock, ENDING_CLEANUP_MS_MAX, cleanUp);
    } else {
      const waitsFor = await attempt(() => haltAll(name));
      const message = waitsFor.ok ? (waitsFor.value ?? 'exec has halted; its configuration and consumer go') : waitsFor.error.message;
      const status = leavingStatus(portfolio, message, clock.nowMs());
      await executor.execute(statusIntents(KINDS.portfolio, portfolio, status), { signal });
      if (!waitsFor.ok) throw waitsFor.error;
      if (waitsFor.value !== undefined) return { requeueAfterMs: LEAVING_REQUEUE_MS };
      await cleanUp();
    }
    return removeFinalizer(executor, KINDS.portfolio, portfolio, BUS_FINALIZER, signal);
  };

  board.onChange((key) => {
    if (key.kind !== 'exec') return;
    controller.enqueue(`${settings.namespace}/${key.portfolio}`, 'permission');
    for (const policy of becomeUniform(board.heardExecs())) {
      for (const user of portfolioKeysOf(objectKey({ namespace: settings.namespace, name: policy }))) controller.enqueue(user, 'spec');
    }
  });
  return controller;
}

/** What is not bound yet, exec is not told of. */
function concernsExec(change: ObjectChange): boolean {
  const { type, object, previous } = change;
  const was = previous !== undefined && isBound(previous);
  return type === 'deleted' || (isBound(object) ? !was || specChanged(change) : was);
}
