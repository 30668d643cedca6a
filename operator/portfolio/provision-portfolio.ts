/** Writes what the exec of a Portfolio needs on the bus: the halt record first, then the consumer, then the configuration. */
import type { ExecConfig } from '@flotilla/contracts/control/exec-config.ts';
import type { HaltRecord } from '@flotilla/contracts/control/halt.ts';
import { sha256 } from '@flotilla/contracts/values/ids.ts';
import type { ResourceObject } from '@flotilla/contracts/resources/definition.ts';
import { execConsumer } from '@flotilla/contracts/bus/consumers.ts';
import type { Executor } from '@flotilla/kube/mod.ts';
import { withGeneration } from '../fleet/config-generation.ts';
import { describeLoosened, loosenedLimits } from '../fleet/loosened-limits.ts';
import { type HeardExecs, holdersOfOtherLimits, wouldSettle } from '../fleet/settle-policies.ts';
import { KINDS } from '../kinds.ts';
import type { World } from '../world.ts';
import { planExecConfig, type PortfolioSnapshot } from './plan.ts';
import type { PortfolioObservation } from './status.ts';

/** Loosened limits that an event and the audit log name. */
const LOOSENED_TOLD_MAX = 16;
/** Writes in a row that one visit may need: the new limits, then that they are settled. */
const CONFIG_STEPS_MAX = 2;

export interface Provisioned extends Pick<PortfolioObservation, 'config' | 'otherHolders'> {
  readonly halt: HaltRecord;
}

type Sources = Pick<World, 'watches' | 'bus' | 'board' | 'halts' | 'portfolioNames' | 'logger'>;

/** exec must never start without knowing of a halt, so the halt record comes first. @throws FlotillaError of the bus */
export async function provisionPortfolio(
  sources: Sources,
  executor: Executor,
  snapshot: PortfolioSnapshot,
  signal: AbortSignal,
): Promise<Provisioned> {
  const { bus, board, halts } = sources;
  const { name } = snapshot.portfolio.metadata;
  const halt = await halts.sync(name);
  await bus.ensureConsumer(execConsumer(name));
  // exec refuses the record that it finds, so what this operator remembers of the record may be outdated.
  if (board.exec(name)?.value.configProblem !== undefined) bus.forgetExecConfig(name);
  let last = await bus.readExecConfig(name);
  let { config, heard } = await decide(sources, snapshot, last);
  for (let step = 0; step < CONFIG_STEPS_MAX && config !== undefined && config !== last; step += 1) {
    await bus.writeExecConfig(config, last);
    await tellLoosened(sources, executor, snapshot.portfolio, last, config, signal);
    last = config;
    ({ config, heard } = await decide(sources, snapshot, last));
  }
  const otherHolders = new Map((config?.policies ?? []).map((policy) => [policy.name, holdersOfOtherLimits(policy, name, heard)]));
  return { halt, config, otherHolders };
}

/** Reads the configurations of other portfolios only when they could settle a policy. */
async function decide(
  { board, bus, portfolioNames }: Sources,
  snapshot: PortfolioSnapshot,
  last: ExecConfig | undefined,
): Promise<{ readonly config: ExecConfig | undefined; readonly heard: HeardExecs }> {
  const { name } = snapshot.portfolio.metadata;
  const heard = { complete: board.isComplete(), statuses: board.heardExecs() };
  const plan = (execs: HeardExecs): ExecConfig | undefined => {
    const config = planExecConfig(snapshot, last, execs);
    return config === undefined ? undefined : withGeneration(config, last, board.exec(name)?.value);
  };
  const config = plan(heard);
  if (!heard.complete || !wouldSettle(config, last)) return { config, heard };
  const others = portfolioNames().filter((other) => other !== name);
  const written = await Promise.all(others.map((other) => bus.peekExecConfig(other)));
  const known = { complete: board.isComplete(), statuses: board.heardExecs(), written: written.filter((one) => one !== undefined) };
  return { config: plan(known), heard: known };
}

/** Announces every limit that became looser. A failed announcement does not undo the limits, because a full audit stream must not delay them. */
async function tellLoosened(
  { bus, logger }: Sources,
  executor: Executor,
  portfolio: ResourceObject,
  last: ExecConfig | undefined,
  config: ExecConfig,
  signal: AbortSignal,
): Promise<void> {
  const loosened = loosenedLimits(last, config);
  if (loosened.length === 0) return;
  const { name } = portfolio.metadata;
  const notes = loosened.slice(0, LOOSENED_TOLD_MAX).map(describeLoosened);
  const details = Object.fromEntries(notes.map((text, index) => [String(index + 1), text]));
  const event = {
    type: 'event',
    resource: KINDS.portfolio,
    regarding: portfolio,
    severity: 'Warning',
    reason: 'LimitsLoosened',
    action: 'Configure',
    note: `limits are looser now: ${notes.join('; ')}`,
  } as const;
  try {
    await bus.audit(name, sha256(`loosened ${name} ${last?.configHash ?? ''} ${config.configHash}`), 'LIMITS_LOOSENED', details);
    await executor.execute([event], { signal });
  } catch (error) {
    logger.error(
      { err: error, portfolio: name, loosened: notes },
      'could not announce the loosened limits: the audit event or the Kubernetes event failed',
    );
  }
}
