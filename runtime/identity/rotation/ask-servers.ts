/** How a rotation reaches the servers of the bus, and waits for them. */
import { FlotillaError } from '@flotilla/contracts/errors/errors.ts';
import type { Clock } from '@flotilla/contracts/ports.ts';
import { openConnection } from '../../bus/connection.ts';
import type { Logger } from '../../log.ts';
import type { BusLogin } from '../bus-keys.ts';
import { userLogin } from '../login.ts';
import { openSystemAccount } from '../system-account.ts';
import type { ServerState } from './server-state.ts';

const CONNECT_MS_MAX = 5_000;
const CONNECT_LOOK_MS = 20;
const LOOK_MS = 500;

export interface AskOptions {
  readonly url: string;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Connects by the login of the system account, for the time of `use`. @throws FlotillaError `BUS_UNAVAILABLE` when no server admits the login within five seconds */
export async function askServers<T>(
  { url, clock, logger }: AskOptions,
  login: BusLogin,
  use: (state: ServerState) => Promise<T>,
): Promise<T> {
  const connection = openConnection({ url, login: userLogin(login), name: 'flotilla-keys', logger, clock });
  try {
    const deadlineMs = clock.monotonicMs() + CONNECT_MS_MAX;
    while (!connection.connected() && clock.monotonicMs() < deadlineMs) await clock.sleep(CONNECT_LOOK_MS);
    connection.live();
    return await use(openSystemAccount(connection));
  } finally {
    await connection.close();
  }
}

/**
 * Repeats until `missing` gives undefined. An operating error of `missing` counts as not yet.
 *
 * @throws FlotillaError `BUS_UNAVAILABLE` after `timeoutMs`, with what was missing last
 */
export async function waitForServers(
  clock: Clock,
  timeoutMs: number,
  what: string,
  missing: () => Promise<string | undefined>,
): Promise<void> {
  const deadlineMs = clock.monotonicMs() + timeoutMs;
  for (;;) {
    const problem = await missing().catch((error: unknown) => {
      if (error instanceof FlotillaError) return error.message;
      throw error;
    });
    if (problem === undefined) return;
    if (clock.monotonicMs() > deadlineMs)
      throw new FlotillaError('BUS_UNAVAILABLE', `expected within ${timeoutMs / 1_000} s: ${what}; found: ${problem}`);
    await clock.sleep(LOOK_MS);
  }
}
