/**
 * Settles changes of rights once they are in force: reads the fence of decisions that were taken away, writes the audit event, and notes both in the
 * record of the principal. Runs beside the pushes, so that no push waits for it.
 */
import type { AdmissionRecord } from '@flotilla/contracts/access/admission-record.ts';
import { FlotillaError } from '@flotilla/contracts/errors/errors.ts';
import type { Clock } from '@flotilla/contracts/ports.ts';
import type { RevocationStatus } from '@flotilla/contracts/resources/permissions-status.ts';
import { sha256 } from '@flotilla/contracts/values/ids.ts';
import type { KernelLogger } from '@flotilla/kube/mod.ts';
import {
  type AccessEvent,
  accessEvent,
  breachEvent,
  revocationOf,
  type UnsettledChange,
  unsettledChanges,
  withheldAgent,
} from './access-changes.ts';
import type { AccountPusher } from './account-pusher.ts';
import type { DecisionsFence } from './decisions-fence.ts';
import { entryOf, type Member } from './principals-of.ts';

/** Changes that are settled at once. */
const SETTLED_AT_ONCE_MAX = 16;
/** After an error the rest is settled again after this time. */
const RETRY_MS = 1_000;

export interface ChangeSettlerOptions {
  readonly pusher: Pick<AccountPusher, 'records' | 'replaceRecord' | 'serversWith'>;
  readonly decisions: DecisionsFence;
  /** Writes the audit event. @throws FlotillaError of the bus */
  readonly audit: (event: AccessEvent, id: string) => Promise<void>;
  /** Takes what the status of the principal's object says; undefined: its decisions are delivered. */
  readonly show: (principal: Member['principal'], revocation: RevocationStatus | undefined) => void;
  readonly clock: Pick<Clock, 'after'>;
  readonly logger: KernelLogger;
}

export interface ChangeSettler {
  /** To be called when every server has loaded the claims of these members, and the claims of those that are gone. */
  proven(members: readonly Member[]): void;
  stop(): Promise<void>;
}

export function startChangeSettler(options: ChangeSettlerOptions): ChangeSettler {
  const { pusher, clock, logger } = options;
  let waiting: Round | undefined;
  let last: Round | undefined;
  let running: Promise<void> | undefined;
  const stopping = new AbortController();
  const { signal } = stopping;
  const breaches = new Map<string, number>();
  let cancelRetry = (): void => undefined;

  const run = async (): Promise<void> => {
    while (waiting !== undefined && !signal.aborted) {
      const round = waiting;
      waiting = undefined;
      await settleAll(options, round, signal);
      showAll(options, round.members);
      await checkFences(options, round.members, breaches);
    }
  };
  const start = (): void => {
    if (running !== undefined || signal.aborted) return;
    running = run()
      .catch((error: unknown) => {
        if (!(error instanceof FlotillaError)) throw error;
        logger.error(
          { err: error },
          'a change of rights is in force and could not be fenced or written to the audit log; the next try follows',
        );
        cancelRetry = clock.after(RETRY_MS, () => {
          waiting ??= last;
          start();
        });
      })
      .finally(() => (running = undefined));
  };

  return {
    proven(members) {
      // The records of now: those of a later round may belong to claims that are not proven yet.
      last = waiting = { changes: unsettledChanges(pusher.records()), members };
      showAll(options, members);
      start();
    },
    async stop() {
      stopping.abort();
      cancelRetry();
      await running;
    },
  };
}

interface Round {
  readonly changes: readonly UnsettledChange[];
  readonly members: readonly Member[];
}

/** An error of one change does not keep the others waiting. @throws FlotillaError the first one, when all were tried */
async function settleAll(options: ChangeSettlerOptions, { changes, members }: Round, signal: AbortSignal): Promise<void> {
  const roles = new Map(members.map((member) => [entryOf(member), member.agentRole]));
  const errors: unknown[] = [];
  for (let index = 0; index < changes.length && !signal.aborted; index += SETTLED_AT_ONCE_MAX) {
    const batch = changes.slice(index, index + SETTLED_AT_ONCE_MAX);
    const results = await Promise.allSettled(batch.map((each) => settle(options, each, roles.get(each.entry))));
    errors.push(...results.flatMap((result) => (result.status === 'rejected' ? [result.reason] : [])));
  }
  if (errors.length > 0) throw errors[0];
}

async function settle(
  { pusher, decisions, audit }: ChangeSettlerOptions,
  found: UnsettledChange,
  agentRole: string | undefined,
): Promise<void> {
  const { entry, record, change } = found;
  const isCurrent = (): boolean => pusher.records().get(entry) === record;
  const agent = withheldAgent(record);
  if (!isCurrent()) return;
  const throughSequence = agent === undefined ? undefined : await decisions.read(agent);
  // A change of rights in the meantime has a fence of its own.
  if (!isCurrent()) return;
  const servers = pusher.serversWith(record.account);
  const settled = {
    ...change,
    settled: true,
    ...(servers === undefined ? {} : { servers }),
    ...(throughSequence === undefined ? {} : { throughSequence }),
  };
  await audit(accessEvent(record, settled, agentRole), sha256(`access ${record.principal} ${change.kind} ${change.at}`));
  await pusher.replaceRecord(entry, record, { ...record, change: settled } satisfies AdmissionRecord);
}

function showAll({ pusher, show }: ChangeSettlerOptions, members: readonly Member[]): void {
  const records = pusher.records();
  for (const member of members) {
    const record = records.get(entryOf(member));
    if (record !== undefined) show(member.principal, revocationOf(record));
  }
}

/** Looks again whether the fences hold. @param told the last sequence that was told of each agent */
async function checkFences(
  { pusher, decisions, audit, logger }: ChangeSettlerOptions,
  members: readonly Member[],
  told: Map<string, number>,
): Promise<void> {
  for (const member of members) {
    const { principal } = member;
    const entry = entryOf(member);
    const record = pusher.records().get(entry);
    const revocation = record === undefined ? undefined : revocationOf(record);
    if (record === undefined || revocation === undefined || principal.role !== 'SignalAgent') continue;
    const foundSequence = await decisions.lastOf(principal);
    const isOld = foundSequence <= Math.max(revocation.throughSequence, told.get(record.principal) ?? 0);
    // Rights that came back in the meantime make the decision a permitted one.
    if (isOld || pusher.records().get(entry) !== record) continue;
    told.set(record.principal, foundSequence);
    const { throughSequence } = revocation;
    logger.error(
      { principal: record.principal, throughSequence, foundSequence },
      'DECISIONS holds a decision behind the fence of its agent, so the bus stored what it must refuse',
    );
    await audit(breachEvent(record, throughSequence, foundSequence), sha256(`breach ${record.principal} ${foundSequence}`));
  }
}
