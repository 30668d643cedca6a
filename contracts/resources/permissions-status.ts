/** What the prober found about the permissions of one principal, for the statuses of Strategy and Portfolio. */
import { z } from 'zod';
import { publicationsSchema } from './agent-role.ts';
import { TRIED_TARGETS_MAX } from '../control/network-report.ts';
import { timestamp, token } from '../values/scalars.ts';
import { listSet } from './fields.ts';

const CELLS_MAX = 100_000;
const count = z.int().min(0).max(CELLS_MAX);

const apiServerProofSchema = z
  .strictObject({
    forbiddenCount: count.describe('Number of forbidden requests that the prober asked about.'),
    leakCount: count.describe('Number of forbidden requests that the API server would allow.'),
    provenAt: timestamp.describe(
      'Time of the last answer, RFC 3339. The time is renewed every ten minutes at most, and at each change of the outcome.',
    ),
  })
  .describe('The last answers of the API server about the ServiceAccount of the pods; absent before the first ones.');

const targetNames = listSet(token, TRIED_TARGETS_MAX);

const networkProofSchema = z
  .strictObject({
    state: z
      .enum(['Holds', 'Leaks', 'Unknown', 'NotEnforced'])
      .describe(
        'Holds: the pod reached the bus and no forbidden address. Leaks: the pod reached a forbidden address. Unknown: no recent report of the pod proves either. NotEnforced: by the settings of the installation, nothing enforces NetworkPolicies.',
      ),
    denied: targetNames.optional().describe('Forbidden addresses that the pod tried and did not reach, by name.'),
    reached: targetNames.optional().describe('Forbidden addresses that the pod reached, by name.'),
    message: z
      .string()
      .min(1)
      .max(256)
      .regex(/^[ -~]*$/)
      .describe('Reason for the state, for people.'),
    provenAt: timestamp
      .optional()
      .describe(
        'Time at which the pod last tried, RFC 3339; absent without a recent report. The time is renewed every ten minutes at most, and at each change of the outcome.',
      ),
  })
  .describe('The outcome of the connections that the pod of the principal tries; absent before the operator looked for a report.');
export type NetworkProofStatus = z.infer<typeof networkProofSchema>;

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
    apiServer: apiServerProofSchema.optional(),
    network: networkProofSchema.optional(),
  })
  .describe('The last proof of the permissions at the bus, at the API server and in the network; absent before the first one.');
export type PermissionsStatus = z.infer<typeof permissionsStatusSchema>;

export const revocationStatusSchema = z
  .strictObject({
    publications: publicationsSchema
      .exclude(['Deliver'])
      .describe(
        'Where the decisions go instead. Proposals: the bus stores proposals alone. Quarantine: to the stream QUARANTINE. Nothing: the bus refuses them.',
      ),
    stream: z.literal('DECISIONS').describe('Stream that the sequence belongs to.'),
    throughSequence: z
      .int()
      .min(0)
      .max(Number.MAX_SAFE_INTEGER)
      .describe(
        'Last sequence of the stream after every server of the bus had taken the right away. Decisions of the agent up to the sequence may have been in flight. A decision with a greater sequence would be a leak.',
      ),
    servers: z
      .string()
      .max(7)
      .regex(/^\d{1,3}\/\d{1,3}$/)
      .optional()
      .describe('Servers of the bus that had taken the right away before the sequence was read, of all servers, for example 3/3.'),
    since: timestamp.describe('Time at which the operator took the right away, RFC 3339.'),
  })
  .describe('The fence of decisions whose right of publication the AgentRole took away; absent while decisions are delivered to exec.');
export type RevocationStatus = z.infer<typeof revocationStatusSchema>;

/** Subjects that a status names. */
export const LEAK_SUBJECTS_MAX = 4;

export const leakStatusSchema = z
  .strictObject({
    foundAt: timestamp.describe('Time of the probe that found the leak, RFC 3339. A person who resumes the Strategy names the time.'),
    leakCount: count.describe('Number of forbidden subjects that the probe reached.'),
    subjects: listSet(
      z
        .string()
        .min(1)
        .max(256)
        .regex(/^[ -~]*$/),
      LEAK_SUBJECTS_MAX,
    ).describe(`Forbidden subjects that the probe reached, at most ${LEAK_SUBJECTS_MAX} of leakCount.`),
  })
  .describe('The leak that keeps the agent stopped until a person resumes the Strategy; absent without one.');
export type LeakStatus = z.infer<typeof leakStatusSchema>;
