/**
 * Says whether the normaliser of a namespace has left the account of the gateway. A gateway of a version before ADR 0114 normalises over its one
 * connection, so its account keeps the rights of both until the last pod of such a version has ended. Pure.
 */
import { type DeploymentObject, deploymentState } from '../workload/deployment-state.ts';
import { NORMALISER_TOKEN_VARIABLE } from '../workload/environment.ts';

/**
 * The operator sets the annotation on the Deployment of the gateway once, when only pods with a login of the normaliser run. Without the annotation each
 * later rollout would look like the first one, and would give the account of the gateway the rights of the normaliser again.
 */
export const APART_ANNOTATION = 'flotilla.dev/normaliser-apart';

/** Whether the Deployment has, or may get, the annotation. A gateway that has not started yet has no pod of an older version. */
export function isNormaliserApart(gateway: DeploymentObject | undefined): boolean {
  return gateway === undefined || isMarkedApart(gateway) || (hasLogin(gateway) && isRolledOut(gateway));
}

/** Whether the account of the gateway has the rights of the gateway alone. */
export function isMarkedApart(gateway: DeploymentObject | undefined): boolean {
  return gateway === undefined || gateway.metadata.annotations?.[APART_ANNOTATION] === 'true';
}

function hasLogin({ spec }: DeploymentObject): boolean {
  const containers = spec?.template?.spec?.containers ?? [];
  return containers.some(({ env }) => env?.some(({ name }) => name === NORMALISER_TOKEN_VARIABLE.name) === true);
}

/** A pod that was told to end takes webhooks for a while and normalises them. */
function isRolledOut(gateway: DeploymentObject): boolean {
  return deploymentState(gateway).state === 'Ready' && (gateway.status?.terminatingReplicas ?? 0) === 0;
}
