import { objectName } from '@flotilla/contracts/scalars.ts';
import { z } from 'zod';
import { CREDENTIAL_PARTS } from './credential-secrets.ts';

const text = z.string().min(1);

/** Settings of the job that creates missing credentials. */
export const credentialsSettingsSchema = z.object({
  /** A kubeconfig file; without one the pod's own service account is used. */
  KUBECONFIG: text.optional(),
  KUBERNETES_SERVICE_HOST: text.optional(),
  KUBERNETES_SERVICE_PORT: text.default('443'),
  /** Where the Secrets go. */
  FLOTILLA_NAMESPACE: objectName,
  /** Which credentials, separated by commas; the others are somebody else's. */
  FLOTILLA_CREDENTIALS: z
    .string()
    .transform((list) => list.split(',').map((part) => part.trim()))
    .pipe(z.array(z.enum(CREDENTIAL_PARTS)).min(1)),
});
