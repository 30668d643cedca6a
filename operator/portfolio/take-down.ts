/** Deletes a Portfolio after exec has confirmed that no order is open. */
import { unreachable } from '@flotilla/contracts/errors/assert.ts';
import type { ResourceObject } from '@flotilla/contracts/resources/definition.ts';
import type { DeleteIntent, Executor } from '@flotilla/kube/mod.ts';
import { withGeneration } from '../fleet/config-generation.ts';
import { deletionOverrideOf, overrideHint } from '../fleet/deletion-override.ts';
import { haltedExecConfig } from '../fleet/exec-config.ts';
import { type OpenOrderEvidence, portfolioEvidence } from '../fleet/open-order-evidence.ts';
import { tellOverride } from '../fleet/tell-override.ts';
import { BUS_FINALIZER, KINDS } from '../kinds.ts';
import { attempt, withinMs } from '../status/attempt.ts';
import { ENDING_CLEANUP_MS_MAX, isNamespaceEnding } from '../status/ending-namespace.ts';
import { removeFinalizer } from '../status/remove-finalizer.ts';
import { statusIntents } from '../status/status-intents.ts';
import type { World } from '../world.ts';
import { execDeploymentName } from '../fleet/workload-names.ts';
import { planExecWorkload } from './plan.ts';
import { leavingStatus } from './status.ts';

/** While the operator waits for a confirmation of exec. A report of exec wakes the controller sooner. */
const LEAVING_REQUEUE_MS = 1_000;

type Sources = Pick<World, 'watches' | 'bus' | 'board' | 'settings' | 'cluster' | 'clock'>;

/**
 * exec is deleted with the Portfolio that owns it. On the bus everything stays: the halt record with its generation, the consumer with its place,
 * so that a later portfolio of the same name is not given the intents of the former one again, and the configuration in which every strategy is
 * halted, which is what exec has confirmed.
 */
export async function takeDown(
  sources: Sources,
  executor: Executor,
  portfolio: ResourceObject,
  signal: AbortSignal,
): Promise<{ readonly requeueAfterMs: number } | undefined> {
  if (portfolio.metadata.finalizers?.includes(BUS_FINALIZER) !== true) return undefined;
  const { bus, cluster, settings, clock } = sources;
  const { name } = portfolio.metadata;
  const letGo = async () => {
    await executor.execute(unownedWorkload(sources, name), { signal });
    return removeFinalizer(executor, KINDS.portfolio, portfolio, BUS_FINALIZER, signal);
  };
  if (await isNamespaceEnding(cluster, settings.namespace, signal)) {
    // exec ends with the namespace, and should cancel what it can until then.
    await withinMs(clock, ENDING_CLEANUP_MS_MAX, () => haltAll(sources, name));
    return letGo();
  }
  const halted = await attempt(() => haltAll(sources, name));
  const override = deletionOverrideOf(portfolio);
  const isOverridden = halted.ok && halted.value.kind === 'ExecSilent' && override !== undefined;
  const message = halted.ok ? leavingWords(portfolio, halted.value) : halted.error.message;
  await executor.execute(statusIntents(KINDS.portfolio, portfolio, leavingStatus(portfolio, message, clock.nowMs())), { signal });
  if (!halted.ok) throw halted.error;
  if (halted.value.kind === 'NothingOpen') return letGo();
  if (!isOverridden) {
    await keepExec(sources, executor, portfolio, signal);
    return { requeueAfterMs: LEAVING_REQUEUE_MS };
  }
  const { missing } = halted.value;
  await tellOverride({ bus, executor }, { resource: KINDS.portfolio, object: portfolio, portfolio: name, override, missing }, signal);
  return letGo();
}

/** Tells exec to halt every strategy, and gives what is known of the open orders. */
async function haltAll({ bus, board }: Sources, name: string): Promise<OpenOrderEvidence> {
  const exec = board.exec(name);
  if (exec?.value.configProblem !== undefined) bus.forgetExecConfig(name);
  const last = await bus.readExecConfig(name);
  const halted = haltedExecConfig(last);
  const config = halted === undefined ? undefined : withGeneration(halted, last, exec?.value);
  if (config !== undefined && config !== last) await bus.writeExecConfig(config, last);
  return portfolioEvidence({ exec, config, neverRan: exec === undefined && !(await bus.hasRun(name)) });
}

/** Starts exec again when a foreground deletion or a person has deleted it, because exec still has to cancel resting orders. */
async function keepExec({ watches, settings }: Sources, executor: Executor, portfolio: ResourceObject, signal: AbortSignal): Promise<void> {
  const key = `${settings.namespace}/${execDeploymentName(portfolio.metadata.name)}`;
  if (watches.deployments.get(key) === undefined) await executor.execute(planExecWorkload(portfolio, settings), { signal });
}

/** Deletes what {@link keepExec} has made, because the garbage collector does not. */
function unownedWorkload({ watches, settings }: Sources, name: string): readonly DeleteIntent[] {
  const key = `${settings.namespace}/${execDeploymentName(name)}`;
  return [watches.deployments, watches.networkPolicies, watches.serviceAccounts].flatMap((reflector) => {
    const object = reflector.get(key);
    const isUnowned = object !== undefined && (object.metadata.ownerReferences ?? []).length === 0;
    return isUnowned ? [{ type: 'delete', resource: reflector.type, object }] : [];
  });
}

function leavingWords(portfolio: ResourceObject, evidence: OpenOrderEvidence): string {
  switch (evidence.kind) {
    case 'NothingOpen':
      return 'exec has confirmed that nothing is open, or the portfolio never had an exec: removing our finalizer';
    case 'Waiting':
      return `waits: ${evidence.missing}`;
    case 'ExecSilent':
      return `waits: ${evidence.missing}; ${overrideHint(portfolio, 'portfolio')}`;
    default:
      return unreachable(evidence);
  }
}
