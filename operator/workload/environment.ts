/** Builds the environment of a pod: the settings that every service reads, and its credentials. */
import { BUS_TOKEN_FILE, BUS_TOKEN_FOLDER, NORMALISER_TOKEN_FILE } from '@flotilla/contracts/access/bus-token.ts';
import type { WorkloadSettings } from './settings.ts';

/** Not below a folder that another volume of the pod has. */
export const STORE_LOGIN_FOLDER = '/etc/flotilla/store';

export type EnvironmentVariable =
  | { readonly name: string; readonly value: string }
  | { readonly name: string; readonly valueFrom: Readonly<Record<string, unknown>> };

export function commonEnvironment(settings: WorkloadSettings, port: number): readonly EnvironmentVariable[] {
  return [
    settings.pods?.host === undefined ? fieldVariable('HOST', 'status.podIP') : { name: 'HOST', value: settings.pods.host },
    fieldVariable('POD_NAME', 'metadata.name'),
    { name: 'PORT', value: String(port) },
    { name: 'LOG_LEVEL', value: settings.logLevel },
    { name: 'FLOTILLA_REVISION', value: settings.revision },
  ];
}

/** The collector of traces, for a service that exports traces. */
export function tracingEnvironment({ otlpEndpoint }: WorkloadSettings): readonly EnvironmentVariable[] {
  return otlpEndpoint === undefined ? [] : [{ name: 'OTEL_EXPORTER_OTLP_ENDPOINT', value: otlpEndpoint }];
}

/** NATS, and the token that proves to NATS who the pod is. The token lies in a volume of every pod. */
export function busEnvironment(settings: WorkloadSettings): readonly EnvironmentVariable[] {
  return [
    { name: 'NATS_URL', value: settings.natsUrl },
    { name: 'NATS_TOKEN_FILE', value: `${BUS_TOKEN_FOLDER}/${BUS_TOKEN_FILE}` },
  ];
}

/** The token of the second connection of the gateway. */
export const NORMALISER_TOKEN_VARIABLE: EnvironmentVariable = {
  name: 'NATS_NORMALISER_TOKEN_FILE',
  value: `${BUS_TOKEN_FOLDER}/${NORMALISER_TOKEN_FILE}`,
};

/** The store, and the folder with the gateway's login there. A changed login restarts no pod. */
export function storeEnvironment(settings: WorkloadSettings): readonly EnvironmentVariable[] {
  return [
    { name: 'REDIS_URL', value: settings.redisUrl },
    { name: 'FLOTILLA_STORE_LOGIN_DIR', value: STORE_LOGIN_FOLDER },
    { name: 'FLOTILLA_NAMESPACE', value: settings.namespace },
  ];
}

export function secretVariable(name: string, secret: string, key: string): EnvironmentVariable {
  return { name, valueFrom: { secretKeyRef: { name: secret, key } } };
}

function fieldVariable(name: string, fieldPath: string): EnvironmentVariable {
  return { name, valueFrom: { fieldRef: { fieldPath } } };
}
