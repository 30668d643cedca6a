/** Tries a plain TCP connection to an address, and sends no byte. For the prober of the network. */
import { connect, isIP } from 'node:net';

/**
 * - `Open`: the address accepted the connection.
 * - `Closed`: no connection within the time, or an error. A policy engine drops or refuses.
 * - `Unresolved`: the host name has no address, so no connection was tried.
 */
export type KnockAnswer = 'Open' | 'Closed' | 'Unresolved';

export interface Address {
  readonly host: string;
  readonly port: number;
}

/** Never rejects. Resolves within `timeoutMs`, the look-up of the host name included. */
export function knock({ host, port }: Address, timeoutMs: number): Promise<KnockAnswer> {
  return new Promise((resolve) => {
    let isResolved = isIP(host) !== 0;
    const socket = connect({ host, port, timeout: timeoutMs });
    const answer = (one: KnockAnswer): void => {
      socket.destroy();
      resolve(one);
    };
    const failed = (): void => answer(isResolved ? 'Closed' : 'Unresolved');
    socket.on('lookup', (error) => {
      isResolved ||= error === null;
    });
    socket.on('connect', () => answer('Open'));
    socket.on('timeout', failed);
    socket.on('error', failed);
  });
}
