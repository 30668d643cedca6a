/** Where a local cluster's processes serve their metrics, with the labels that a scrape gives them. */
import { SERVICES, type Service } from '../metric-table.ts';
import { jobName } from '../promql.ts';
import { TARGET_LABELS } from '../target-labels.ts';

export interface ScrapeTarget {
  readonly service: Service;
  readonly address: string;
  readonly labels: Readonly<Record<string, string>>;
}

interface PodList {
  readonly items: readonly {
    readonly metadata: {
      readonly name: string;
      readonly namespace: string;
      readonly labels?: Readonly<Record<string, string>>;
      readonly deletionTimestamp?: string;
    };
    readonly spec: {
      readonly containers: readonly { readonly ports?: readonly { readonly name?: string; readonly containerPort: number }[] }[];
    };
    readonly status: { readonly podIP?: string };
  }[];
}

/** Address of each process of a local cluster that runs outside of a pod. */
export type ProcessAddresses = Readonly<Record<'operator' | 'callout', string>>;

/** @param pods what `kubectl get pods -o json` prints; pods that are ending are left out */
export function scrapeTargets(pods: string, processes: ProcessAddresses): readonly ScrapeTarget[] {
  const { items } = JSON.parse(pods) as PodList;
  const found = items.flatMap(({ metadata, spec, status }) => {
    const port = spec.containers.flatMap(({ ports = [] }) => ports).find(({ name }) => name === 'http')?.containerPort;
    const labels = targetLabelsOf(metadata.labels ?? {});
    const service = SERVICES.find((one) => jobName(one) === labels['job']);
    if (metadata.deletionTimestamp !== undefined || port === undefined || service === undefined || status.podIP === undefined) return [];
    return [{ service, address: `${status.podIP}:${port}`, labels: { ...labels, namespace: metadata.namespace, pod: metadata.name } }];
  });
  const outside = (['operator', 'callout'] as const).map((service) => ({
    service,
    address: processes[service],
    labels: { job: jobName(service), namespace: 'trading', pod: service },
  }));
  return [...outside, ...found];
}

export interface ServedMetric {
  readonly type: string;
  /** Labels of its samples, without `le`. */
  readonly labels: ReadonlySet<string>;
}

/** The metrics that a process serves, by name. */
export async function servedMetrics(address: string): Promise<ReadonlyMap<string, ServedMetric>> {
  const response = await fetch(`http://${address}/metrics`, { signal: AbortSignal.timeout(10_000) });
  const served = new Map<string, { type: string; labels: Set<string> }>();
  for (const line of (await response.text()).split('\n')) {
    const [, name = '', type = ''] = /^# TYPE (\S+) (\S+)$/.exec(line) ?? [];
    if (name !== '') served.set(name, { type, labels: new Set() });
    const [, sample = '', labels = ''] = /^([a-z_]+)\{(.*)\} /.exec(line) ?? [];
    const metric = served.get(sample) ?? served.get(sample.replace(/_(bucket|sum|count)$/, ''));
    for (const [, label = ''] of labels.matchAll(/([a-z_]+)="/g)) if (label !== 'le') metric?.labels.add(label);
  }
  return served;
}

/** The labels of a series from the labels of its pod. A label that the pod lacks is left out. */
function targetLabelsOf(podLabels: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  return Object.fromEntries(
    TARGET_LABELS.flatMap(({ podLabel, label, replacement }) => {
      const value = podLabels[podLabel];
      return value === undefined ? [] : [[label, replacement.replace('$1', value)]];
    }),
  );
}
