/** Starts etcd and kube-apiserver with the CRDs, new for each contender. The API server runs without its rate limits for clients. */
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { type Cluster, type KubeManifest, KUBERNETES_TYPES } from '@flotilla/kube/mod.ts';
import { applyDefinition, startTestApiServer, type TestApiServer } from '@flotilla/kube/testing/api-server.ts';
import { systemClock } from '@flotilla/runtime/clock.ts';
import { eventually } from '@flotilla/runtime/testing/eventually.ts';
import { parse } from 'yaml';
import { type Counter, parseCounters } from './counters.ts';

export const NAMESPACE = 'trading';
const CRDS = join(import.meta.dirname, '../../crds/generated');
/** After its start and each new CRD the API server builds OpenAPI documents for some seconds; no measurement runs during that time. */
const IDLE_CPU_SECONDS_PER_S = 0.15;
const IDLE_MS_MAX = 60_000;
const SAMPLE_MS = 1_000;

export interface ControlPlane {
  readonly api: TestApiServer;
  readonly cluster: Cluster;
  /** The present values of `apiserver_request_total`. */
  requests(): Promise<readonly Counter[]>;
  /** Of the API server, since it started. */
  cpuSeconds(): Promise<number>;
  /** Number of open watches of all clients. */
  watches(): Promise<number>;
  stop(): Promise<void>;
}

export async function startControlPlane(): Promise<ControlPlane> {
  const api = await startTestApiServer({
    apiserverArgs: [
      '--max-requests-inflight=4000',
      '--max-mutating-requests-inflight=4000',
      '--enable-priority-and-fairness=false',
      '--profiling=false',
      '--event-ttl=1h',
    ],
  });
  const cluster = api.connect('flotilla-bench');
  await cluster.create(KUBERNETES_TYPES.namespace, { apiVersion: 'v1', kind: 'Namespace', metadata: { name: NAMESPACE } });
  for (const file of readdirSync(CRDS)) await applyDefinition(cluster, parse(readFileSync(join(CRDS, file), 'utf8')) as KubeManifest);
  const counters = async (...names: readonly string[]): Promise<readonly Counter[]> => parseCounters(await scrape(api), new Set(names));
  const cpuSeconds = async (): Promise<number> => (await counters('process_cpu_seconds_total'))[0]?.value ?? 0;
  let before = await cpuSeconds();
  await eventually(
    'the API server has nothing more to do',
    async () => {
      await systemClock.sleep(SAMPLE_MS);
      const now = await cpuSeconds();
      const used = now - before;
      before = now;
      return used < IDLE_CPU_SECONDS_PER_S * (SAMPLE_MS / 1_000);
    },
    IDLE_MS_MAX,
  );
  return {
    api,
    cluster,
    requests: () => counters('apiserver_request_total'),
    cpuSeconds,
    async watches() {
      const open = (await counters('apiserver_longrunning_requests')).filter(({ labels }) => labels['verb'] === 'WATCH');
      return open.reduce((sum, { value }) => sum + value, 0);
    },
    stop: () => api.stop(),
  };
}

/** `/metrics` is text, so not for the Cluster port. */
async function scrape({ port, token }: TestApiServer): Promise<string> {
  const { Agent, request } = await import('node:https');
  const agent = new Agent({ rejectUnauthorized: false });
  return new Promise((resolve, reject) => {
    const sent = request(`https://127.0.0.1:${port}/metrics`, { agent, headers: { authorization: `Bearer ${token}` } }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
      response.on('end', () => resolve(text));
    });
    sent.on('error', reject);
    sent.end();
  });
}
