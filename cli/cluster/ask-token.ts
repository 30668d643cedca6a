/** Asks the API server, by kubectl and with the rights of the user, for a token by which a ServiceAccount proves to the bus who it is. */
import { BUS_TOKEN_AUDIENCE } from '@flotilla/contracts/access/bus-token.ts';
import type { CliContext } from '../session/context.ts';
import { runKubectl } from './kubectl.ts';

/** The shortest lifetime that the API server grants. */
const LIFETIME_MIN = 10;

export const TOKEN_LIFETIME_MS = LIFETIME_MIN * 60_000;

/** The token is secret: no message may contain it. @throws CliError with kubectl's own reason */
export async function askToken(context: CliContext, serviceAccount: string): Promise<string> {
  const where = ['--namespace', context.namespace, '--audience', BUS_TOKEN_AUDIENCE, '--duration', `${LIFETIME_MIN}m`];
  return (await runKubectl(context, ['create', 'token', serviceAccount, ...where])).trim();
}
