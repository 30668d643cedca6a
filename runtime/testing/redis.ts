/** A real redis-server for integration tests: append-only file, fsync on every write. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { findBinary } from './find-binary.ts';
import { type ServerProcess, startServerProcess } from './server-process.ts';

export interface RedisServer extends ServerProcess {
  readonly url: string;
}

/** `configText` is added to the configuration, for example `user` lines of an ACL. */
export async function startRedis(options: { readonly configText?: string } = {}): Promise<RedisServer> {
  const server = await startServerProcess({
    name: 'redis',
    command: findBinary('redis-server'),
    configure(port, folder) {
      const path = join(folder, 'redis.conf');
      const lines = [`port ${port}`, 'bind 127.0.0.1', 'save ""', 'appendonly yes', 'appendfsync always', `dir ${folder}`];
      writeFileSync(path, `${[...lines, options.configText ?? ''].join('\n')}\n`);
      return [path];
    },
  });
  return { ...server, url: `redis://127.0.0.1:${server.port}` };
}
