import { join } from 'node:path';
import { assert } from '@flotilla/contracts/assert.ts';
import type { BusRights } from '@flotilla/contracts/identities.ts';
import type { PortTable } from '../ports.ts';
import type { StateFolder } from '../state-folder.ts';

export interface BusUser extends BusRights {
  readonly name: string;
  readonly password: string;
}

/** One account of the bus per tenant; `SYS` is the server's own. */
const TENANT_ACCOUNT = 'TRADING';
const STORE_BYTES_MAX = 16 * 1024 ** 3;
const PAYLOAD_BYTES_MAX = 1024 ** 2;

/** The server's configuration; JSON is a part of its syntax. Every write is synced before it is acknowledged. */
export function natsConfig(ports: PortTable, folder: StateFolder, users: readonly BusUser[]): string {
  const config = {
    server_name: 'local',
    listen: `127.0.0.1:${ports.nats}`,
    http: `127.0.0.1:${ports.natsMonitor}`,
    max_payload: PAYLOAD_BYTES_MAX,
    jetstream: { store_dir: join(folder.dataDir, 'nats'), sync_interval: 'always', max_file_store: STORE_BYTES_MAX },
    accounts: { [TENANT_ACCOUNT]: { jetstream: 'enabled', users: users.map(configUser) }, SYS: { users: [] } },
    system_account: 'SYS',
    lame_duck_duration: '30s',
    lame_duck_grace_period: '1s',
  };
  return `${JSON.stringify(config, undefined, 1)}\n`;
}

function configUser(user: BusUser): unknown {
  return {
    user: user.name,
    password: user.password,
    permissions: {
      publish: permission(user.publish, user.publishDeny),
      subscribe: permission(user.subscribe, []),
      ...(user.allowResponses ? { allow_responses: true } : {}),
    },
  };
}

/** An empty list means "everything" to the server, and is refused here. */
function permission(allow: readonly string[], deny: readonly string[]): unknown {
  assert(allow.length > 0, 'a user of the bus needs at least one subject of each kind');
  return deny.length === 0 ? { allow } : { allow, deny };
}
