/** The file format in which a user's claims travel with the seed that proves them ("creds"), as the tools of NATS read it. */
import { FlotillaError } from '@flotilla/contracts/errors/errors.ts';
import type { BusLogin } from './bus-keys.ts';

const JWT_BLOCK = /-----BEGIN NATS USER JWT-----\s+(\S+)\s+-+END NATS USER JWT-+/;
const SEED_BLOCK = /-----BEGIN USER NKEY SEED-----\s+(\S+)\s+-+END USER NKEY SEED-+/;

/** @throws FlotillaError `CONFIG_INVALID` for another text; the message does not repeat the text */
export function parseCreds(text: string): BusLogin {
  const [jwt, seed] = [JWT_BLOCK.exec(text)?.[1], SEED_BLOCK.exec(text)?.[1]];
  if (jwt === undefined || seed === undefined)
    throw new FlotillaError('CONFIG_INVALID', 'expected a creds file with the blocks NATS USER JWT and USER NKEY SEED, found another text');
  return { jwt, seed };
}
