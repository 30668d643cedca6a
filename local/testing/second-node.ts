/** Another process node for a running test cluster, which a test can lose: its process and the processes of its pods are killed at once. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { assert } from '@flotilla/contracts/errors/assert.ts';
import { systemClock } from '@flotilla/runtime/clock.ts';
import { podRange } from '../addresses/pod-range.ts';
import type { NodeConfig } from '../process-node/node-config.ts';
import { listPodRecords } from '../process-node/pod-record-files.ts';
import { signalProcess } from '../processes/process-identity.ts';
import { startProcess } from '../processes/process-table.ts';
import type { StateFolder } from '../files/state-folder.ts';

export interface SecondNode {
  readonly name: string;
  /** As when the machine loses its power: nothing of the node runs on, and no object of the API server changes. */
  lose(): void;
}

const MAIN = resolve(import.meta.dirname, '..', 'process-node', 'main.ts');

/** The node registers itself within seconds; `make down` stops it with the other processes of the state folder. */
export function startSecondNode(folder: StateFolder, offset: number): SecondNode {
  const first = JSON.parse(readFileSync(join(folder.configDir, 'process-node.json'), 'utf8')) as NodeConfig;
  const name = `${first.nodeName}-2`;
  const config: NodeConfig = {
    ...first,
    nodeName: name,
    servesCluster: false,
    // The administrator's: the credentials of the first node may write that node alone.
    kubeconfigFile: folder.kubeconfigFile,
    podRange: podRange(join(folder.root, name), offset),
    podsDir: `${first.podsDir}-2`,
    podLogsDir: `${first.podLogsDir}-2`,
  };
  for (const dir of [config.podsDir, config.podLogsDir]) mkdirSync(dir, { recursive: true, mode: 0o700 });
  const configFile = join(folder.configDir, `${name}.json`);
  writeFileSync(configFile, JSON.stringify(config), { mode: 0o600 });
  const managed = startProcess(
    folder.processesDir,
    {
      name: 'process-node-2',
      command: process.execPath,
      args: [MAIN],
      env: { ...first.childEnvironment, FLOTILLA_NODE_CONFIG: configFile },
      cwd: first.checkoutDir,
      logFile: join(folder.logsDir, 'process-node-2.log'),
    },
    systemClock,
  );
  return {
    name,
    lose() {
      const killed = signalProcess(managed.identity, 'SIGKILL', 'process');
      assert(killed, 'expected a running process node to lose, found none');
      for (const { containers } of listPodRecords(config.podsDir)) {
        for (const { state } of containers) if (state.type === 'running') signalProcess(state.process, 'SIGKILL', 'group');
      }
    },
  };
}
