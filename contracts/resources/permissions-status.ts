/** What the prober found about the permissions of one principal, for the statuses of Strategy and Portfolio. */
import { z } from 'zod';
import { timestamp } from '../values/scalars.ts';

const CELLS_MAX = 100_000;
const count = z.int().min(0).max(CELLS_MAX);

export const permissionsStatusSchema = z
  .strictObject({
    forbiddenCount: count.describe('Number of forbidden subjects that the last probe tried.'),
    allowedCount: count.describe('Number of permitted subjects that the last probe tried.'),
    leakCount: count.describe('Number of forbidden subjects that the last probe reached.'),
    servers: z
      .string()
      .max(7)
      .regex(/^\d{1,3}\/\d{1,3}$/)
      .optional()
      .describe('Servers of the bus that have loaded the claims of the account, of all servers, for example 3/3.'),
    provenAt: timestamp.describe(
      'Time of the last probe, RFC 3339. The time is renewed every ten minutes at most, and at each change of the outcome.',
    ),
  })
  .describe('The last proof of the permissions at the bus; absent before the first one.');
export type PermissionsStatus = z.infer<typeof permissionsStatusSchema>;
