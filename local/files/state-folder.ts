/** Gives the paths of all files of a local cluster. */
import { join } from 'node:path';

/** Where everything of one local cluster lies. */
export interface StateFolder {
  readonly root: string;
  /** Port offset and pod range, remembered between commands. */
  readonly portsFile: string;
  /** Passwords and tokens, mode 0600. */
  readonly credentialsFile: string;
  /** Every key of the bus, mode 0600. */
  readonly busKeysFile: string;
  /** For the `flotilla` command, mode 0600. */
  readonly cliFile: string;
  /** The administrator's. */
  readonly kubeconfigFile: string;
  readonly lockFile: string;
  /** For a user's PATH: kubectl of the right version. */
  readonly binDir: string;
  readonly processesDir: string;
  readonly logsDir: string;
  readonly podLogsDir: string;
  readonly dataDir: string;
  /** Streams of the bus. */
  readonly busDataDir: string;
  /** Claims of the accounts of the bus. */
  readonly busAccountsDir: string;
  readonly certificatesDir: string;
  readonly configDir: string;
  readonly podsDir: string;
  readonly volumesDir: string;
}

export function stateFolder(root: string): StateFolder {
  return {
    root,
    portsFile: join(root, 'ports.json'),
    credentialsFile: join(root, 'credentials.json'),
    busKeysFile: join(root, 'bus-keys.json'),
    cliFile: join(root, 'cli.json'),
    kubeconfigFile: join(root, 'kubeconfig'),
    lockFile: join(root, 'lock'),
    binDir: join(root, 'bin'),
    processesDir: join(root, 'processes'),
    logsDir: join(root, 'logs'),
    podLogsDir: join(root, 'logs', 'pods'),
    dataDir: join(root, 'data'),
    busDataDir: join(root, 'data', 'nats'),
    busAccountsDir: join(root, 'data', 'nats-accounts'),
    certificatesDir: join(root, 'certificates'),
    configDir: join(root, 'config'),
    podsDir: join(root, 'pods'),
    volumesDir: join(root, 'volumes'),
  };
}
