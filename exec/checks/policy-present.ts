/** A strategy without a risk policy in force may not increase risk. */
import { type Check, deny } from './check.ts';

export const policyPresent: Check = ({ policy, subjectStrategy }) =>
  policy === undefined ? deny('POLICY_MISSING', 'no risk policy is in force for the strategy', { strategy: subjectStrategy }) : undefined;
