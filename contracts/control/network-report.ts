/**
 * STATUS bucket, keys that end with `.network`: which addresses a pod reached when it last tried. A service writes the report once a minute while the
 * operator gives it addresses to try. The operator is the only reader.
 */
import { z } from 'zod';
import { timestamp, token } from '../values/scalars.ts';

/** Bound on the addresses that a service tries. */
export const TRIED_TARGETS_MAX = 16;
const names = z.array(token).max(TRIED_TARGETS_MAX);

export const networkReportSchema = z.strictObject({
  schemaVersion: z.literal(1),
  instance: z.string().min(1).max(128),
  /** The bus, which every policy opens. While a new connection to it fails, the silence of other addresses proves nothing. */
  permitted: z.enum(['Reached', 'Silent']),
  /** Forbidden addresses that did not accept a connection. */
  denied: names,
  /** Forbidden addresses that accepted a connection twice, with a pause between. */
  reached: names,
  /** Forbidden addresses whose host name has no address, so that the service tried no connection. */
  unresolved: names,
  triedAt: timestamp,
});
export type NetworkReport = z.infer<typeof networkReportSchema>;

const hostAndPort = { host: z.string().min(1).max(253), port: z.int().min(1).max(65_535) };

/** The setting FLOTILLA_NETWORK_TARGETS of a service, as JSON. */
export const networkTargetsSchema = z.strictObject({
  permitted: z.strictObject(hostAndPort),
  denied: z.array(z.strictObject({ name: token, ...hostAndPort })).max(TRIED_TARGETS_MAX),
});
export type NetworkTargets = z.infer<typeof networkTargetsSchema>;
