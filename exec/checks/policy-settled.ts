/** While execs run different limits of one risk policy, or this one cannot say which it runs, nobody takes more risk under it. */
import { EXEC_REPORT_AGE_MS_MAX } from '@flotilla/contracts';
import { type Check, deny } from './check.ts';

export const policySettled: Check = ({ strategy, unsettledPolicies, reportAgeMs }) => {
  // A missing policy is the matter of policy-present.
  if (strategy === undefined) return undefined;
  if (unsettledPolicies.length > 0) {
    return deny('POLICY_UNSETTLED', 'not every exec that uses the risk policy runs the same limits of it yet', {
      policies: unsettledPolicies.join(', '),
    });
  }
  if (reportAgeMs !== undefined && reportAgeMs <= EXEC_REPORT_AGE_MS_MAX) return undefined;
  return deny('POLICY_UNSETTLED', 'exec could not report for too long which limits it runs', {
    limitMs: EXEC_REPORT_AGE_MS_MAX,
    ...(reportAgeMs === undefined ? {} : { ageMs: reportAgeMs }),
  });
};
