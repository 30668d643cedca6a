/** The operator's settings as its pod would read them from a rendered chart. */
import { operatorSettingsSchema, workloadSettings } from '@flotilla/operator/settings.ts';
import type { WorkloadSettings } from '@flotilla/operator/workload/settings.ts';
import { loadConfig } from '@flotilla/runtime/config.ts';
import type { RenderedObject } from './render-chart.ts';

/** Names a file of the operator's pod, which no test has. */
export const STORE_PASSWORD_FILE = 'FLOTILLA_STORE_PASSWORD_FILE';

export interface Variable {
  readonly name: string;
  readonly value?: string;
}

export function operatorVariables(objects: readonly RenderedObject[]): readonly Variable[] {
  const operator = objects.find(({ kind, metadata }) => kind === 'Deployment' && metadata.name === 'flotilla-operator');
  if (operator === undefined) throw new Error('expected the Deployment flotilla-operator, found none');
  const { template } = operator['spec'] as {
    readonly template: { readonly spec: { readonly containers: readonly { readonly env: readonly Variable[] }[] } };
  };
  return template.spec.containers[0]?.env ?? [];
}

export function operatorSettingsOf(objects: readonly RenderedObject[]): WorkloadSettings {
  const values = operatorVariables(objects).map(({ name, value }) =>
    name === STORE_PASSWORD_FILE ? (['FLOTILLA_STORE_PASSWORD', 'from-file'] as const) : ([name, value ?? 'from-elsewhere'] as const),
  );
  const environment = { ...Object.fromEntries(values), KUBERNETES_SERVICE_HOST: '10.96.0.1' };
  return workloadSettings(loadConfig('operator', operatorSettingsSchema, environment));
}
