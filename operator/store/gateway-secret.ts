/** Makes the Secret by which a gateway logs in at the store. Pure. */
import { CREDENTIAL_KEYS, GATEWAY_STORE_SECRET } from '@flotilla/contracts/access/credential-secrets.ts';
import type { KubeManifest } from '@flotilla/kube/mod.ts';
import type { StoreLogin } from '@flotilla/runtime/store-login.ts';

export function gatewaySecret(namespace: string, { user, password }: StoreLogin): KubeManifest {
  const base64 = (text: string): string => Buffer.from(text).toString('base64');
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: {
      name: GATEWAY_STORE_SECRET,
      namespace,
      labels: { 'app.kubernetes.io/part-of': 'flotilla', 'app.kubernetes.io/managed-by': 'flotilla-operator' },
    },
    type: 'Opaque',
    data: { [CREDENTIAL_KEYS.user]: base64(user), [CREDENTIAL_KEYS.password]: base64(password) },
  };
}
