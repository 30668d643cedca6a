/** Reasons in the conditions of an AgentRole. Pure. */
import { reason } from './reason-entry.ts';
import { COMMON_REASONS, NOTHING_TO_DO } from './shared-reasons.ts';

export const AGENT_ROLE_REASONS = {
  InUse: reason(['Ready'], 'Strategies name the role, and it allows all of their instruments.', NOTHING_TO_DO),
  Unused: reason(['Ready'], 'No Strategy names the role.', NOTHING_TO_DO),
  StrategiesRefused: reason(
    ['Ready'],
    'A Strategy names the role and an instrument that the role does not allow, so no agent runs for the Strategy.',
    'Look at the Strategies that the message names.',
  ),
  SpecInvalid: reason(
    ['Stalled'],
    'This build of the operator cannot read the spec or does not know a field of it, so no agent runs for a Strategy that names the role.',
    'Correct the field that the message names, or upgrade the operator.',
  ),
  ...COMMON_REASONS,
};
