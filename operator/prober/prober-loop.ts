/** Probes the permissions of every principal, one after the other, for as long as the operator leads. */
import { type Principal, principalName } from '@flotilla/contracts/access/principal.ts';
import { FlotillaError } from '@flotilla/contracts/errors/errors.ts';
import type { Clock } from '@flotilla/contracts/ports.ts';
import type { KernelLogger } from '@flotilla/kube/mod.ts';
import type { PermissionBoard } from '../status/permission-board.ts';
import type { ProbeAccount, Probed } from './probe-account.ts';

/** A round begins at most this often. */
const ROUND_MS_MIN = 60_000;
/** A principal that leaks, or whose last probe proved nothing, is probed again so often. */
const OPEN_QUESTION_MS = 10_000;
/** Between two principals, so that a round over many costs little of the processor. */
const PAUSE_MS = 150;
/** Looks for new principals so often. */
const LOOK_MS = 1_000;
/** A principal without an answer on a permitted subject is probed again this often, after a pause, before a status says so. */
const UNANSWERED_TRIES = 4;
const UNANSWERED_PAUSE_MS = 1_000;
/** Leaks that a log line names. */
const NAMED_MAX = 8;

export interface ProberOptions {
  readonly account: ProbeAccount;
  readonly board: PermissionBoard;
  /** Whose permissions to probe; undefined while that is not known, or the accounts are not pushed. */
  principals(): readonly Principal[] | undefined;
  /** Servers of the bus that have loaded the claims of a principal, of all: `3/3`. Undefined when they are not proven yet. */
  serversOf(principal: Principal): string | undefined;
  /** Tells the audit log of a leak. */
  tellLeak(principal: Principal, leaks: readonly string[]): Promise<void>;
  /** Runs one probe, and of the probers of several tenants one at a time, so that many tenants cost no more than one. */
  turn(work: () => Promise<void>): Promise<void>;
  /** Counts probes by outcome. */
  count(outcome: 'enforced' | 'leak' | 'unanswered' | 'failed'): void;
  readonly clock: Clock;
  readonly logger: KernelLogger;
}

export interface Prober {
  stop(): Promise<void>;
}

export function startProber(options: ProberOptions): Prober {
  const stopping = new AbortController();
  const { signal } = stopping;
  const running = keepProbing({ ...options, signal });
  return {
    async stop() {
      stopping.abort(new Error('stopped'));
      await running;
    },
  };
}

/** A principal that is new, or whose role changed, is probed at once; the others once a round. */
async function keepProbing(tools: ProbeTools): Promise<void> {
  const { board, clock, signal } = tools;
  const probed = new Map<string, Probe>();
  let roundAtMs = Number.NEGATIVE_INFINITY;
  const pause = (delayMs: number): Promise<void> => clock.sleep(delayMs, signal).catch(() => undefined);
  while (!signal.aborted) {
    const principals = tools.principals();
    if (principals === undefined) {
      await pause(LOOK_MS);
      continue;
    }
    board.keep(principals);
    forgetOthers(probed, principals);
    const isRound = clock.monotonicMs() - roundAtMs >= ROUND_MS_MIN;
    if (isRound) roundAtMs = clock.monotonicMs();
    const due = principals.filter((principal) => isRound || isDue(tools, principal, probed.get(principalName(principal))));
    for (const principal of due) {
      await tools.turn(async () => {
        if (signal.aborted) return;
        const told = await probeOnce(tools, principal, principals, probed.get(principalName(principal))?.told);
        probed.set(principalName(principal), { of: JSON.stringify(principal), atMs: clock.monotonicMs(), told });
        await pause(PAUSE_MS);
      });
      if (signal.aborted) return;
    }
    if (due.length > 0) await tools.account.close().catch((error: unknown) => ignoreOperatingError(error, tools.logger));
    await pause(LOOK_MS);
  }
}

interface Probe {
  /** The principal as it was probed. */
  readonly of: string;
  readonly atMs: number;
  /** The leaks that the audit log has. */
  readonly told: string | undefined;
}

function isDue({ board, clock }: ProbeTools, principal: Principal, last: Probe | undefined): boolean {
  if (last === undefined || last.of !== JSON.stringify(principal)) return true;
  const { leaks = [], unanswered = [] } = board.proof(principal) ?? {};
  return leaks.length + unanswered.length > 0 && clock.monotonicMs() - last.atMs >= OPEN_QUESTION_MS;
}

function forgetOthers(probed: Map<string, Probe>, principals: readonly Principal[]): void {
  const names = new Set(principals.map(principalName));
  for (const name of probed.keys()) if (!names.has(name)) probed.delete(name);
}

type ProbeTools = ProberOptions & { readonly signal: AbortSignal };

/** Resolves to the leaks that the audit log has, so that a leak that lasts is told once. @param told those of before */
async function probeOnce(
  options: ProbeTools,
  principal: Principal,
  everybody: readonly Principal[],
  told: string | undefined,
): Promise<string | undefined> {
  const { board, logger } = options;
  try {
    const { cells, tried, coverage } = await probePatiently(options, principal, everybody);
    const servers = options.serversOf(principal);
    const forbiddenCount = cells.forbidden.length + cells.hearing.forbidden.length;
    const allowedCount = cells.allowed.length + cells.hearing.allowed.length;
    board.take(principal, { forbiddenCount, allowedCount, servers, triedOn: `${coverage.tried}/${coverage.running}` }, tried);
    options.count(tried.leaks.length > 0 ? 'leak' : tried.unanswered.length > 0 ? 'unanswered' : 'enforced');
    if (tried.leaks.length === 0) return undefined;
    const found = tried.leaks.join(' ');
    if (found === told) return told;
    const leaks = tried.leaks.slice(0, NAMED_MAX);
    logger.error(
      { principal: principalName(principal), leaks, leakCount: tried.leaks.length },
      'a principal reaches what it must not reach',
    );
    await options.tellLeak(principal, leaks);
    return found;
  } catch (error) {
    ignoreOperatingError(error, logger);
    options.count('failed');
    return told;
  }
}

/** A server that is slow for a moment, or a stream that is about to be made, is not worth a condition. A leak is told at once. */
async function probePatiently(
  { account, clock, signal }: ProbeTools,
  principal: Principal,
  everybody: readonly Principal[],
): Promise<Probed> {
  let probed = await account.probe(principal, everybody);
  for (let tries = 1; tries < UNANSWERED_TRIES && isUnanswered(probed) && !signal.aborted; tries += 1) {
    await clock.sleep(UNANSWERED_PAUSE_MS, signal).catch(() => undefined);
    if (!signal.aborted) probed = await account.probe(principal, everybody);
  }
  return probed;
}

function isUnanswered({ tried }: Probed): boolean {
  return tried.leaks.length === 0 && tried.unanswered.length > 0;
}

/** The next round tries again; the status shows how old the last proof is. */
function ignoreOperatingError(error: unknown, logger: KernelLogger): void {
  if (!(error instanceof FlotillaError)) throw error;
  logger.warn({ err: error }, 'a probe of permissions failed');
}
