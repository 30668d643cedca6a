/** Builds the Node and Lease objects of the process node. */
import type { KubeManifest } from '@flotilla/kube/mod.ts';
import { metaTime, microTime } from '@flotilla/kube/objects/meta-time.ts';
import { POD_ADDRESSES_MAX } from '../addresses/pod-range.ts';

/** Which process stands behind the node, so that `make up` can tell a fresh node from a remembered one. */
export const NODE_PROCESS_ANNOTATION = 'flotilla.dev/process';
export const LEASE_NAMESPACE = 'kube-node-lease';
export const LEASE_SECONDS = 40;
/** Pace of a kubelet. */
export const LEASE_RENEW_EVERY_MS = 10_000;
export const HOST_ADDRESS = '127.0.0.1';

export interface Machine {
  readonly architecture: string;
  readonly cpus: number;
  readonly memoryBytes: number;
  readonly kernelVersion: string;
  readonly nodeVersion: string;
}

export function nodeManifest(name: string, processId: string, architecture: string): KubeManifest {
  return {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: {
      name,
      annotations: { [NODE_PROCESS_ANNOTATION]: processId },
      labels: {
        'kubernetes.io/hostname': name,
        'kubernetes.io/os': 'linux',
        'kubernetes.io/arch': goArchitecture(architecture),
        'flotilla.dev/node': 'process',
      },
    },
  };
}

export function nodeStatus(machine: Machine, readySinceMs: number, nowMs: number): unknown {
  const capacity = {
    cpu: String(machine.cpus),
    memory: `${Math.floor(machine.memoryBytes / 1024)}Ki`,
    pods: String(POD_ADDRESSES_MAX),
    'ephemeral-storage': '100Gi',
  };
  const condition = (type: string, status: string, reason: string, message: string) => ({
    type,
    status,
    reason,
    message,
    lastHeartbeatTime: metaTime(nowMs),
    lastTransitionTime: metaTime(readySinceMs),
  });
  return {
    capacity,
    allocatable: capacity,
    addresses: [
      { type: 'InternalIP', address: HOST_ADDRESS },
      { type: 'Hostname', address: 'localhost' },
    ],
    conditions: [
      condition('MemoryPressure', 'False', 'NotMeasured', 'the process node does not evict'),
      condition('DiskPressure', 'False', 'NotMeasured', 'the process node does not evict'),
      condition('PIDPressure', 'False', 'NotMeasured', 'the process node does not evict'),
      condition('Ready', 'True', 'ProcessNodeReady', 'pods run as child processes of this machine'),
    ],
    nodeInfo: {
      architecture: goArchitecture(machine.architecture),
      bootID: '',
      containerRuntimeVersion: `process://${machine.nodeVersion}`,
      kernelVersion: machine.kernelVersion,
      kubeProxyVersion: '',
      kubeletVersion: 'v1.36.3-flotilla-process-node',
      machineID: '',
      operatingSystem: 'linux',
      osImage: 'this machine, without containers',
      systemUUID: '',
    },
  };
}

export function leaseManifest(nodeName: string, nodeUid: string, nowMs: number): KubeManifest {
  return {
    apiVersion: 'coordination.k8s.io/v1',
    kind: 'Lease',
    metadata: {
      name: nodeName,
      namespace: LEASE_NAMESPACE,
      ownerReferences: [{ apiVersion: 'v1', kind: 'Node', name: nodeName, uid: nodeUid }],
    },
    spec: { holderIdentity: nodeName, leaseDurationSeconds: LEASE_SECONDS, renewTime: microTime(nowMs) },
  };
}

function goArchitecture(architecture: string): string {
  return architecture === 'x64' ? 'amd64' : architecture;
}
