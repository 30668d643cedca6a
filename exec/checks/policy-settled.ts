/** While execs run different limits of one risk policy, or this one cannot say which it runs, nobody takes more risk under it. */
import { LIMITS_CONFIRMATION_AGE_MS_MAX } from '@flotilla/contracts';
import { type Check, deny } from './check.ts';

export const policySettled: Check = ({ strategy, unsettledPolicies, confirmationAgeMs }) => {
  // A missing policy is the matter of policy-present.
  if (strategy === undefined) return undefined;
  if (unsettledPolicies.length > 0) {
    return deny('POLICY_UNSETTLED', 'not every exec that uses the risk policy runs the same limits of it yet', {
      policies: unsettledPolicies.join(', '),
    });
  }
  if (confirmationAgeMs !== undefined && confirmationAgeMs <= LIMITS_CONFIRMATION_AGE_MS_MAX) return undefined;
  return deny('POLICY_UNSETTLED', 'exec could not make sure of its limits for too long: look at them, and report which it runs', {
    limitMs: LIMITS_CONFIRMATION_AGE_MS_MAX,
    ...(confirmationAgeMs === undefined ? {} : { ageMs: confirmationAgeMs }),
  });
};
