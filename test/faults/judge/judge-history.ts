/** Checks the history of one plan: no wrong delete, no second child, no loosened halt, no flood of requests to a server that refuses. Pure. */
import type { KubeObject } from '@flotilla/kube/mod.ts';
import { signatureOf } from '../proxy/api-request.ts';
import { BY_PLAN } from '../proxy/answers.ts';
import type { LoggedRequest } from '../proxy/strike-request.ts';
import type { ConfigWrite, ConsumerChange, HaltCompleted, HaltWrite } from '../world/bus-recorder.ts';
import type { TruthEvent } from '../world/recorder.ts';
import { whyUnwanted } from './desired-children.ts';
import { haltProblems } from './judge-halts.ts';

/** A server that refuses is asked again with back-off. */
const REFUSED_PER_SECOND_MAX = 20;
/** The recorders of bus and API server are two. */
const RECORDERS_APART_MS = 1_000;

export interface History {
  /** In the order of resource versions, from an empty world on. */
  readonly events: readonly TruthEvent[];
  readonly requests: readonly LoggedRequest[];
  readonly configWrites: readonly ConfigWrite[];
  readonly consumerChanges: readonly ConsumerChange[];
  readonly haltWrites: readonly HaltWrite[];
  readonly haltsCompleted: readonly HaltCompleted[];
}

/** Errors in the history, one sentence each. */
export function historyProblems(history: History): readonly string[] {
  const { events, requests, haltWrites, haltsCompleted } = history;
  return [
    ...deleteProblems(events, requests),
    ...duplicateProblems(events),
    ...keyProblems(events, requests),
    ...leavingProblems(history),
    ...consumerProblems(history),
    ...haltProblems(haltWrites, events, haltsCompleted),
    ...hammeringProblems(requests),
  ];
}

interface DeleteBody {
  readonly preconditions?: { readonly uid?: string };
}
interface DeleteAnswer {
  readonly details?: { readonly uid?: string };
  readonly metadata?: { readonly uid?: string };
}

function deleteProblems(events: readonly TruthEvent[], requests: readonly LoggedRequest[]): readonly string[] {
  return requests.flatMap(({ request, body, answer, statusCode }) => {
    if (request.verb !== 'delete' || statusCode < 200 || statusCode > 299) return [];
    const said = JSON.parse(answer || '{}') as DeleteAnswer;
    const uid = (JSON.parse(body || '{}') as DeleteBody).preconditions?.uid ?? said.details?.uid ?? said.metadata?.uid;
    const born = events.findIndex(({ object }) => object.metadata.uid === uid);
    const object = events[born]?.object;
    const title = `delete of ${request.resource}/${request.name ?? ''} (uid ${uid ?? 'unknown'})`;
    if (object === undefined) return [`${title}: it never existed`];
    const died = events.findIndex((event) => event.type === 'DELETED' && event.object.metadata.uid === uid);
    return wasUnwanted(events, request.resource, object, born, died === -1 ? events.length : died)
      ? []
      : [`${title}: it was wanted all its life`];
  });
}

function wasUnwanted(events: readonly TruthEvent[], resource: string, object: KubeObject, born: number, died: number): boolean {
  const moment = new Map<string, Map<string, KubeObject>>();
  return events.slice(0, died).some((event, index) => {
    step(moment, event);
    return index >= born && whyUnwanted(resource, object, moment) !== undefined;
  });
}

function step(moment: Map<string, Map<string, KubeObject>>, { resource, type, object }: TruthEvent): void {
  const objects = moment.get(resource) ?? new Map<string, KubeObject>();
  moment.set(resource, objects);
  if (type === 'DELETED') objects.delete(object.metadata.name);
  else objects.set(object.metadata.name, object);
}

/** Each role has at most one object of a kind, under any name. */
function duplicateProblems(events: readonly TruthEvent[]): readonly string[] {
  const living = new Map<string, Set<string>>();
  return events.flatMap(({ resource, type, object: { metadata } }) => {
    const labels = metadata.labels ?? {};
    if (labels['app.kubernetes.io/managed-by'] !== 'flotilla-operator') return [];
    // A volume claim is known by its name alone: one component may keep several.
    const role = [
      resource,
      labels['app.kubernetes.io/component'],
      labels['flotilla.dev/portfolio'],
      labels['flotilla.dev/strategy'],
      ...(resource === 'persistentvolumeclaims' ? [metadata.name] : []),
      // Each life of a Strategy has a key of its own. The garbage collector deletes the key of the former life.
      ...(resource === 'secrets' ? [metadata.ownerReferences?.[0]?.uid ?? ''] : []),
    ].join(' ');
    const names = living.get(role) ?? new Set();
    living.set(role, names);
    if (type === 'DELETED') names.delete(metadata.name);
    else names.add(metadata.name);
    return type === 'ADDED' && names.size > 1 ? [`${resource}: ${[...names].join(' and ')} stand for the same thing (${role})`] : [];
  });
}

/** The ids of an agent depend on its key, so there is one key for each life of a Strategy, unless another client deletes the key. */
function keyProblems(events: readonly TruthEvent[], requests: readonly LoggedRequest[]): readonly string[] {
  const made = new Map<string, number>();
  for (const { request, body, statusCode } of requests) {
    if (request.verb !== 'create' || request.resource !== 'secrets' || statusCode !== 201) continue;
    const owner = ownerUid(JSON.parse(body) as KubeObject);
    made.set(owner, (made.get(owner) ?? 0) + 1);
  }
  return [...made].flatMap(([owner, count]) => {
    const lost = events.filter(
      ({ resource, type, object }) => resource === 'secrets' && type === 'DELETED' && ownerUid(object) === owner,
    ).length;
    return count > lost + 1 ? [`the key of the Strategy with uid ${owner} was made ${count} times and lost ${lost} times`] : [];
  });
}

