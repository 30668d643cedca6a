/** Reconciles one Strategy with client-node, the official JavaScript client. The operator benchmark compares it with our kernel. */
import { createHash, randomBytes } from 'node:crypto';
import type { KubernetesObject } from '@kubernetes/client-node';
import { formatTime } from '@flotilla/contracts/values/format-time.ts';

const HASH_ANNOTATION = 'flotilla.dev/applied-hash';
const FINALIZER = 'flotilla.dev/bus';

export type ChildKind = 'serviceAccount' | 'networkPolicy' | 'deployment';

interface PeerCondition {
  readonly type: string;
  readonly status: string;
  readonly reason: string;
  readonly message: string;
}

export interface PeerStrategy extends KubernetesObject {
  readonly status?: { readonly conditions?: readonly PeerCondition[] };
}

/** A child; of a Deployment the status is read too. */
export interface PeerChild extends KubernetesObject {
  readonly status?: { readonly readyReplicas?: number };
}

export interface PeerWorld {
  /** Manifests as text with {{NAME}}, {{UID}}, {{HASH}} and {{KEY}}. */
  readonly templates: Readonly<Record<ChildKind | 'secret', string>>;
  /** Also the operator's finalizer and key Secret. */
  readonly allWrites: boolean;
  strategy(name: string): PeerStrategy | undefined;
  child(kind: ChildKind, name: string): PeerChild | undefined;
  hasSecret(name: string): boolean;
  applyChild(kind: ChildKind, name: string, body: object): Promise<void>;
  createSecret(body: object): Promise<void>;
  applyFinalizer(name: string, body: object): Promise<void>;
  applyStatus(name: string, body: object): Promise<void>;
}

const READY_CONDITIONS: readonly PeerCondition[] = [
  { type: 'Ready', status: 'True', reason: 'Running', message: 'the agent runs and its orders are taken' },
  { type: 'Reconciling', status: 'False', reason: 'Idle', message: '' },
  { type: 'Stalled', status: 'False', reason: 'NotStalled', message: '' },
];

/** Reconciles one Strategy. Does not write a child whose cached hash equals the hash of its manifest. */
export function makeReconcile(world: PeerWorld): (name: string) => Promise<void> {
  const { templates, allWrites } = world;

  const ensureChild = async (kind: ChildKind, strategy: string, uid: string): Promise<void> => {
    const manifest = templates[kind].replaceAll('{{NAME}}', strategy).replaceAll('{{UID}}', uid);
    const hash = createHash('sha256').update(manifest).digest('base64url');
    const held = world.child(kind, `${strategy}-agent`);
    if (held?.metadata?.annotations?.[HASH_ANNOTATION] === hash) return;
    await world.applyChild(kind, `${strategy}-agent`, JSON.parse(manifest.replace('{{HASH}}', hash)) as object);
  };

  const writeStatus = async (strategy: PeerStrategy, name: string): Promise<void> => {
    const deployment = world.child('deployment', `${name}-agent`);
    if ((deployment?.status?.readyReplicas ?? 0) < 1) return;
    const { generation, namespace, uid } = strategy.metadata ?? {};
    const held = strategy.status?.conditions ?? [];
    if (
      READY_CONDITIONS.every((one) =>
        held.some(({ type, status, reason }) => type === one.type && status === one.status && reason === one.reason),
      )
    )
      return;
    const lastTransitionTime = `${formatTime(Date.now()).slice(0, 19)}Z`;
    await world.applyStatus(name, {
      apiVersion: 'flotilla.dev/v1alpha1',
      kind: 'Strategy',
      metadata: { name, namespace, uid },
      status: {
        observedGeneration: generation,
        state: 'Running',
        conditions: READY_CONDITIONS.map((one) => ({ ...one, observedGeneration: generation, lastTransitionTime })),
      },
    });
  };

  return async (name) => {
    const strategy = world.strategy(name);
    const { uid = '', namespace, finalizers, deletionTimestamp } = strategy?.metadata ?? {};
    if (strategy === undefined || deletionTimestamp !== undefined) return;
    if (allWrites && finalizers?.includes(FINALIZER) !== true) {
      const metadata = { name, namespace, uid, finalizers: [FINALIZER] };
      await world.applyFinalizer(name, { apiVersion: 'flotilla.dev/v1alpha1', kind: 'Strategy', metadata });
    }
    if (allWrites && !world.hasSecret(`${name}-agent-key`)) {
      const secret = templates.secret.replaceAll('{{NAME}}', name).replaceAll('{{UID}}', uid);
      await world.createSecret(JSON.parse(secret.replace('{{KEY}}', randomBytes(20).toString('base64'))) as object).catch(unlessThere);
    }
    for (const kind of ['serviceAccount', 'networkPolicy', 'deployment'] as const) await ensureChild(kind, name, uid);
    await writeStatus(strategy, name);
  };
}

function unlessThere(error: unknown): void {
  if ((error as { readonly code?: number }).code !== 409) throw error;
}
