/** A real nats-server for integration tests: JetStream on files, fsync on every write, and the accounts of production. */
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { renderBusAccounts } from './render-identities.ts';
import { findBinary } from './find-binary.ts';
import { type ServerProcess, startServerProcess } from './server-process.ts';

/** The first version with CONSUMER.RESET. */
const MINOR_VERSION_MIN = 14;

export interface NatsServer extends ServerProcess {
  readonly url: string;
}

export interface NatsServerOptions {
  /** Added to the configuration, for example a `cluster` block. */
  readonly configText?: string;
  /** Accounts and users in place of production's. */
  readonly accounts?: string;
  /** Name of the server. Default: `test`. */
  readonly name?: string;
}

export async function startNatsServer(options: NatsServerOptions = {}): Promise<NatsServer> {
  const server = await startServerProcess({
    name: 'nats-server',
    command: findBinary('nats-server', isRecent),
    configure(port, folder) {
      const path = join(folder, 'nats.conf');
      writeFileSync(
        path,
        [
          `listen: "127.0.0.1:${port}"`,
          `server_name: "${options.name ?? 'test'}"`,
          `jetstream { store_dir: "${join(folder, 'jetstream')}", sync_interval: always }`,
          options.accounts ?? renderBusAccounts(),
          options.configText ?? '',
        ].join('\n'),
      );
      return ['-c', path];
    },
  });
  return { ...server, url: `nats://127.0.0.1:${server.port}` };
}

/** Debian's nats-server is too old for CONSUMER.RESET and `sync_interval`. */
function isRecent(path: string): boolean {
  const version = /v2\.(\d+)\./.exec(spawnSync(path, ['--version'], { encoding: 'utf8' }).stdout);
  return version !== null && Number(version[1]) >= MINOR_VERSION_MIN;
}
