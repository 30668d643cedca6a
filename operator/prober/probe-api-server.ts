/**
 * Asks the authorizer of the API server what the ServiceAccount of a principal may do.
 *
 * The operator asks by SubjectAccessReview, with the groups that a token of the ServiceAccount has. So the prober makes no token and sends no
 * request in the name of another, and nothing happens where a wall is missing.
 */
import { API_SAMPLE, apiRequests, type ApiRequest, describeApiRequest } from '@flotilla/contracts/access/api-denials.ts';
import { FlotillaError } from '@flotilla/contracts/errors/errors.ts';
import type { Clock } from '@flotilla/contracts/ports.ts';
import type { Cluster } from '@flotilla/kube/mod.ts';
import type { Tried } from '@flotilla/runtime/identity/try-cells.ts';
import { z } from 'zod';

const PATH = '/apis/authorization.k8s.io/v1/subjectaccessreviews';
const API_VERSION = 'authorization.k8s.io/v1';
/** Every cluster has this namespace, and no tenant has it. */
const ELSEWHERE = 'kube-system';
/** Between two requests, so that the prober sends at most 50 in a second. */
const PAUSE_MS = 20;
const LEAK_PREFIX = 'API server: ';

const answerSchema = z.looseObject({ status: z.looseObject({ allowed: z.boolean() }) });

export interface ApiServerProbe extends Tried {
  readonly forbiddenCount: number;
}

export interface ProbeApiServerOptions {
  readonly cluster: Pick<Cluster, 'raw'>;
  readonly namespace: string;
  readonly clock: Pick<Clock, 'sleep'>;
  readonly signal: AbortSignal;
}

/** @throws FlotillaError when the API server does not answer or refuses the question, and the reason of `signal` */
export async function probeApiServer(options: ProbeApiServerOptions, serviceAccount: string): Promise<ApiServerProbe> {
  const { namespace, clock, signal } = options;
  const allowedOf = async (requests: readonly ApiRequest[]): Promise<readonly ApiRequest[]> => {
    const allowed: ApiRequest[] = [];
    for (const request of requests) {
      if (await isAllowed(options, serviceAccount, request)) allowed.push(request);
      await clock.sleep(PAUSE_MS, signal);
    }
    return allowed;
  };
  const forbidden = apiRequests(namespace, ELSEWHERE);
  const leaks = await allowedOf(forbidden);
  // A platform team may take single rights from all users, so one allowed request shows that the authorizer works.
  const isAnswered = (await allowedOf(API_SAMPLE)).length > 0;
  return { forbiddenCount: forbidden.length, leaks: leaks.map(described), unanswered: isAnswered ? [] : API_SAMPLE.map(described) };
}

async function isAllowed(
  { cluster, namespace, signal }: ProbeApiServerOptions,
  serviceAccount: string,
  request: ApiRequest,
): Promise<boolean> {
  const spec = {
    user: `system:serviceaccount:${namespace}:${serviceAccount}`,
    groups: ['system:serviceaccounts', `system:serviceaccounts:${namespace}`, 'system:authenticated'],
    resourceAttributes: request,
  };
  const body = { apiVersion: API_VERSION, kind: 'SubjectAccessReview', spec };
  const answer = answerSchema.safeParse(await cluster.raw({ method: 'POST', path: PATH, body, signal }));
  if (answer.success) return answer.data.status.allowed;
  throw new FlotillaError('CLUSTER_UNAVAILABLE', 'expected the verdict of a SubjectAccessReview, found another answer');
}

function described(request: ApiRequest): string {
  return `${LEAK_PREFIX}${describeApiRequest(request)}`;
}
