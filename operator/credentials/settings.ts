/** Schema of the settings of the credentials job. The start of the job and the reference page read it. */
import { objectName } from '@flotilla/contracts/values/scalars.ts';
import { z } from 'zod';
import { CREDENTIAL_PARTS } from './credential-secrets.ts';

const text = z.string().min(1);

/** Settings of the job that creates missing credentials. */
export const credentialsSettingsSchema = z.object({
  KUBECONFIG: text.optional().describe("Kubeconfig file. Without one the service uses its pod's ServiceAccount."),
  KUBERNETES_SERVICE_HOST: text.optional().describe('Address of the API server inside the cluster. Kubernetes sets the value.'),
  KUBERNETES_SERVICE_PORT: text.default('443').describe('Port of the API server inside the cluster. Kubernetes sets the value.'),
  FLOTILLA_NAMESPACE: objectName.describe('Namespace in which the job creates the Secrets.'),
  FLOTILLA_CREDENTIALS: z
    .string()
    .transform((list) => list.split(',').map((part) => part.trim()))
    .pipe(z.array(z.enum(CREDENTIAL_PARTS)).min(1))
    .describe('Credentials that the job creates when they are missing, separated by commas. `nats`: the keys of the bus, all together.'),
});
export type CredentialsSettings = z.infer<typeof credentialsSettingsSchema>;
