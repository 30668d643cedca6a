/** Gives the configuration of the local NATS server. */
import type { ServerIdentity } from '@flotilla/runtime/identity/bus-keys.ts';
import { serverIdentityConfig } from '@flotilla/runtime/identity/server-identity.ts';
import type { PortTable } from '../addresses/ports.ts';
import type { StateFolder } from '../files/state-folder.ts';

const STORE_BYTES_MAX = 16 * 1024 ** 3;
const PAYLOAD_BYTES_MAX = 1024 ** 2;

/** The server's configuration; JSON is a part of its syntax. Every write is synced before it is acknowledged. */
export function natsConfig(ports: PortTable, folder: StateFolder, identity: ServerIdentity): string {
  const config = {
    server_name: 'local',
    listen: `127.0.0.1:${ports.nats}`,
    http: `127.0.0.1:${ports.natsMonitor}`,
    max_payload: PAYLOAD_BYTES_MAX,
    jetstream: { store_dir: folder.busDataDir, sync_interval: 'always', max_file_store: STORE_BYTES_MAX },
    ...serverIdentityConfig(identity, folder.busAccountsDir),
    lame_duck_duration: '30s',
    lame_duck_grace_period: '1s',
  };
  return `${JSON.stringify(config, undefined, 1)}\n`;
}
