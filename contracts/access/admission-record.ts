/** Records of the bucket PRINCIPALS: the operator writes them, the callout admits connections by them. */
import { z } from 'zod';
import { publicationsSchema } from '../resources/agent-role.ts';
import { personRoleSchema } from './person.ts';
import { timestamp } from '../values/scalars.ts';
import { BUS_TOKEN_AUDIENCE } from './bus-token.ts';

/** Bound on the keys of an API server: a rotation has two. */
const TOKEN_KEYS_MAX = 16;

/** The last change of what a principal may do at the bus. */
export const accessChangeSchema = z.strictObject({
  kind: z.enum(['Opened', 'Widened', 'Narrowed', 'Closed']),
  /** What the AgentRole left of the publications before the change; of agents alone. */
  from: publicationsSchema.optional(),
  /** When the operator planned the change, RFC 3339. */
  at: timestamp,
  /** The change is in force on every server, fenced where it takes decisions away, and in the audit log. */
  settled: z.boolean(),
  /**
   * The fence: last sequence of DECISIONS after every server had loaded the claims. No decision of the principal has a greater one. Of agents whose
   * decisions the bus keeps from exec.
   */
  throughSequence: z.int().min(0).max(Number.MAX_SAFE_INTEGER).optional(),
  /** Servers that had loaded the claims before the fence was read, of all: `3/3`. */
  servers: z.string().max(7).optional(),
});
export type AccessChange = z.infer<typeof accessChangeSchema>;

/**
 * Key `account.<namespace>.<entry>`, with the entry by {@link admissionEntry}: the account of the bus that the tokens of a ServiceAccount for one
 * audience open.
 */
export const admissionRecordSchema = z.strictObject({
  schemaVersion: z.literal(1),
  /** Name of the principal, for logs. */
  principal: z.string().min(1).max(256),
  /** Public key of the principal's account. */
  account: z.string().regex(/^A[A-Z2-7]{55}$/),
  /** Only tokens for this audience open the account. Absent: those for `flotilla-bus`. */
  audience: z.string().min(1).max(63).optional(),
  /** The principal is gone. The record stays, so that each start of the operator closes the account again. */
  closed: z.boolean(),
  /** What its AgentRole leaves of the publications of an agent. Absent: `Deliver`. */
  publications: publicationsSchema.optional(),
  /** The role of a person; of people alone. */
  personRole: personRoleSchema.optional(),
  /** The ServiceAccount itself, so that a token of a deleted one opens nothing to which a later one of the same name belongs; of people alone. */
  serviceAccountUid: z.string().min(1).max(64).optional(),
  /** Absent from records of an operator of an older version. */
  change: accessChangeSchema.optional(),
});
export type AdmissionRecord = z.infer<typeof admissionRecordSchema>;

/**
 * Name of a record among those of its namespace. A second audience has a record of its own, which a callout or an operator of a version without audiences
 * does not look at.
 */
export function admissionEntry(serviceAccount: string, audience: string = BUS_TOKEN_AUDIENCE): string {
  return audience === BUS_TOKEN_AUDIENCE ? serviceAccount : `${serviceAccount}.${audience}`;
}

/** Key `token-keys`: how to check tokens of ServiceAccounts without the API server. */
export const tokenKeysSchema = z.strictObject({
  schemaVersion: z.literal(1),
  /** Issuer of the tokens, as the API server names itself. */
  issuer: z.string().min(1).max(1_024),
  /** JSON Web Keys (RFC 7517), public. */
  keys: z.array(z.looseObject({ kty: z.string() })).max(TOKEN_KEYS_MAX),
});
export type TokenKeys = z.infer<typeof tokenKeysSchema>;