function ownerUid({ metadata }: KubeObject): string {
  return metadata.ownerReferences?.[0]?.uid ?? '';
}

/**
 * A finalizer is removed only from an object that is being deleted. While there is an exec, the finalizer of a Strategy stays until exec was
 * told to halt the Strategy.
 */
function leavingProblems({ events, requests, configWrites }: History): readonly string[] {
  return requests.flatMap(({ request, body, statusCode, atMs }) => {
    if (request.verb !== 'apply' || statusCode !== 200 || request.subresource !== undefined) return [];
    const { metadata } = JSON.parse(body) as KubeObject;
    if (metadata.finalizers === undefined || metadata.finalizers.length > 0) return [];
    const { uid, name } = metadata;
    const title = `finalizer of ${request.resource}/${name}`;
    const marked = events.find(({ object }) => object.metadata.uid === uid && object.metadata.deletionTimestamp !== undefined);
    // A policy keeps its finalizer while a Portfolio or Strategy uses it.
    if (request.resource === 'riskpolicies')
      return wasUnused(events, name, uid) ? [] : [`${title}: the finalizer was removed although the object was in use all the time`];
    if (marked === undefined) return [`${title}: the finalizer was removed although there was no deletion`];
    if (request.resource !== 'strategies') return [];
    const portfolio = (marked.object as KubeObject & { readonly spec: { readonly portfolioRef: { readonly name: string } } }).spec
      .portfolioRef.name;
    const told = configWrites.some(
      (write) =>
        write.portfolio === portfolio &&
        write.atMs <= atMs + RECORDERS_APART_MS &&
        write.atMs >= marked.atMs - RECORDERS_APART_MS &&
        (write.config === undefined || write.config.strategies.every((one) => one.name !== name || one.desiredState === 'Halted')),
    );
    return told || !portfolioStood(events, portfolio, marked.atMs, atMs)
      ? []
      : [`${title}: the finalizer was removed before exec was told to halt the strategy`];
  });
}

function wasUnused(events: readonly TruthEvent[], name: string, uid: string | undefined): boolean {
  const moment = new Map<string, Map<string, KubeObject>>();
  let held = false;
  return events.some((event) => {
    step(moment, event);
    held ||= event.object.metadata.uid === uid && (event.object.metadata.finalizers ?? []).length > 0;
    const users = [...(moment.get('portfolios')?.values() ?? []), ...(moment.get('strategies')?.values() ?? [])];
    return (
      held &&
      !users.some(
        (user) => (user as { readonly spec?: { readonly riskPolicyRef?: { readonly name: string } } }).spec?.riskPolicyRef?.name === name,
      )
    );
  });
}

/** True when the portfolio was there, not being deleted, at every moment between the two. */
function portfolioStood(events: readonly TruthEvent[], name: string, fromMs: number, throughMs: number): boolean {
  const own = events.filter(
    ({ resource, object, atMs }) => resource === 'portfolios' && object.metadata.name === name && atMs <= throughMs,
  );
  const leaves = ({ type, object }: TruthEvent): boolean => type === 'DELETED' || object.metadata.deletionTimestamp !== undefined;
  const before = own.filter(({ atMs }) => atMs <= fromMs).at(-1);
  return before !== undefined && !leaves(before) && !own.some((event) => event.atMs > fromMs && leaves(event));
}

/** A consumer holds a place in a stream: without it, its service would skip or repeat messages. */
function consumerProblems({ events, consumerChanges }: History): readonly string[] {
  return consumerChanges.flatMap(({ action, stream, consumer, atMs }) => {
    if (action !== 'delete') return [];
    const [, kind, portfolio, , strategy] = /^(agent|exec)-([^_]+)(_(.+))?$/.exec(consumer) ?? [];
    const [resource, name] = kind === 'agent' ? ['strategies', strategy] : ['portfolios', portfolio];
    const createdAtMs =
      consumerChanges.findLast((one) => one.action === 'create' && one.consumer === consumer && one.atMs <= atMs)?.atMs ?? 0;
    const left = events.some(
      (event) =>
        event.resource === resource &&
        event.object.metadata.name === name &&
        (event.type === 'DELETED' || event.object.metadata.deletionTimestamp !== undefined) &&
        event.atMs >= createdAtMs - RECORDERS_APART_MS &&
        event.atMs <= atMs + RECORDERS_APART_MS,
    );
    return left ? [] : [`consumer ${stream}/${consumer}: deleted although ${resource} ${name ?? ''} was to stay`];
  });
}

function hammeringProblems(requests: readonly LoggedRequest[]): readonly string[] {
  const times = new Map<string, number[]>();
  for (const { request, answer, atMs } of requests) {
    // Each event is another object; they are written beside the work, at a rate of their own.
    if (answer !== BY_PLAN || request.resource === 'events') continue;
    const signature = signatureOf(request);
    times.set(signature, [...(times.get(signature) ?? []), atMs]);
  }
  return [...times].flatMap(([signature, list]) => {
    const worst = Math.max(...list.map((from) => list.filter((atMs) => atMs >= from && atMs < from + 1_000).length));
    return worst > REFUSED_PER_SECOND_MAX ? [`${signature}: sent ${worst} times within a second to a server that refuses`] : [];
  });
}
