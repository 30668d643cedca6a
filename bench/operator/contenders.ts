/** The measured processes: the operator, and two peers that do the same work with other libraries. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { OPERATOR_ENVIRONMENT, OPERATOR_NODE_FLAGS } from '@flotilla/operator/node-process.ts';
import { type Contender, type ContenderInput, inheritedEnvironment, startPeer, startWithHealth } from './contender.ts';
import { childTemplates } from './templates.ts';

const ROOT = join(import.meta.dirname, '../..');
const GO_PEER = join(ROOT, 'bench/peers/controller-runtime');
const NODE_PEER = join(ROOT, 'bench/peers/client-node/main.ts');

/** `all`: what the operator writes for a Strategy. `four`: three children and one status, the least that does the work. */
export type PeerWrites = 'all' | 'four';

export function operatorContender(): Contender {
  return {
    name: 'operator',
    what: 'this operator',
    needsBus: true,
    start: ({ kubeconfigPath, namespace, nats, instance }) =>
      startWithHealth(process.execPath, [...OPERATOR_NODE_FLAGS, join(ROOT, 'operator/main.ts')], {
        ...OPERATOR_ENVIRONMENT,
        KUBECONFIG: kubeconfigPath,
        FLOTILLA_NAMESPACE: namespace,
        FLOTILLA_REVISION: 'bench',
        POD_NAME: instance,
        NATS_URL: nats?.url ?? '',
        FLOTILLA_BUS_IDENTITY_FILE: nats?.identity.operatorFile(nats.folder) ?? '',
        FLOTILLA_NATS_URL: nats?.url ?? '',
        FLOTILLA_REDIS_URL: 'redis://127.0.0.1:6379',
        LOG_LEVEL: process.env['FLOTILLA_BENCH_LOG'] ?? 'error',
      }),
  };
}

export function clientNodeContender(writes: PeerWrites, templatesPath: string): Contender {
  return {
    name: `client-node ${writes}`,
    what: "@kubernetes/client-node's informer and generated API, 10 workers",
    needsBus: false,
    start: (input) => startPeer(process.execPath, [NODE_PEER], peerEnvironment(input, 10, writes, templatesPath)),
  };
}

export function controllerRuntimeContender(workers: number, writes: PeerWrites, binary: string, templatesPath: string): Contender {
  return {
    name: `controller-runtime/${workers} ${writes}`,
    what: `Go's controller-runtime, ${workers} ${workers === 1 ? 'worker (its default)' : 'workers'}, GOMAXPROCS=1`,
    needsBus: false,
    start: (input) => startPeer(binary, [], { ...peerEnvironment(input, workers, writes, templatesPath), GOMAXPROCS: '1' }),
  };
}

function peerEnvironment({ kubeconfigPath, namespace }: ContenderInput, workers: number, writes: PeerWrites, templatesPath: string) {
  return {
    KUBECONFIG: kubeconfigPath,
    PEER_NAMESPACE: namespace,
    PEER_WORKERS: String(workers),
    PEER_WRITES: writes,
    PEER_TEMPLATES: templatesPath,
  };
}

/** The operator's own manifests as templates, in a file for the peers. */
export function writeTemplates(): string {
  const path = join(mkdtempSync(join(tmpdir(), 'flotilla-bench-templates-')), 'templates.json');
  writeFileSync(path, JSON.stringify(childTemplates()));
  return path;
}

/** Builds the Go peer. @throws Error with the output of the compiler, or when Go is missing. */
export function compileControllerRuntimePeer(): string {
  const binary = join(ROOT, '.cache/bench/controller-runtime-peer');
  const built = spawnSync('go', ['build', '-trimpath', '-buildvcs=false', '-ldflags=-s -w', '-o', binary, '.'], {
    cwd: GO_PEER,
    env: { ...inheritedEnvironment(), CGO_ENABLED: '0' },
    encoding: 'utf8',
  });
  if (built.status !== 0) throw new Error(`the Go peer could not be built:\n${built.stderr || String(built.error)}`);
  return binary;
}
