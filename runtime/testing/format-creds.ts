/** Writes the creds file of a user, for processes under test. */
import type { BusLogin } from '../identity/bus-keys.ts';

export function formatCreds({ jwt, seed }: BusLogin): string {
  return [
    '-----BEGIN NATS USER JWT-----',
    jwt,
    '------END NATS USER JWT------',
    '',
    '-----BEGIN USER NKEY SEED-----',
    seed,
    '------END USER NKEY SEED------',
    '',
  ].join('\n');
}
