/** Keeps the accounts of the bus, and the table by which the callout admits connections, at what the objects of the namespace say. */
import type { Principal } from '@flotilla/contracts/access/principal.ts';
import { FlotillaError } from '@flotilla/contracts/errors/errors.ts';
import type { Clock, Rng } from '@flotilla/contracts/ports.ts';
import type { KernelLogger } from '@flotilla/kube/mod.ts';
import { readClaims } from '@flotilla/runtime/identity/jwt.ts';
import type { SystemAccount } from '@flotilla/runtime/identity/system-account.ts';
import { repeatUntilStopped } from '@flotilla/runtime/retry/repeat-until-stopped.ts';
import { retryWithBackOff } from '@flotilla/runtime/retry/retry-with-back-off.ts';
import type { Drift, TellDrift } from '../drift/drift.ts';
import type { AccountPusher } from './account-pusher.ts';
import type { InstallationAccounts } from './installation-accounts.ts';
import type { Member } from './principals-of.ts';

/** The longest delay is short, because a new pod waits for its account. */
const RETRY_DELAYS = { firstMs: 100, maxMs: 1_000 } as const;
/**
 * Repeats even without a change, and asks the servers what they have stored, so that a change that was missed is made up for. An account costs one small
 * message of each server.
 */
const REPEAT_MS = 20_000;

export interface IdentityLoopOptions {
  readonly pusher: AccountPusher;
  readonly installation: InstallationAccounts;
  readonly system: Pick<SystemAccount, 'onConnect' | 'onPush' | 'onServer' | 'problem'>;
  /** Who may connect; undefined while the objects are not all listed. An object that is not listed yet is not gone. */
  members(): readonly Member[] | undefined;
  /** Takes the members whose claims every server has loaded, after each round. */
  onProven(members: readonly Member[]): void;
  /** Brings the keys of the API server to the bucket. */
  publishTokenKeys(): Promise<void>;
  /** Takes each account whose claims another has pushed. */
  readonly tellDrift: TellDrift;
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
  const { pusher, installation, system, clock, rng, logger } = options;
  let problem: string | undefined = 'the accounts of the bus are not pushed yet';

  let lookedAtMs = clock.monotonicMs();
  const lookWhenDue = async (): Promise<void> => {
    if (clock.monotonicMs() - lookedAtMs < REPEAT_MS) return;
    lookedAtMs = clock.monotonicMs();
    try {
      await pusher.countServers();
      for (const account of await pusher.findForeign()) options.tellDrift(claimsDrift(account));
      await installation.look(pusher.runningCount());
    } catch (error) {
      // The next look asks again.
      if (!(error instanceof FlotillaError)) throw error;
    }
  };

  const converge = async (signal: AbortSignal): Promise<void> => {
    await retryWithBackOff(
      async () => {
        await lookWhenDue();
        for (const account of await installation.restore()) options.tellDrift(claimsDrift(account));
        const members = listed(options.members());
        await pusher.converge(members);
        options.onProven(members);
        await options.publishTokenKeys();
        await installation.learn();
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

  const loop = repeatUntilStopped(async (signal) => {
    await converge(signal);
    // A wake begins a round and does not put the look off.
    await clock.sleep(Math.max(0, lookedAtMs + REPEAT_MS - clock.monotonicMs()), signal);
  });
  const wake = (): void => loop.wake('an object or a server has changed');
  const stopListening = listenToServers(options, wake);

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
      await loop.stop();
    },
  };
}

/** Wakes the loop after each connection, for a server that is new, and for claims of another. */
function listenToServers(
  { pusher, installation, system, logger, tellDrift }: IdentityLoopOptions,
  wake: () => void,
): readonly (() => void)[] {
  return [
    system.onConnect(() => {
      pusher.forget();
      installation.forget();
      wake();
    }),
    system.onServer((id) => {
      if (!pusher.takeServer(id)) return;
      installation.forget();
      logger.info({ server: id }, 'a server of the bus was away or has started again; the operator pushes all accounts again');
      wake();
    }),
    system.onPush((jwt) => {
      // The system account hears each push of this process too. To read claims is to verify their signature.
      if (pusher.isOwnPush(jwt)) return;
      const account = accountOfClaims(jwt);
      if (account === undefined) return;
      if (pusher.takeForeignPush(account, jwt)) tellDrift(claimsDrift(account));
      else if (!installation.takePush(account, jwt)) return;
      wake();
    }),
  ];
}

function listed(members: readonly Member[] | undefined): readonly Member[] {
  if (members === undefined)
    throw new FlotillaError('CLUSTER_UNAVAILABLE', 'Portfolios, Strategies, AgentRoles and people are not listed yet');
  return members;
}

function accountOfClaims(jwt: string): string | undefined {
  try {
    return readClaims(jwt).sub;
  } catch {
    return undefined;
  }
}

function claimsDrift(account: string): Drift {
  return { what: 'claims', name: account, expected: 'claims of the operator', found: 'claims of another', isRepaired: true };
}
