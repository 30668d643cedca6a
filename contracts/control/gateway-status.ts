/** STATUS bucket, key `gateway.<name>`: the gateway's report about each of its sources, written after every change and at least every five seconds. */
import { z } from 'zod';
import { timestamp, token } from '../values/scalars.ts';
import { rowCountsSchema } from './row-counts.ts';
import { workerProblemSchema } from './worker-problem.ts';

/** The gateway of a tenant namespace; also the name of its Deployment. */
export const GATEWAY_NAME = 'flotilla-gateway';
/** Bound on the sources in a report; the gateway's configuration has the same bound. */
export const REPORTED_SOURCES_MAX = 256;

/** Bound on the text about the normaliser. */
export const NORMALISER_PROBLEM_CHARS_MAX = 512;

export const sourceReportSchema = z.strictObject({
  name: token,
  /** Absent: the gateway serves the source. Present: the gateway leaves the source out, or does not serve all its datasets, for this reason. */
  problem: workerProblemSchema.optional(),
  /** The gateway accepts two secrets of the source. */
  acceptsNext: z.literal(true).optional(),
  /** Rows of all datasets of the source that can be replayed. Absent while the gateway still counts them, and for sources of webhooks. */
  rows: rowCountsSchema.optional(),
});
export type SourceReport = z.infer<typeof sourceReportSchema>;

export const gatewayStatusSchema = z.strictObject({
  schemaVersion: z.literal(1),
  gateway: token,
  instance: z.string().min(1).max(128),
  /** Every source of the sources file. */
  sources: z.array(sourceReportSchema).max(REPORTED_SOURCES_MAX),
  /** Why the normaliser of this gateway has turned no raw signal into a normalized one for some seconds. Absent: it works. */
  normaliserProblem: z.string().max(NORMALISER_PROBLEM_CHARS_MAX).optional(),
  updatedAt: timestamp,
});
export type GatewayStatus = z.infer<typeof gatewayStatusSchema>;
