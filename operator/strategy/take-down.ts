/** Deletes a Strategy after exec has confirmed that no order of the strategy is open. */
import { unreachable } from '@flotilla/contracts/errors/assert.ts';
import type { ResourceObject } from '@flotilla/contracts/resources/definition.ts';
import { agentConsumer } from '@flotilla/contracts/bus/consumers.ts';
import type { Executor } from '@flotilla/kube/mod.ts';
import { type DeletionOverride, deletionOverrideOf, overrideHint } from '../fleet/deletion-override.ts';
import { type OpenOrderEvidence, strategyEvidence } from '../fleet/open-order-evidence.ts';
import { tellOverride } from '../fleet/tell-override.ts';
import { BUS_FINALIZER, KINDS } from '../kinds.ts';
import { type Attempt, attempt, withinMs } from '../status/attempt.ts';
import { ENDING_CLEANUP_MS_MAX, isNamespaceEnding } from '../status/ending-namespace.ts';
import { removeFinalizer } from '../status/remove-finalizer.ts';
import type { World } from '../world.ts';

/** While the operator waits for a confirmation of exec. A report of exec wakes the controller sooner. */
const LEAVING_REQUEUE_MS = 1_000;

type Sources = Pick<World, 'watches' | 'bus' | 'board' | 'settings' | 'cluster' | 'clock'>;

/** The progress of the deletion of a Strategy. */
export interface Leaving {
  readonly portfolio: string;
  /** The namespace is being deleted, and exec with it, so the operator waits for nothing. */
  readonly namespaceEnding: boolean;
  readonly evidence: Attempt<OpenOrderEvidence>;
  readonly override: DeletionOverride | undefined;
  /** Message for the status. */
  readonly message: string;
}

export async function gatherLeaving(sources: Sources, strategy: ResourceObject, portfolio: string, signal: AbortSignal): Promise<Leaving> {
  const namespaceEnding = await isNamespaceEnding(sources.cluster, sources.settings.namespace, signal);
  const evidence = await attempt(() => evidenceOf(sources, strategy.metadata.name, portfolio, namespaceEnding));
  return { portfolio, namespaceEnding, evidence, override: deletionOverrideOf(strategy), message: leavingWords(strategy, evidence) };
}

async function evidenceOf(
  { watches, bus, board, settings }: Sources,
  strategy: string,
  portfolio: string,
  namespaceEnding: boolean,
): Promise<OpenOrderEvidence> {
  // exec never got a Strategy that names no portfolio.
  if (portfolio === '' || namespaceEnding) return { kind: 'NothingOpen' };
  const exec = board.exec(portfolio);
  const portfolioGone = watches.portfolios.get(`${settings.namespace}/${portfolio}`) === undefined;
  const neverRan = exec === undefined && !(await bus.hasRun(portfolio));
  return strategyEvidence({ exec, neverRan, config: await bus.peekExecConfig(portfolio), strategy, portfolioGone });
}

/** Removes the finalizer when nothing of the strategy is open, or a person has overridden the wait for a silent exec. */
export async function takeDown(
  { bus, clock }: Pick<World, 'bus' | 'clock'>,
  executor: Executor,
  strategy: ResourceObject,
  { portfolio, namespaceEnding, evidence, override }: Leaving,
  signal: AbortSignal,
): Promise<{ readonly requeueAfterMs: number } | undefined> {
  if (strategy.metadata.finalizers?.includes(BUS_FINALIZER) !== true) return undefined;
  const { stream, name: consumer } = agentConsumer(portfolio, strategy.metadata.name, []);
  const letGo = () => removeFinalizer(executor, KINDS.strategy, strategy, BUS_FINALIZER, signal);
  if (namespaceEnding) {
    await withinMs(clock, ENDING_CLEANUP_MS_MAX, () => bus.removeConsumer(stream, consumer));
    return letGo();
  }
  if (!evidence.ok) throw evidence.error;
  const { value } = evidence;
  if (value.kind === 'Waiting' || (value.kind === 'ExecSilent' && override === undefined)) return { requeueAfterMs: LEAVING_REQUEUE_MS };
  if (value.kind === 'ExecSilent' && override !== undefined) {
    const news = { resource: KINDS.strategy, object: strategy, portfolio, override, missing: value.missing };
    await tellOverride({ bus, executor }, news, signal);
  }
  await bus.removeConsumer(stream, consumer);
  return letGo();
}

function leavingWords(strategy: ResourceObject, evidence: Attempt<OpenOrderEvidence>): string {
  if (!evidence.ok) return `waits: ${evidence.error.message}`;
  switch (evidence.value.kind) {
    case 'NothingOpen':
      return 'no order of the strategy is open: removing its consumer and our finalizer';
    case 'Waiting':
      return `waits: ${evidence.value.missing}`;
    case 'ExecSilent':
      return `waits: ${evidence.value.missing}; ${overrideHint(strategy, 'strategy')}`;
    default:
      return unreachable(evidence.value);
  }
}
