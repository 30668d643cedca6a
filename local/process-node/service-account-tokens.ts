/** Requests and renews the ServiceAccount tokens of pods. */
import type { Clock } from '@flotilla/contracts/ports.ts';
import { type Cluster, ClusterError, KUBERNETES_TYPES, resourcePath } from '@flotilla/kube/mod.ts';
import type { Pod } from './pod-types.ts';
import type { TokenRequest } from './volume-content.ts';

/** A token is renewed after this part of its life, as the kubelet does. */
const RENEW_AFTER = 0.8;

interface Token {
  readonly bytes: Uint8Array;
  readonly renewAtMs: number;
}

interface TokenAnswer {
  readonly status?: { readonly token?: string; readonly expirationTimestamp?: string };
}

export interface ServiceAccountTokens {
  /** Asks for the tokens that are missing or old; the result gives them out. */
  ensure(pod: Pod, requests: readonly TokenRequest[]): Promise<(request: TokenRequest) => Uint8Array>;
  forget(pod: Pod): void;
}

/** Tokens bound to their pod: they end with it. */
export function makeServiceAccountTokens(cluster: Pick<Cluster, 'raw'>, clock: Pick<Clock, 'nowMs'>): ServiceAccountTokens {
  const tokens = new Map<string, Token>();
  const keyOf = (pod: Pod, request: TokenRequest): string => `${pod.metadata.uid}/${request.expirationSeconds}/${request.audience ?? ''}`;

  const ask = async (pod: Pod, request: TokenRequest): Promise<Token> => {
    const { namespace, name, uid } = pod.metadata;
    const account = pod.spec.serviceAccountName ?? 'default';
    const answer = (await cluster.raw({
      method: 'POST',
      path: resourcePath(KUBERNETES_TYPES.serviceAccount, { namespace, name: account, subresource: 'token' }),
      body: {
        apiVersion: 'authentication.k8s.io/v1',
        kind: 'TokenRequest',
        spec: {
          ...(request.audience === undefined ? {} : { audiences: [request.audience] }),
          expirationSeconds: request.expirationSeconds,
          boundObjectRef: { apiVersion: 'v1', kind: 'Pod', name, uid },
        },
      },
    })) as TokenAnswer;
    const nowMs = clock.nowMs();
    const lifeMs = Date.parse(answer.status?.expirationTimestamp ?? '') - nowMs;
    return { bytes: Buffer.from(answer.status?.token ?? '', 'utf8'), renewAtMs: nowMs + lifeMs * RENEW_AFTER };
  };

  return {
    async ensure(pod, requests) {
      for (const request of requests) {
        const key = keyOf(pod, request);
        const known = tokens.get(key);
        if (known !== undefined && clock.nowMs() < known.renewAtMs) continue;
        try {
          tokens.set(key, await ask(pod, request));
        } catch (error) {
          // The old one is good for a while yet.
          if (known === undefined || !(error instanceof ClusterError)) throw error;
        }
      }
      return (request) => tokens.get(keyOf(pod, request))?.bytes ?? new Uint8Array();
    },
    forget(pod) {
      for (const key of tokens.keys()) if (key.startsWith(`${pod.metadata.uid}/`)) tokens.delete(key);
    },
  };
}
