/** A real API server, a real bus and the operator as a process, with a fleet of agents whose Strategies name one AgentRole. There are no pods. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ResourceObject } from '@flotilla/contracts/resources/definition.ts';
import { makeObject, portfolio, riskPolicy, strategy, withSpec } from '@flotilla/operator/testing/objects.ts';
import { type OperatorFixture, startOperatorFixture } from '@flotilla/operator/testing/operator-fixture.ts';
import { type OperatorProcess, startOperatorProcess } from '@flotilla/operator/testing/operator-process.ts';
import { cpuSecondsOf } from '../operator/measured-process.ts';

/** The role that every Strategy of the fleet names, and a stricter role of which the bench changes the contents. */
const [FLEET_ROLE, CHANGED_ROLE] = ['fleet', 'changed'] as const;
/** The Strategy whose role changes. */
export const CHANGED_STRATEGY = 'changed';

export interface WholeOperator extends Pick<OperatorFixture, 'nats' | 'bus'> {
  /** Lets the agent of {@link CHANGED_STRATEGY} publish, or not. Resolves when the API server has accepted the AgentRole. */
  applyRole(publications: 'Deliver' | 'Nothing'): Promise<void>;
  /** Probes of permissions that the operator has made, whatever they found. */
  probeCount(): Promise<number>;
  cpuSeconds(): number;
  stop(): Promise<void>;
}

/** @param agents Strategies besides the one whose role changes */
export async function startWholeOperator(agents: number): Promise<WholeOperator> {
  const fixture = await startOperatorFixture({ operator: 'none' });
  const folder = mkdtempSync(join(tmpdir(), 'flotilla-bench-'));
  const applyRole = (name: string, publications: string): Promise<void> => fixture.apply(makeObject('AgentRole', name, { publications }));
  for (const object of [riskPolicy, portfolio]) await fixture.apply(object);
  await applyRole(FLEET_ROLE, 'Deliver');
  await applyRole(CHANGED_ROLE, 'Deliver');
  for (let index = 0; index < agents; index += 1) await fixture.apply(agentOf(`s-${index}`, FLEET_ROLE));
  await fixture.apply(agentOf(CHANGED_STRATEGY, CHANGED_ROLE));
  const { kubeconfigPath } = fixture.api;
  const environment = { LOG_LEVEL: 'error', FLOTILLA_REVISION: 'bench' };
  const operator = await startOperatorProcess({
    name: 'bench',
    kubeconfigPath,
    nats: fixture.nats,
    logPath: join(folder, 'log'),
    environment,
  });
  return {
    nats: fixture.nats,
    bus: fixture.bus,
    applyRole: (publications) => applyRole(CHANGED_ROLE, publications),
    probeCount: () => probeCountOf(operator),
    cpuSeconds: () => cpuSecondsOf(operator.pid),
    async stop() {
      operator.kill('SIGTERM');
      await operator.ended;
      await fixture.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function agentOf(name: string, role: string): ResourceObject {
  return withSpec({ ...strategy, metadata: { ...strategy.metadata, name } }, { agentRoleRef: { name: role } });
}

async function probeCountOf({ port }: OperatorProcess): Promise<number> {
  const text = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
  return [...text.matchAll(/^permission_probes_total\{[^}]*\} (\d+)$/gm)].reduce((sum, [, count]) => sum + Number(count), 0);
}
