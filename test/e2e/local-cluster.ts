/** Starts a local cluster for one test, with its own state folder and ports, and removes it afterwards. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ClusterCommands, clusterCommands, outputOf, runCommand } from './cluster-commands.ts';

const root = join(import.meta.dirname, '../..');
/** Far from the default ports, so that a developer's own cluster may run beside the tests. */
const PORT_OFFSET_BASE = 4_000;

/** The file that `make up` writes for the command line. */
export interface CommandLineSettings {
  readonly kubeconfig: string;
  readonly kubectl: string;
  readonly namespace: string;
  readonly natsUrl: string;
  readonly gatewayUrl: string;
}

export interface LocalCluster extends ClusterCommands {
  readonly stateDir: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly settings: CommandLineSettings;
  /** `node local/main.ts …` */
  local(...args: readonly string[]): Promise<string>;
  stop(): Promise<void>;
}

/** `slot` keeps the ports of test files apart. */
export async function startLocalCluster(slot: number): Promise<LocalCluster> {
  const stateDir = mkdtempSync(join(tmpdir(), 'flotilla-e2e-'));
  const environment = {
    ...(process.env as Record<string, string>),
    FLOTILLA_STATE_DIR: stateDir,
    FLOTILLA_CLI_CONFIG: join(stateDir, 'cli.json'),
    PORT_OFFSET: String(PORT_OFFSET_BASE + slot * 100),
  };
  const local = async (...args: readonly string[]): Promise<string> =>
    outputOf(await runCommand(process.execPath, [join(root, 'local/main.ts'), ...args], environment), `local ${args.join(' ')}`);
  await local('up');
  const settings = JSON.parse(readFileSync(join(stateDir, 'cli.json'), 'utf8')) as CommandLineSettings;
  return {
    ...clusterCommands({ ...settings, environment }),
    stateDir,
    environment,
    settings,
    local,
    async stop() {
      await local('clean');
      rmSync(stateDir, { recursive: true, force: true });
    },
  };
}
