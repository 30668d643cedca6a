/** Renders the charts with helm. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ProgramOutcome, tryProgram } from '@flotilla/local/processes/run-program.ts';
import { parseAllDocuments } from 'yaml';
import { chartTools } from './chart-tools.ts';

export const CHARTS_DIR = join(import.meta.dirname, '..');
/** The API server of the tests; the least that the charts accept is in their Chart.yaml. */
const KUBERNETES_VERSION = '1.36.3';

export interface ChartCase {
  readonly chart?: 'flotilla' | 'flotilla-crds';
  readonly release?: string;
  readonly namespace?: string;
  /** Files of the chart, as `-f`. */
  readonly valueFiles?: readonly string[];
  /** Over the files. */
  readonly values?: Readonly<Record<string, unknown>>;
}

export interface RenderedObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string; readonly [key: string]: unknown };
  readonly [key: string]: unknown;
}

/** Runs helm with the chart and values of a case, for example `['template']`. */
export async function runHelm(command: readonly string[], chartCase: ChartCase = {}): Promise<ProgramOutcome> {
  const { helm } = await chartTools();
  const folder = mkdtempSync(join(tmpdir(), 'flotilla-values-'));
  try {
    const chart = join(CHARTS_DIR, chartCase.chart ?? 'flotilla');
    const valuesFile = join(folder, 'values.yaml');
    writeFileSync(valuesFile, JSON.stringify(chartCase.values ?? {}));
    const files = [...(chartCase.valueFiles ?? []).map((name) => join(chart, name)), valuesFile];
    const home = { HELM_CACHE_HOME: folder, HELM_CONFIG_HOME: folder, HELM_DATA_HOME: folder };
    const place = ['--namespace', chartCase.namespace ?? 'trading', ...files.flatMap((file) => ['--values', file])];
    const subject = command[0] === 'lint' ? [chart] : [chartCase.release ?? 'flotilla', chart];
    return await tryProgram([helm, ...command, ...subject, ...place], { env: { ...process.env, ...home } });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The manifests, as text. @throws Error with helm's message */
export async function renderChart(chartCase: ChartCase = {}): Promise<string> {
  const { code, stdout, stderr } = await runHelm(['template', '--kube-version', KUBERNETES_VERSION], chartCase);
  if (code !== 0) throw new Error(stderr);
  return stdout;
}

export function parseObjects(text: string): readonly RenderedObject[] {
  return parseAllDocuments(text).flatMap((document) => {
    if (document.errors[0] !== undefined) throw document.errors[0];
    const object = document.toJS() as RenderedObject | null;
    return object === null ? [] : [object];
  });
}

export async function renderObjects(chartCase: ChartCase = {}): Promise<readonly RenderedObject[]> {
  return parseObjects(await renderChart(chartCase));
}
