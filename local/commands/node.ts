/** `node local/main.ts node …`: a real Kubernetes node on this machine, as root. */
import { resolve } from 'node:path';
import { FlotillaError } from '@flotilla/contracts/errors/errors.ts';
import { ensurePackagedPrograms } from '../binaries/debian-packages.ts';
import { ensureBinaries } from '../binaries/ensure-binaries.ts';
import { withFileLock } from '../processes/file-lock.ts';
import { formatSeconds } from '../print/progress.ts';
import { downNode } from '../real-node/down-node.ts';
import { loadAppImage } from '../real-node/images/app-image.ts';
import { imageStore } from '../real-node/images/image-store.ts';
import { loadProgramImage } from '../real-node/images/program-image.ts';
import type { NodeContext } from '../real-node/node-context.ts';
import { NODE_NETWORK } from '../real-node/node-layout.ts';
import { nodeObstacles } from '../real-node/node-obstacles.ts';
import { ensureNodePrograms, nodeRuns, upNode } from '../real-node/up-node.ts';

/** Programs of an official Redis image that the chart uses. */
const REDIS_PACKAGES = [
  { program: 'redis-server', package: 'redis-server' },
  { program: 'redis-cli', package: 'redis-tools' },
  { program: 'sh', package: 'dash' },
] as const;

export const NODE_USAGE = 'node up | down | load-image [CHECKOUT] | check';

export async function nodeCommand(context: NodeContext, args: readonly string[]): Promise<number> {
  const { layout, settings, log } = context;
  const [action, checkout = settings.checkoutDir] = args;
  switch (action) {
    case 'up':
      await upNode(context);
      summary(context);
      return 0;
    case 'down': {
      const programs = await ensureNodePrograms(context);
      const stopped = await withFileLock(
        layout.lockFile,
        () => undefined,
        () => downNode(context, programs),
      );
      log(stopped ? 'the node is down, and its state forgotten' : 'no node was running');
      return 0;
    }
    case 'load-image':
      await loadImages(context, resolve(checkout));
      return 0;
    case 'check': {
      const obstacles = nodeObstacles(layout, settings.pathDirs);
      log(obstacles.length === 0 ? 'this machine can run a real node' : obstacles.join('\n'));
      return obstacles.length === 0 ? 0 : 1;
    }
    default:
      throw new FlotillaError('CONFIG_INVALID', `expected ${NODE_USAGE}, found ${JSON.stringify(args)}`);
  }
}

/** The project's image and those of NATS and Redis; prints a line `<what> <image>` for each. */
async function loadImages(context: NodeContext, checkout: string): Promise<void> {
  const { layout, settings, clock, log, env } = context;
  if (!nodeRuns(layout)) throw new FlotillaError('CLUSTER_UNAVAILABLE', 'the node does not run: node local/main.ts node up');
  const startedMs = clock.monotonicMs();
  const programs = await ensureNodePrograms(context);
  const store = imageStore(layout, programs);
  const { 'nats-server': nats } = await ensureBinaries(['nats-server'], { settings, clock, log, env });
  const redis = await ensurePackagedPrograms(REDIS_PACKAGES, { pathDirs: settings.pathDirs, cacheDir: settings.cacheDir, clock, log, env });
  log(`flotilla ${(await loadAppImage(store, 'flotilla.dev/flotilla', checkout)).image}`);
  log(`nats ${await loadProgramImage(store, 'flotilla.dev/nats', { 'nats-server': nats })}`);
  log(`redis ${await loadProgramImage(store, 'flotilla.dev/redis', redis)}`);
  log(`loaded in ${formatSeconds(clock.monotonicMs() - startedMs)}`);
}

function summary({ layout, log }: NodeContext): void {
  log(`  node address  ${NODE_NETWORK.nodeAddress}; pods ${NODE_NETWORK.podRange}; logs in ${layout.logsDir}`);
  log('  next          node local/main.ts node load-image, then helm install with those images');
  log(`export KUBECONFIG=${layout.kubeconfigFile}`);
}
