/** Builds the environment of a pod: the settings that every service reads, and its credentials. */
import { busSecretName, storeSecretName } from '@flotilla/contracts/access/credential-secrets.ts';
import type { IdentityName } from '@flotilla/contracts/access/identities.ts';
import type { WorkloadSettings } from './settings.ts';

export type EnvironmentVariable =
  | { readonly name: string; readonly value: string }
  | { readonly name: string; readonly valueFrom: Readonly<Record<string, unknown>> };

type Credentialed = Exclude<IdentityName, 'operator' | 'cli'>;

export function commonEnvironment(settings: WorkloadSettings, port: number): readonly EnvironmentVariable[] {
  return [
    settings.pods?.host === undefined ? fieldVariable('HOST', 'status.podIP') : { name: 'HOST', value: settings.pods.host },
    fieldVariable('POD_NAME', 'metadata.name'),
    { name: 'PORT', value: String(port) },
    { name: 'LOG_LEVEL', value: settings.logLevel },
    { name: 'FLOTILLA_REVISION', value: settings.revision },
    ...(settings.otlpEndpoint === undefined ? [] : [{ name: 'OTEL_EXPORTER_OTLP_ENDPOINT', value: settings.otlpEndpoint }]),
  ];
}

/** The service's own NATS user, from the Secret `flotilla-nats-<service>`. */
export function busEnvironment(settings: WorkloadSettings, service: Credentialed): readonly EnvironmentVariable[] {
  return credentials('NATS', settings.natsUrl, busSecretName(service));
}

/** The service's own Redis user, from the Secret `flotilla-redis-<service>`. */
export function storeEnvironment(settings: WorkloadSettings, service: Credentialed): readonly EnvironmentVariable[] {
  return credentials('REDIS', settings.redisUrl, storeSecretName(service));
}

export function secretVariable(name: string, secret: string, key: string): EnvironmentVariable {
  return { name, valueFrom: { secretKeyRef: { name: secret, key } } };
}

function credentials(prefix: string, url: string, secret: string): readonly EnvironmentVariable[] {
  return [
    { name: `${prefix}_URL`, value: url },
    secretVariable(`${prefix}_USER`, secret, 'user'),
    secretVariable(`${prefix}_PASSWORD`, secret, 'password'),
  ];
}

function fieldVariable(name: string, fieldPath: string): EnvironmentVariable {
  return { name, valueFrom: { fieldRef: { fieldPath } } };
}
