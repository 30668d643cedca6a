/** Keeps the accounts of the bus, and the table by which the callout admits connections, at what the objects of the namespace say. */
import type { Principal } from '@flotilla/contracts/access/principal.ts';
import { FlotillaError } from '@flotilla/contracts/errors/errors.ts';
import type { Clock, Rng } from '@flotilla/contracts/ports.ts';
import type { KernelLogger } from '@flotilla/kube/mod.ts';
import { readClaims } from '@flotilla/runtime/identity/jwt.ts';
import type { SystemAccount } from '@flotilla/runtime/identity/system-account.ts';
import { retryWithBackOff } from '@flotilla/runtime/retry/retry-with-back-off.ts';
import type { AccountPusher } from './account-pusher.ts';
import type { Member } from './principals-of.ts';

/** The longest delay is short, because a new pod waits for its account. */
const RETRY_DELAYS = { firstMs: 100, maxMs: 1_000 } as const;
/** Repeats even without a change, so that a change that was missed is made up for. */
const REPEAT_MS = 20_000;

export interface IdentityLoopOptions {
  readonly pusher: AccountPusher;
  readonly system: Pick<SystemAccount, 'onConnect' | 'onPush' | 'problem'>;
  /** Who may connect; undefined while the objects are not all listed. An object that is not listed yet is not gone. */
  members(): readonly Member[] | undefined;
  /** Brings the keys of the API server to the bucket. */
  publishTokenKeys(): Promise<void>;
  readonly clock: Clock;
  readonly rng: Pick<Rng, 'next'>;
  readonly logger: KernelLogger;
}

export interface IdentityLoop {
  /** Converges now: an object has changed, or the bus was provisioned. */
  wake(): void;
  /** Who may connect, once the accounts are pushed and proven; undefined until then. */
  provenMembers(): readonly Member[] | undefined;
  /** Servers of the bus that have loaded the claims of a principal, of all: `3/3`. */
  serversOf(principal: Principal): string | undefined;
  /** Why the accounts are not as they should be, or undefined. */
  problem(): string | undefined;
  stop(): Promise<void>;
}

export function startIdentityLoop(options: IdentityLoopOptions): IdentityLoop {
  const { pusher, system, clock, rng, logger } = options;
  const stopping = new AbortController();
  let waking = new AbortController();
  let problem: string | undefined = 'the accounts of the bus are not pushed yet';
  const wake = (): void => waking.abort(new Error('woken'));
  const stopListening = [
    system.onConnect(() => {
      pusher.forget();
      wake();
    }),
    system.onPush((jwt) => {
      const account = accountOfClaims(jwt);
      if (account === undefined || !pusher.takeForeignPush(account, jwt)) return;
      logger.warn({ account }, 'another pushed claims for an account of the bus; the operator pushes its own again');
      wake();
    }),
  ];

  const converge = async (signal: AbortSignal): Promise<void> => {
    await retryWithBackOff(
      async () => {
        await pusher.converge(listed(options.members()));
        await options.publishTokenKeys();
      },
      {
        clock,
        rng,
        logger,
        signal,
        operation: 'push the accounts of the bus',
        delays: RETRY_DELAYS,
        triesMax: 'untilAborted',
        onProblem: (found) => (problem = found),
      },
    );
  };

  const run = async (): Promise<void> => {
    while (!stopping.signal.aborted) {
      waking = new AbortController();
      const signal = AbortSignal.any([stopping.signal, waking.signal]);
      try {
        await converge(signal);
        await clock.sleep(REPEAT_MS, signal);
      } catch (error) {
        if (!signal.aborted) throw error;
      }
    }
  };
  const running = run();

  return {
    wake,
    provenMembers: () => ((system.problem() ?? problem) === undefined ? options.members() : undefined),
    serversOf(principal) {
      const state = pusher.stateOf(principal);
      return state === undefined ? undefined : `${state.loadedOn}/${state.serverCount}`;
    },
    problem: () => system.problem() ?? problem,
    async stop() {
      for (const stop of stopListening) stop();
      stopping.abort(new Error('stopped'));
      await running;
    },
  };
}

function listed(members: readonly Member[] | undefined): readonly Member[] {
  if (members === undefined) throw new FlotillaError('CLUSTER_UNAVAILABLE', 'Portfolios, Strategies and AgentRoles are not listed yet');
  return members;
}

function accountOfClaims(jwt: string): string | undefined {
  try {
    return readClaims(jwt).sub;
  } catch {
    return undefined;
  }
}
