/** Connects to the core accounts of tenants, each by the operator's login there. For the composition root. */
import { connectBus } from '@flotilla/runtime/bus/connect-bus.ts';
import type { ConnectionOptions } from '@flotilla/runtime/bus/connection.ts';
import { currentUserLogin } from '@flotilla/runtime/identity/login.ts';
import type { OtherTenants } from '../operator-options.ts';

interface Reconnecting {
  reconnect(): Promise<void>;
}

/** @param connections gets each connection while it is open @param options those of the operator's own core account; the namespace is added to the name */
export function makeTenantBuses(connections: Set<Reconnecting>, options: Omit<ConnectionOptions, 'login'>): OtherTenants['openBus'] {
  return async (namespace, identity) => {
    const login = currentUserLogin(() => identity.coreLogin);
    const bus = await connectBus({ ...options, login, name: `${options.name} ${namespace}` });
    connections.add(bus);
    return {
      ...bus,
      async close() {
        connections.delete(bus);
        await bus.close();
      },
    };
  };
}
