/** A bus for integration tests, silent unless `FLOTILLA_TEST_LOG` names a level. */
import type { IdentityName } from '@flotilla/contracts/access/identities.ts';
import { ACCOUNT_API_PREFIX, CORE_API_PREFIX } from '@flotilla/contracts/access/core-account.ts';
import { type NatsBus, connectBus } from '../bus/connect-bus.ts';
import { systemClock } from '../clock.ts';
import { makeLogger, type Logger } from '../log.ts';
import type { Metrics } from '../metrics.ts';
import { eventually } from './eventually.ts';

/** For adapters under test. */
export function testLogger(): Logger {
  return makeLogger({ service: 'test', revision: 'test', level: process.env['FLOTILLA_TEST_LOG'] ?? 'silent' });
}

export interface TestBusOptions {
  readonly url: string;
  readonly user?: string;
  readonly password?: string;
  /** By default as in the core account, or on a server without accounts. */
  readonly apiPrefix?: string;
  readonly logger?: Logger;
  readonly metrics?: Metrics;
  readonly onBug?: (error: unknown) => void;
}

/** Resolves when connected. */
export async function openTestBus(options: TestBusOptions): Promise<NatsBus> {
  const bus = await connectBus({ name: 'test', apiPrefix: CORE_API_PREFIX, clock: systemClock, logger: testLogger(), ...options });
  await eventually('the bus connects', () => bus.connected());
  return bus;
}

/** A connection with the rights of an identity and no more. In tests the password is the name, unless another one is given. */
export function openIdentityBus(url: string, name: IdentityName, password: string = name): Promise<NatsBus> {
  return openTestBus({ url, user: name, password, apiPrefix: name === 'operator' ? CORE_API_PREFIX : ACCOUNT_API_PREFIX });
}
