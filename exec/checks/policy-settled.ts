/** No exec increases risk under a risk policy while execs run different limits of it, or while this exec has not confirmed its own limits. */
import { LIMITS_CONFIRMATION_AGE_MS_MAX } from '@flotilla/contracts';
import { type Check, deny } from './check.ts';

export const policySettled: Check = ({ strategy, unsettledPolicies, confirmationAgeMs }) => {
  // A strategy without a policy is denied by policy-present.ts.
  if (strategy === undefined) return undefined;
  if (unsettledPolicies.length > 0) {
    return deny('POLICY_UNSETTLED', 'the execs do not run the same limits of the risk policy yet', {
      policies: unsettledPolicies.join(', '),
    });
  }
  if (confirmationAgeMs !== undefined && confirmationAgeMs <= LIMITS_CONFIRMATION_AGE_MS_MAX) return undefined;
  return deny('POLICY_UNSETTLED', 'exec has not confirmed its limits for too long: exec must read its configuration and store its report', {
    limitMs: LIMITS_CONFIRMATION_AGE_MS_MAX,
    ...(confirmationAgeMs === undefined ? {} : { ageMs: confirmationAgeMs }),
  });
};
