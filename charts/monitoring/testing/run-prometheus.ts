/** A real Prometheus over given targets, with our alerts; data in a temporary folder. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { binaryPath } from '@flotilla/local/testing/binary-path.ts';
import { startServerProcess } from '@flotilla/runtime/testing/server-process.ts';
import { eventually } from '@flotilla/runtime/testing/eventually.ts';
import { stringify } from 'yaml';
import { ruleFile } from '../rule-file.ts';
import type { ScrapeTarget } from './scrape-targets.ts';

export interface RunningPrometheus {
  /** Series of an instant query. */
  query(
    expression: string,
  ): Promise<readonly { readonly metric: Readonly<Record<string, string>>; readonly value: readonly [number, string] }[]>;
  /** `data` of an API path. */
  api(path: string): Promise<unknown>;
  stop(): Promise<void>;
}

export async function runPrometheus(targets: readonly ScrapeTarget[]): Promise<RunningPrometheus> {
  const folder = mkdtempSync(join(tmpdir(), 'flotilla-prometheus-'));
  writeFileSync(join(folder, 'alerts.yaml'), ruleFile());
  writeFileSync(
    join(folder, 'prometheus.yaml'),
    stringify({
      global: { scrape_interval: '1s', evaluation_interval: '1s' },
      rule_files: ['alerts.yaml'],
      scrape_configs: [
        {
          job_name: 'fleet',
          static_configs: targets.map(({ address, labels }) => ({ targets: [address], labels })),
        },
      ],
    }),
  );
  const server = await startServerProcess({
    name: 'prometheus',
    command: binaryPath('prometheus'),
    configure: (port) => [
      `--config.file=${join(folder, 'prometheus.yaml')}`,
      `--storage.tsdb.path=${join(folder, 'data')}`,
      `--web.listen-address=127.0.0.1:${port}`,
    ],
  });
  const api = async (path: string): Promise<unknown> => {
    const response = await fetch(`http://127.0.0.1:${server.port}/api/v1/${path}`, { signal: AbortSignal.timeout(10_000) });
    const { data, error } = (await response.json()) as { readonly data?: unknown; readonly error?: string };
    if (error !== undefined) throw new Error(`${path}: ${error}`);
    return data;
  };
  await eventually('Prometheus answers', async () => (await api('status/buildinfo')) !== undefined);
  return {
    api,
    async query(expression) {
      const { result } = (await api(`query?query=${encodeURIComponent(expression)}`)) as {
        readonly result: Awaited<ReturnType<RunningPrometheus['query']>>;
      };
      return result;
    },
    async stop() {
      await server.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
