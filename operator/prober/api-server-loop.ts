/** Asks the API server about the ServiceAccount of every principal, one after the other, for as long as the operator leads. */
import { principalName } from '@flotilla/contracts/access/principal.ts';
import { FlotillaError } from '@flotilla/contracts/errors/errors.ts';
import type { Clock } from '@flotilla/contracts/ports.ts';
import type { Cluster, KernelLogger } from '@flotilla/kube/mod.ts';
import type { Member } from '../identity/principals-of.ts';
import type { PermissionBoard } from '../status/permission-board.ts';
import { probeApiServer } from './probe-api-server.ts';
import type { Prober, ProberOptions } from './prober-loop.ts';

/** A principal is asked about at most this often. */
const REPEAT_MS = 60_000;
/** A principal that leaks, or whose last probe proved nothing, is asked about so often. */
const OPEN_QUESTION_MS = 10_000;
/** Looks for principals that are due so often. */
const LOOK_MS = 1_000;
/** After the API server gave no answer, so that its log and ours do not fill. */
const FAILED_PAUSE_MS = 5_000;
/** Leaks that are named. */
const NAMED_MAX = 8;

export interface ApiServerLoopOptions extends Pick<ProberOptions, 'tellLeak' | 'count' | 'turn'> {
  readonly cluster: Pick<Cluster, 'raw'>;
  readonly namespace: string;
  readonly board: Pick<PermissionBoard, 'takeApiProof'>;
  /** Whose ServiceAccounts to ask about; undefined while that is not known. */
  members(): readonly Member[] | undefined;
  readonly clock: Clock;
  readonly logger: KernelLogger;
}

interface Asked {
  readonly atMs: number;
  readonly isOpen: boolean;
  /** The leaks that the audit log has. */
  readonly told: string | undefined;
}

/** A bug becomes an unhandled rejection, which ends the process. */
export function startApiServerLoop(options: ApiServerLoopOptions): Prober {
  const stopping = new AbortController();
  const running = keepAsking({ ...options, signal: stopping.signal });
  return {
    async stop() {
      stopping.abort(new Error('stopped'));
      await running;
    },
  };
}

type LoopTools = ApiServerLoopOptions & { readonly signal: AbortSignal };

async function keepAsking(tools: LoopTools): Promise<void> {
  const { clock, signal } = tools;
  const asked = new Map<string, Asked>();
  const pause = (delayMs: number): Promise<void> => clock.sleep(delayMs, signal).catch(() => undefined);
  while (!signal.aborted) {
    const members = tools.members() ?? [];
    const names = new Set(members.map(({ principal }) => principalName(principal)));
    for (const name of asked.keys()) if (!names.has(name)) asked.delete(name);
    const member = longestDue(members, asked, clock.monotonicMs());
    if (member === undefined) {
      await pause(LOOK_MS);
      continue;
    }
    const name = principalName(member.principal);
    let isFailed = false;
    await tools.turn(async () => {
      if (signal.aborted) return;
      const outcome = await askOnce(tools, member, asked.get(name)?.told);
      asked.set(name, { ...outcome, atMs: clock.monotonicMs() });
      isFailed = outcome.isFailed === true;
    });
    if (isFailed) await pause(FAILED_PAUSE_MS);
  }
}

/** The one that waits longest. A principal that is new waits longest of all, so that a large fleet does not delay its first proof. */
function longestDue(members: readonly Member[], asked: ReadonlyMap<string, Asked>, nowMs: number): Member | undefined {
  let found: { readonly member: Member; readonly atMs: number } | undefined;
  for (const member of members) {
    const { atMs, isOpen } = asked.get(principalName(member.principal)) ?? NEVER;
    if (nowMs - atMs < (isOpen ? OPEN_QUESTION_MS : REPEAT_MS)) continue;
    if (found === undefined || atMs < found.atMs) found = { member, atMs };
  }
  return found?.member;
}

const NEVER: Asked = { atMs: Number.NEGATIVE_INFINITY, isOpen: true, told: undefined };

interface Outcome extends Pick<Asked, 'isOpen' | 'told'> {
  readonly isFailed?: true;
}

/** A leak that lasts is told once. @param told the leaks that the audit log has */
async function askOnce(tools: LoopTools, { principal, serviceAccount }: Member, told: string | undefined): Promise<Outcome> {
  const { board, logger, signal } = tools;
  try {
    const { forbiddenCount, leaks, unanswered } = await probeApiServer(tools, serviceAccount);
    board.takeApiProof(principal, forbiddenCount, { leaks, unanswered });
    tools.count(leaks.length > 0 ? 'leak' : unanswered.length > 0 ? 'unanswered' : 'enforced');
    const isOpen = leaks.length + unanswered.length > 0;
    const found = leaks.length === 0 ? undefined : leaks.join(', ');
    if (found === undefined || found === told) return { isOpen, told: found };
    await tellLeak(tools, { principal, serviceAccount }, leaks);
    return { isOpen, told: found };
  } catch (error) {
    if (signal.aborted) return { isOpen: true, told };
    if (!(error instanceof FlotillaError)) throw error;
    logger.warn({ err: error, serviceAccount }, 'the API server did not say what a ServiceAccount may do');
    tools.count('failed');
    return { isOpen: true, told, isFailed: true };
  }
}

async function tellLeak({ logger, ...tools }: LoopTools, { principal, serviceAccount }: Member, leaks: readonly string[]): Promise<void> {
  const named = leaks.slice(0, NAMED_MAX);
  logger.error(
    { principal: principalName(principal), serviceAccount, leaks: named, leakCount: leaks.length },
    'the API server would allow a ServiceAccount what its principal must not do',
  );
  await tools.tellLeak(principal, named);
}
