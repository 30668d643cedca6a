/** Starts a kube-controller-manager with chosen controllers against the API server of a test. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { findBinary } from '@flotilla/runtime/testing/find-binary.ts';
import { type ServerProcess, startServerProcess } from '@flotilla/runtime/testing/server-process.ts';

/** @param controllers Names as in `--controllers`; the other controllers stay off. */
export function startControllerManager(kubeconfigText: string, controllers: readonly string[]): Promise<ServerProcess> {
  return startServerProcess({
    name: 'kube-controller-manager',
    command: findBinary('kube-controller-manager'),
    configure(port, folder) {
      const kubeconfig = join(folder, 'kubeconfig');
      writeFileSync(kubeconfig, kubeconfigText, { mode: 0o600 });
      return [
        `--kubeconfig=${kubeconfig}`,
        `--controllers=${controllers.join(',')}`,
        '--leader-elect=false',
        // The defaults are made for larger clusters.
        '--kube-api-qps=200',
        '--kube-api-burst=400',
        '--bind-address=127.0.0.1',
        `--secure-port=${port}`,
        `--cert-dir=${folder}`,
      ];
    },
  });
}
