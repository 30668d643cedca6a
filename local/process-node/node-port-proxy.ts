/** Serves NodePort Services of the process node: the part of kube-proxy that a local cluster needs. */
import { connect, createServer, type Server, type Socket } from 'node:net';
import type { Clock } from '@flotilla/contracts/ports.ts';
import type { KernelLogger, Reflector } from '@flotilla/kube/mod.ts';
import type { PodRecord } from './container-record.ts';
import { HOST_ADDRESS } from './node-manifest.ts';
import type { Pod } from './pod-types.ts';
import { nodePorts, type Service, type ServicePort, serviceTargets, type Target } from './service-targets.ts';

export interface NodePortProxyOptions {
  readonly services: Pick<Reflector<Service>, 'onChange' | 'list'>;
  readonly pods: () => readonly { readonly pod: Pod; readonly record: PodRecord }[];
  readonly clock: Clock;
  readonly logger: KernelLogger;
}

const LISTEN_RETRY_MS = 2_000;

interface Listener {
  readonly server: Server;
  service: Service;
  port: ServicePort;
}

/** Stands in for kube-proxy: listens on 127.0.0.1:<nodePort> of every NodePort Service and hands each connection to a ready pod. */
export function startNodePortProxy({ services, pods, clock, logger }: NodePortProxyOptions): void {
  const listeners = new Map<number, Listener>();
  let turn = 0;

  const listen = (nodePort: number, listener: Listener): void => {
    listener.server.listen(nodePort, HOST_ADDRESS);
  };

  const open = (nodePort: number, service: Service, port: ServicePort): void => {
    const server = createServer({ allowHalfOpen: true, pauseOnConnect: true });
    const listener: Listener = { server, service, port };
    server.on('connection', (socket) => {
      const targets = serviceTargets(listener.service, listener.port, pods());
      turn += 1;
      forward(socket, [...targets.slice(turn % targets.length), ...targets.slice(0, turn % targets.length)]);
    });
    server.on('error', (error) => {
      logger.warn({ err: error, nodePort, service: service.metadata.name }, 'node port cannot be listened on; trying again');
      clock.after(LISTEN_RETRY_MS, () => {
        if (listeners.get(nodePort) === listener) listen(nodePort, listener);
      });
    });
    listeners.set(nodePort, listener);
    listen(nodePort, listener);
    logger.info({ nodePort, service: service.metadata.name }, 'node port open');
  };

  const refresh = (): void => {
    const wanted = new Map(
      services.list().flatMap((service) => nodePorts(service).map((port) => [port.nodePort, { service, port }] as const)),
    );
    for (const [nodePort, listener] of listeners) {
      if (wanted.has(nodePort)) continue;
      listener.server.close();
      listeners.delete(nodePort);
    }
    for (const [nodePort, { service, port }] of wanted) {
      const listener = listeners.get(nodePort);
      if (listener === undefined) open(nodePort, service, port);
      else Object.assign(listener, { service, port });
    }
  };
  services.onChange(refresh);
}

/** Tries one target after the other; a client without any target is cut off. */
function forward(client: Socket, targets: readonly Target[]): void {
  const [target, ...others] = targets;
  if (target === undefined) {
    client.destroy();
    return;
  }
  const upstream = connect({ host: target.address, port: target.port, allowHalfOpen: true });
  let connected = false;
  upstream.on('connect', () => {
    connected = true;
    client.pipe(upstream);
    upstream.pipe(client);
  });
  upstream.on('error', () => (connected ? client.destroy() : forward(client, others)));
  upstream.on('close', () => connected && client.destroy());
  client.once('error', () => upstream.destroy());
  client.once('close', () => upstream.destroy());
}
