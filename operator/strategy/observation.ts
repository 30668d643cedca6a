/** The facts from which the status of a Strategy is made. */
import type { AgentStatus, ExecStatus } from '@flotilla/contracts/control/exec-status.ts';
import type { RevocationStatus } from '@flotilla/contracts/resources/permissions-status.ts';
import type { BusProblem } from '../fleet/obstacles.ts';
import type { PermissionProof } from '../status/permission-board.ts';
import type { Report } from '../provision/status-board.ts';
import type { DeploymentState } from '../workload/deployment-state.ts';
import type { StrategySnapshot } from './plan.ts';

export interface StrategyObservation extends StrategySnapshot {
  /** Why the operator could not write to the bus, if it could not. */
  readonly busProblem: BusProblem | undefined;
  readonly agentReport: Report<AgentStatus> | undefined;
  readonly exec: Report<ExecStatus> | undefined;
  /** The last proof of the agent's permissions. */
  readonly proof?: PermissionProof | undefined;
  /** The fence of decisions that were taken away; see the permission board. */
  readonly revocation?: RevocationStatus | null | undefined;
  /** Pods of the agent. */
  readonly state: DeploymentState;
  /** A SignalSource that the parameters name and that does not exist. */
  readonly missingSource: string | undefined;
  /** While the Strategy is being deleted: what the deletion waits for. */
  readonly leaving?: { readonly message: string } | undefined;
}
