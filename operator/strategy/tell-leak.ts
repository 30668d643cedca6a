/** Tells that a leak stops a Strategy, and that a person lets it resume: in the audit log and as an Event. */
import type { ResourceObject } from '@flotilla/contracts/resources/definition.ts';
import type { LeakStatus } from '@flotilla/contracts/resources/permissions-status.ts';
import { sha256 } from '@flotilla/contracts/values/ids.ts';
import type { Executor } from '@flotilla/kube/mod.ts';
import type { Resume } from '../fleet/leak-pause.ts';
import { KINDS } from '../kinds.ts';
import { attempt } from '../status/attempt.ts';
import type { World } from '../world.ts';

interface Told {
  readonly strategy: ResourceObject;
  readonly portfolio: string;
}

type Tools = Pick<World, 'bus' | 'logger'>;

/** A pause waits for no announcement, so a failure is logged alone. */
export async function tellPause(
  { bus, logger }: Tools,
  executor: Pick<Executor, 'execute'>,
  { strategy, portfolio, leak }: Told & { readonly leak: LeakStatus },
  signal: AbortSignal,
): Promise<void> {
  const { name, uid = '' } = strategy.metadata;
  const { foundAt, leakCount, subjects } = leak;
  const details = { strategy: name, foundAt, leakCount: String(leakCount), subjects: subjects.join(' ') };
  const written = await attempt(() => bus.audit(portfolio, sha256(`leak-pause ${uid} ${foundAt}`), 'STRATEGY_PAUSED_BY_LEAK', details));
  if (!written.ok) logger.error({ err: written.error, ...details }, 'the audit event of a pause by a leak could not be written');
  const note = `the agent is stopped, because a probe reached what the agent must not reach: ${subjects.join(', ')}; follow the runbook FlotillaPermissionLeak`;
  await executor.execute([eventOf(strategy, 'Warning', 'PermissionLeaked', 'Pause', note)], { signal });
}

/** @throws FlotillaError when the audit log does not take the event; then nothing resumes */
export async function tellResume(
  { bus }: Tools,
  executor: Pick<Executor, 'execute'>,
  { strategy, portfolio, resume }: Told & { readonly resume: Resume },
  signal: AbortSignal,
): Promise<void> {
  const { name, uid = '' } = strategy.metadata;
  const { foundAt, person, reason } = resume;
  await bus.audit(portfolio, sha256(`leak-resume ${uid} ${foundAt}`), 'STRATEGY_RESUMED_AFTER_LEAK', {
    strategy: name,
    foundAt,
    person,
    reason,
  });
  const note = `the strategy resumes after the leak of ${foundAt}, as decided by ${person}: ${reason}`;
  await executor.execute([eventOf(strategy, 'Normal', 'ResumedAfterLeak', 'Resume', note)], { signal });
}

function eventOf(regarding: ResourceObject, severity: 'Normal' | 'Warning', reason: string, action: string, note: string) {
  return { type: 'event', resource: KINDS.strategy, regarding, severity, reason, action, note } as const;
}
