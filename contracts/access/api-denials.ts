/**
 * What the ServiceAccount of a principal must not do at the API server. The prober asks the API server about each denial, and `flotilla permissions`
 * shows them. Pure.
 *
 * No principal of the bus calls the API server, so each principal has the same denials. None of them is a right that Kubernetes gives to every
 * authenticated user.
 */
import { type ResourceDefinition, API_GROUP } from '../resources/definition.ts';
import { RESOURCES } from '../resources/catalogue.ts';
import { READER_SERVICE_ACCOUNT } from './bus-token.ts';
import { AUDIT_KEY_SECRET, BUS_KEY_SECRETS } from './credential-secrets.ts';
import { OPERATOR_SERVICE_ACCOUNT } from './operator-rights.ts';

/** Verbs on one kind of object. */
export interface ApiDenial {
  readonly group: string;
  /** With its subresource, if any: `pods/exec`. */
  readonly resource: string;
  readonly verbs: readonly string[];
  /** Names of objects that the verbs meet. A right may be limited to names, so a denial of every name must ask about one. */
  readonly names?: readonly string[];
  readonly where: 'own namespace' | 'other namespaces' | 'cluster';
}

const APPS = 'apps';
const RBAC = 'rbac.authorization.k8s.io';
const WRITE = ['create', 'update', 'patch', 'delete'] as const;
/** The keys that are worth most. */
const KEYS = [BUS_KEY_SECRETS.operator.name, AUDIT_KEY_SECRET.name] as const;

export const API_DENIALS: readonly ApiDenial[] = [
  ...own('', 'secrets', ['get', 'update', 'patch', 'delete'], KEYS),
  ...own('', 'secrets', ['list', 'watch', 'create']),
  ...own('', 'configmaps', ['list', ...WRITE]),
  ...own('', 'pods', ['list', ...WRITE]),
  ...own('', 'pods/exec', ['get', 'create']),
  ...own('', 'pods/attach', ['create']),
  ...own('', 'pods/portforward', ['create']),
  ...own('', 'pods/ephemeralcontainers', ['patch']),
  ...own('', 'pods/log', ['get']),
  ...own('', 'serviceaccounts', ['create', 'patch']),
  ...own('', 'serviceaccounts/token', ['create'], [OPERATOR_SERVICE_ACCOUNT, READER_SERVICE_ACCOUNT]),
  ...own('', 'services', ['create', 'patch']),
  ...own('', 'persistentvolumeclaims', ['create', 'delete']),
  ...own(APPS, 'deployments', WRITE),
  ...own(APPS, 'deployments/scale', ['patch']),
  ...own(APPS, 'statefulsets', ['create']),
  ...own(APPS, 'daemonsets', ['create']),
  ...own('batch', 'jobs', ['create']),
  ...own('batch', 'cronjobs', ['create']),
  ...own(RBAC, 'roles', ['create', 'update', 'patch', 'bind', 'escalate']),
  ...own(RBAC, 'rolebindings', ['create', 'update', 'patch']),
  ...own('networking.k8s.io', 'networkpolicies', WRITE),
  ...own('coordination.k8s.io', 'leases', ['create', 'update', 'patch']),
  ...own('events.k8s.io', 'events', ['create']),
  ...RESOURCES.flatMap(kindDenials),
  ...cluster('', 'namespaces', WRITE),
  ...cluster('', 'nodes/proxy', ['get', 'create']),
  ...cluster('', 'persistentvolumes', ['create']),
  ...cluster('', 'users', ['impersonate']),
  ...cluster('', 'groups', ['impersonate']),
  ...cluster('', 'serviceaccounts', ['impersonate']),
  ...cluster(RBAC, 'clusterroles', ['create', 'bind', 'escalate']),
  ...cluster(RBAC, 'clusterrolebindings', ['create']),
  ...cluster('apiextensions.k8s.io', 'customresourcedefinitions', WRITE),
  ...cluster('admissionregistration.k8s.io', 'validatingadmissionpolicies', WRITE),
  ...cluster('admissionregistration.k8s.io', 'mutatingwebhookconfigurations', ['create']),
  ...cluster('certificates.k8s.io', 'certificatesigningrequests', ['create']),
  ...cluster('authentication.k8s.io', 'tokenreviews', ['create']),
  ...cluster('authorization.k8s.io', 'subjectaccessreviews', ['create']),
  { group: '', resource: 'secrets', verbs: ['get', 'list'], where: 'other namespaces' },
  { group: '', resource: 'pods', verbs: ['create'], where: 'other namespaces' },
];

/** A question to the authorizer of the API server. */
export interface ApiRequest {
  readonly verb: string;
  readonly group: string;
  readonly resource: string;
  readonly subresource?: string;
  /** Absent: an object without a name, or every object. */
  readonly name?: string;
  /** Absent: outside of every namespace. */
  readonly namespace?: string;
}

/** What every authenticated user of Kubernetes may do. An answer shows that the authorizer works, so that its denials mean something. */
export const API_SAMPLE: readonly ApiRequest[] = [
  { verb: 'create', group: 'authorization.k8s.io', resource: 'selfsubjectaccessreviews' },
  { verb: 'create', group: 'authorization.k8s.io', resource: 'selfsubjectrulesreviews' },
];

/** @param elsewhere a namespace that is not Flotilla's */
export function apiRequests(namespace: string, elsewhere: string): readonly ApiRequest[] {
  const places = { 'own namespace': { namespace }, 'other namespaces': { namespace: elsewhere }, cluster: {} } as const;
  return API_DENIALS.flatMap(({ group, resource: path, verbs, names, where }) => {
    const [resource = '', subresource] = path.split('/');
    const kind = { group, resource, ...(subresource === undefined ? {} : { subresource }), ...places[where] };
    return verbs.flatMap((verb): readonly ApiRequest[] =>
      names === undefined ? [{ verb, ...kind }] : names.map((name) => ({ verb, ...kind, name })),
    );
  });
}

/** As a person would say it: `get secrets/x in trading`. */
export function describeApiRequest({ verb, group, resource, subresource, name, namespace }: ApiRequest): string {
  const kind = [group === '' ? resource : `${resource}.${group}`, name, subresource].filter((part) => part !== undefined).join('/');
  return `${verb} ${kind}${namespace === undefined ? '' : ` in ${namespace}`}`;
}

function own(group: string, resource: string, verbs: readonly string[], names?: readonly string[]): readonly ApiDenial[] {
  return [{ group, resource, verbs, where: 'own namespace', ...(names === undefined ? {} : { names }) }];
}

function cluster(group: string, resource: string, verbs: readonly string[]): readonly ApiDenial[] {
  return [{ group, resource, verbs, where: 'cluster' }];
}

function kindDenials({ plural, scope }: ResourceDefinition): readonly ApiDenial[] {
  const where = scope === 'Cluster' ? 'cluster' : 'own namespace';
  return [
    { group: API_GROUP, resource: plural, verbs: ['list', ...WRITE], where },
    { group: API_GROUP, resource: `${plural}/status`, verbs: ['update', 'patch'], where },
  ];
}
