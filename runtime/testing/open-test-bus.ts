/** A bus for integration tests, silent unless `FLOTILLA_TEST_LOG` names a level. */
import { ACCOUNT_API_PREFIX, CORE_API_PREFIX } from '@flotilla/contracts/access/core-account.ts';
import { type NatsBus, connectBus } from '../bus/connect-bus.ts';
import type { Authenticator } from '@nats-io/nats-core';
import { systemClock } from '../clock.ts';
import { userLogin } from '../identity/login.ts';
import { makeLogger, type Logger } from '../log.ts';
import type { Metrics } from '../metrics.ts';
import type { TestPrincipal } from './bus-identity.ts';
import { eventually } from './eventually.ts';
import type { NatsServer } from './nats-server.ts';

/** For adapters under test. */
export function testLogger(): Logger {
  return makeLogger({ service: 'test', revision: 'test', level: process.env['FLOTILLA_TEST_LOG'] ?? 'silent' });
}

export interface TestBusOptions {
  readonly url: string;
  /** Default: every right in the core account of a test server. */
  readonly login?: Authenticator;
  /** By default as in the core account, or on a server without accounts. */
  readonly apiPrefix?: string;
  readonly logger?: Logger;
  readonly metrics?: Metrics;
  readonly onBug?: (error: unknown) => void;
}

/** Resolves when connected. */
export async function openTestBus(options: TestBusOptions): Promise<NatsBus> {
  const { url, login, ...rest } = options;
  const bus = await connectBus({ name: 'test', apiPrefix: CORE_API_PREFIX, clock: systemClock, logger: testLogger(), url, login, ...rest });
  await eventually('the bus connects', () => bus.connected());
  return bus;
}

/** A connection with the rights of a principal and no more. */
export async function openIdentityBus(server: Pick<NatsServer, 'url' | 'identity'>, principal: TestPrincipal): Promise<NatsBus> {
  const login = userLogin(await server.identity.login(principal));
  return openTestBus({ url: server.url, login, apiPrefix: principal === 'operator' ? CORE_API_PREFIX : ACCOUNT_API_PREFIX });
}
