/** Refuses the start of a cluster when one of its ports is taken, and names the process that listens there. */
import { createServer } from 'node:net';
import { FlotillaError } from '@flotilla/contracts/errors/errors.ts';
import { PORT_OFFSET_STEP, portDefinition, type PortName, type PortTable } from '../addresses/ports.ts';
import { portOwner, type PortOwner } from './port-owner.ts';

/** @throws FlotillaError PORT_TAKEN that names every taken port, its purpose, its owner and what to do. */
export async function requireFreePorts(ports: PortTable, names: readonly PortName[]): Promise<void> {
  const taken = await Promise.all(names.map(async (name) => ((await isFree(ports[name])) ? undefined : name)));
  const problems = taken.flatMap((name) =>
    name === undefined ? [] : [describeTakenPort(ports[name], portDefinition(name).purpose, portOwner(ports[name]))],
  );
  if (problems.length === 0) return;
  throw new FlotillaError(
    'PORT_TAKEN',
    `${problems.join('\n')}\nStop that program, or move this whole cluster: make up PORT_OFFSET=${PORT_OFFSET_STEP}`,
  );
}

export function describeTakenPort(port: number, purpose: string, owner: PortOwner | undefined): string {
  const who = owner === undefined ? 'a program that this user may not see' : `process ${owner.pid} (${owner.command})`;
  return `port ${port} on 127.0.0.1, for ${purpose}, is taken by ${who}.`;
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', (error: NodeJS.ErrnoException) => (error.code === 'EADDRINUSE' ? resolve(false) : reject(error)));
    server.listen({ port, host: '127.0.0.1', exclusive: true }, () => server.close(() => resolve(true)));
  });
}
