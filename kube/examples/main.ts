/**
 * The mirror as a program: `KUBECONFIG=~/.kube/config node kube/examples/main.ts`. Gives the library the four ports that it asks for: time,
 * randomness, a logger and a metrics library.
 */
import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Clock, connectCluster, type KernelLogger, makeControlMetrics, type MetricSource, type Rng } from '../mod.ts';
import { startMirror } from './mirror.ts';

const clock: Clock = {
  nowMs: () => Date.now(),
  monotonicMs: () => performance.now(),
  async sleep(delayMs, signal) {
    await sleep(delayMs, undefined, signal === undefined ? {} : { signal }).catch(() => signal?.throwIfAborted());
  },
  after(delayMs, callback) {
    const timer = setTimeout(callback, delayMs);
    return () => clearTimeout(timer);
  },
};

const rng: Rng = { next: () => Math.random(), bytes: (length) => new Uint8Array(randomBytes(length)) };

const write = (fields: Readonly<Record<string, unknown>>, message: string): void => {
  const { err, ...rest } = fields;
  process.stdout.write(`${JSON.stringify({ message, ...rest, ...(err instanceof Error ? { error: err.message } : {}) })}\n`);
};
const logger: KernelLogger = { debug: () => undefined, info: write, warn: write, error: write };

/** Drops every metric; a program writes them to a metrics library such as prom-client. */
const metrics: MetricSource = {
  counter: () => ({ inc: () => undefined }),
  gauge: () => ({ set: () => undefined }),
  histogram: () => ({ observe: () => undefined }),
};

const cluster = connectCluster({ from: { kubeconfigPath: process.env['KUBECONFIG'] ?? '' }, clock, userAgent: 'mirror' });
const mirror = startMirror({ cluster, clock, rng, logger, metrics: makeControlMetrics(metrics) });

process.once('SIGTERM', () => {
  void mirror.stop().then(() => cluster.close());
});
