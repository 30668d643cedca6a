/** A pod that does not belong to Flotilla. The cluster tests try forbidden connections from it, and send webhooks with it. */
import { type ClusterCommands, outputOf } from '../e2e/cluster-commands.ts';

export const PROBE_POD = 'desk';
const SECRET_DIR = '/secrets';
const KNOCK_MS_MAX = 3_000;

export function probePod(namespace: string, image: string, secret: string): string {
  return JSON.stringify({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: PROBE_POD, namespace, labels: { app: PROBE_POD } },
    spec: {
      automountServiceAccountToken: false,
      terminationGracePeriodSeconds: 0,
      containers: [
        {
          name: PROBE_POD,
          image,
          command: ['node', '--eval', 'setInterval(() => undefined, 1e6)'],
          volumeMounts: [{ name: 'secret', mountPath: SECRET_DIR }],
        },
      ],
      volumes: [{ name: 'secret', secret: { secretName: secret } }],
    },
  });
}

/** A program without quotes, so that every shell on the way passes it unchanged. */
const KNOCK = [
  'const [host, port] = process.argv.slice(1);',
  `const socket = require('node:net').connect({ host, port: Number(port), timeout: ${KNOCK_MS_MAX} });`,
  'const say = (word) => { process.stdout.write(word); process.exit(0); };',
  `socket.on('connect', () => say('open')).on('timeout', () => say('silent')).on('error', (error) => say(error.code));`,
].join('');

/** `open`, `silent` (dropped on the way), or the error's code. */
export async function knock(cluster: ClusterCommands, from: readonly string[], host: string, port: number): Promise<string> {
  const command = ['exec', ...from, '--', 'node', '--eval', KNOCK, host, String(port)];
  return outputOf(await cluster.tryKubectl(command), `knock at ${host}:${port} from ${from.join(' ')}`);
}

/** One signed webhook from inside the cluster; fails unless the gateway accepts it. */
export async function sendWebhook(cluster: ClusterCommands, namespace: string, gatewayUrl: string, signal: 'BUY' | 'SELL'): Promise<void> {
  const alert = ['--source', 'desk', '--instrument', 'BTC-USD', '--price', '611.9', '--signal', signal, '--strength', '0.8'];
  const send = ['node', '/app/cli/main.ts', '--gateway-url', gatewayUrl, 'send', ...alert, '--secret-file', `${SECRET_DIR}/secret`];
  outputOf(await cluster.tryKubectl(['exec', PROBE_POD, '-n', namespace, '--', ...send]), 'the webhook');
}
