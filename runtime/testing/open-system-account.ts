/** The system account of a test server, for an operator under test. */
import { openConnection } from '../bus/connection.ts';
import { systemClock } from '../clock.ts';
import { userLogin } from '../identity/login.ts';
import { openSystemAccount, type SystemAccount } from '../identity/system-account.ts';
import type { NatsServer } from './nats-server.ts';
import { testLogger } from './open-test-bus.ts';

export interface TestSystemAccount {
  readonly system: SystemAccount;
  close(): Promise<void>;
}

export function openTestSystemAccount({ url, identity }: Pick<NatsServer, 'url' | 'identity'>): TestSystemAccount {
  const login = userLogin(identity.keys.operator.systemLogin);
  const connection = openConnection({ url, login, name: 'accounts', logger: testLogger(), clock: systemClock });
  return { system: openSystemAccount(connection), close: () => connection.close() };
}
