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

/** Takes pairs of host and port, and prints an answer for each as JSON. */
const KNOCK = [
  'const { connect } = require("node:net");',
  'const knock = ([host, port]) => new Promise((resolve) => {',
  `const socket = connect({ host, port, timeout: ${KNOCK_MS_MAX} });`,
  'const say = (word) => { socket.destroy(); resolve(word); };',
  'socket.on("connect", () => say("open")).on("timeout", () => say("silent")).on("error", (error) => say(error.code));',
  '});',
  'Promise.all(JSON.parse(process.argv[1]).map(knock)).then((answers) => process.stdout.write(JSON.stringify(answers)));',
].join('');

export interface Place {
  readonly host: string;
  readonly port: number;
}

/** For each place, in order: `open`, `silent` (dropped on the way), or the error's code. All places are tried at once. */
export async function knockAll(cluster: ClusterCommands, from: readonly string[], places: readonly Place[]): Promise<readonly string[]> {
  const pairs = JSON.stringify(places.map(({ host, port }) => [host, port]));
  const result = await cluster.tryKubectl(['exec', ...from, '--', 'node', '--eval', KNOCK, pairs]);
  return JSON.parse(outputOf(result, `knocking from ${from.join(' ')}`)) as readonly string[];
}

export async function knock(cluster: ClusterCommands, from: readonly string[], host: string, port: number): Promise<string> {
  const [answer = ''] = await knockAll(cluster, from, [{ host, port }]);
  return answer;
}

export interface Webhook {
  readonly gatewayUrl: string;
  readonly signal: 'BUY' | 'SELL';
  /** Key of the probe pod's Secret whose value signs the webhook. Default: `secret`. */
  readonly key?: string;
}

/** Sends one signed webhook from inside the cluster, from the probe pod of `namespace`. Rejects unless the gateway accepts the webhook. */
export async function sendWebhook(
  cluster: ClusterCommands,
  namespace: string,
  { gatewayUrl, signal, key = 'secret' }: Webhook,
): Promise<void> {
  const alert = ['--source', 'desk', '--instrument', 'BTC-USD', '--price', '611.9', '--signal', signal, '--strength', '0.8'];
  const send = ['node', '/app/cli/main.ts', '--gateway-url', gatewayUrl, 'send', ...alert, '--secret-file', `${SECRET_DIR}/${key}`];
  outputOf(await cluster.tryKubectl(['exec', PROBE_POD, '-n', namespace, '--', ...send]), 'the webhook');
}
