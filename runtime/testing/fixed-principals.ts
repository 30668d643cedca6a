/** Principals that every installation has. */
import type { Principal } from '@flotilla/contracts/access/principal.ts';

export const FIXED_PRINCIPALS: readonly Principal[] = [
  { role: 'Gateway' },
  { role: 'Normaliser' },
  { role: 'AuditWriter' },
  { role: 'Reader' },
];
