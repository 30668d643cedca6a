/** The status field `riskPolicyInForce` of Portfolio and Strategy: the API server judges a change of riskPolicyRef against it (ADR 0041). Pure. */
import type { ResourceObject } from '@flotilla/contracts/resources/definition.ts';
import { isUnseen } from './standard-conditions.ts';

/**
 * @param resolved name of the policy whose limits the operator delivers now, empty for none; undefined while the object cannot be resolved
 * @returns nothing while it is unknown, so that a change is judged against the former spec
 */
export function policyInForce(object: ResourceObject, resolved: string | undefined): { readonly riskPolicyInForce?: string } {
  const before = (object.status as { readonly riskPolicyInForce?: string } | undefined)?.riskPolicyInForce;
  const name = resolved ?? before ?? (isUnseen(object) ? '' : undefined);
  return name === undefined ? {} : { riskPolicyInForce: name };
}
