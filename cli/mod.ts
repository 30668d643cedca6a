/** What the demo and tests share with the `flotilla` command. */
export { runKubectl, kubectlGet, kubectlJson } from './cluster/kubectl.ts';
export { resolveContext, type CliContext, type LocalConfig } from './context.ts';
export { findLocalConfig } from './find-local-config.ts';
export { NO_REPORTS, NO_RESOURCES, type FleetReports, type FleetResources } from './fleet/fleet.ts';
export { findPortfolios, readReports, readSnapshot } from './fleet/read-reports.ts';
export { readResources } from './fleet/read-resources.ts';
export { formatDenials, formatStrategies, strategyRows, type StrategyRow } from './fleet-view.ts';
export { haltSteps, isHaltComplete, type HaltStep } from './halt-steps.ts';
export { alertBody, signWebhook, type AlertFields, type SignedRequest } from './sign-webhook.ts';
export { COLOURED, PLAIN, styleFor, type Style } from './style.ts';
export { formatTable, type Column } from './table.ts';
