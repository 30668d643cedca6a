/** Finds a free loopback port for a test server. */
import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:net';

/**
 * Below the range of the source ports of connections (Linux: 32768, BSD and macOS: 49152), because any connection may take a port of that range
 * before the server starts. Above the ports of local clusters.
 */
const FIRST = 20_000;
const LAST = 32_767;
const TRIES_MAX = 50;

/** Ports that this process has got before, for servers that do not listen yet. */
const given = new Set<number>();

/** A loopback port that is free at the moment, and that this process gets once. */
export async function freePort(): Promise<number> {
  for (let tries = 0; tries < TRIES_MAX; tries += 1) {
    const port = randomInt(FIRST, LAST + 1);
    if (given.has(port) || !(await isFree(port))) continue;
    given.add(port);
    return port;
  }
  throw new Error(`expected a free port from ${FIRST} to ${LAST}, found ${TRIES_MAX} taken ones`);
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer();
  server.listen(port, '127.0.0.1');
  try {
    await once(server, 'listening');
  } catch {
    return false;
  }
  server.close();
  await once(server, 'close');
  return true;
}
