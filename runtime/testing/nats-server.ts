/** A real nats-server for integration tests: JetStream on files, fsync on every write, and the accounts of production. */
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { serverIdentityText } from '../identity/server-identity.ts';
import { type BusIdentity, makeBusIdentity } from './bus-identity.ts';
import { findBinary } from './find-binary.ts';
import { type ServerProcess, startServerProcess } from './server-process.ts';

/** The first version with CONSUMER.RESET. */
const MINOR_VERSION_MIN = 14;

export interface NatsServer extends ServerProcess {
  readonly url: string;
  readonly identity: BusIdentity;
}

export interface NatsServerOptions {
  /** Added to the configuration, for example a `cluster` block. */
  readonly configText?: string;
  /** Accounts and users in place of production's. */
  readonly accounts?: string;
  /** Identity of a cluster to which the server belongs. Default: one of its own. */
  readonly identity?: BusIdentity;
  /** Whether the callout admits connections that show no claims, as in production. Default: they have every right in the core account. */
  readonly callout?: boolean;
  /** After which the server compares its claims with those of the other servers. Default: as in production. */
  readonly resolverInterval?: string;
  /** Name of the server. Default: `test`. */
  readonly name?: string;
}

export async function startNatsServer(options: NatsServerOptions = {}): Promise<NatsServer> {
  let url = '';
  const identity = options.identity ?? makeBusIdentity(() => [url]);
  const sentinelJwt = (options.callout === true ? identity.keys : identity).server.sentinelJwt;
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
          options.accounts ?? serverIdentityText({ ...identity.server, sentinelJwt }, join(folder, 'accounts'), options.resolverInterval),
          options.configText ?? '',
        ].join('\n'),
      );
      return ['-c', path];
    },
  });
  url = `nats://127.0.0.1:${server.port}`;
  return { ...server, url, identity };
}

/** Debian's nats-server is too old for CONSUMER.RESET and `sync_interval`. */
function isRecent(path: string): boolean {
  const version = /v2\.(\d+)\./.exec(spawnSync(path, ['--version'], { encoding: 'utf8' }).stdout);
  return version !== null && Number(version[1]) >= MINOR_VERSION_MIN;
}
