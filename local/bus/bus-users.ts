import { IDENTITIES, IDENTITY_NAMES } from '@flotilla/contracts/identities.ts';
import type { BusUser } from './nats-config.ts';

/** Every user of the bus, with the rights that the published permission matrix gives it. */
export function busUsers(passwords: Readonly<Record<string, string>>): readonly BusUser[] {
  return IDENTITY_NAMES.map((name) => ({ name, password: passwords[name] ?? '', ...IDENTITIES[name].bus }));
}
