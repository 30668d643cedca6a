/**
 * How the command proves to the bus who it is: by a token or a creds file that the user gives, or by a token of the ServiceAccount of the person or
 * of the one that people share. kubectl asks the API server for it with the rights of the user.
 */
import { readFileSync } from 'node:fs';
import { READER_SERVICE_ACCOUNT } from '@flotilla/contracts/access/bus-token.ts';
import { personNameProblem, personServiceAccount } from '@flotilla/contracts/access/person.ts';
import { FlotillaError } from '@flotilla/contracts/errors/errors.ts';
import type { Clock } from '@flotilla/contracts/ports.ts';
import { parseCreds } from '@flotilla/runtime/identity/creds-file.ts';
import { tokenLogin, userLogin } from '@flotilla/runtime/identity/login.ts';
import { EXIT_CODES } from '../exit-codes.ts';
import { CliError } from '../session/cli-error.ts';
import type { CliContext } from '../session/context.ts';
import { askToken, TOKEN_LIFETIME_MS } from './ask-token.ts';

/** A token of this age is replaced: a connection that is made again later needs another one. */
const RENEW_AFTER_MS = TOKEN_LIFETIME_MS * 0.8;
const OTHER_WAYS = 'FLOTILLA_NATS_TOKEN or FLOTILLA_NATS_CREDS_FILE';

/** Proves who connects; the client calls it for each connection. */
type BusLogin = ReturnType<typeof tokenLogin>;

/**
 * Gets the first token before it resolves, and another one when a connection has to be made again later.
 *
 * @throws CliError that says what is missing, and never contains a token
 */
export async function busLogin(context: CliContext, clock: Pick<Clock, 'monotonicMs'>): Promise<BusLogin> {
  const { natsToken, natsCredsFile } = context;
  if (natsToken !== undefined && natsCredsFile !== undefined)
    throw new CliError('expected FLOTILLA_NATS_TOKEN or FLOTILLA_NATS_CREDS_FILE, found both', {
      hint: 'Remove one of them.',
      exitCode: EXIT_CODES.USAGE,
    });
  if (natsToken !== undefined) return tokenLogin(natsToken.trim());
  return natsCredsFile === undefined ? readerLogin(() => readerToken(context), clock) : credsLogin(natsCredsFile);
}

/**
 * Shows a token of `ask`. An attempt to connect with an old token starts to ask for another one, which the next attempt shows. The client calls the
 * login synchronously, so the attempt itself cannot wait.
 */
export async function readerLogin(ask: () => Promise<string>, clock: Pick<Clock, 'monotonicMs'>): Promise<BusLogin> {
  const askNow = async (): Promise<{ readonly token: string; readonly askedAtMs: number }> => {
    const askedAtMs = clock.monotonicMs();
    return { token: await ask(), askedAtMs };
  };
  let current = await askNow();
  let renewing: Promise<void> | undefined;
  return () => {
    if (clock.monotonicMs() - current.askedAtMs >= RENEW_AFTER_MS)
      renewing ??= askNow()
        .then(
          (next) => void (current = next),
          // The client tries again, and asks again.
          () => undefined,
        )
        .finally(() => (renewing = undefined));
    return { auth_token: current.token };
  };
}

function credsLogin(path: string): BusLogin {
  try {
    return userLogin(parseCreds(readFileSync(path, 'utf8')));
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException).code;
    const reason = cause instanceof FlotillaError ? cause.message : `the file cannot be read (${code ?? 'unknown error'})`;
    throw new CliError(`FLOTILLA_NATS_CREDS_FILE ${path}: ${reason}`, { cause });
  }
}

async function readerToken(context: CliContext): Promise<string> {
  const { person } = context;
  const problem = person === undefined ? undefined : personNameProblem(person);
  if (problem !== undefined) throw new CliError(`--person: ${problem}`, { exitCode: EXIT_CODES.USAGE });
  return askToken(context, person === undefined ? READER_SERVICE_ACCOUNT : personServiceAccount(person)).catch((error: unknown) => {
    if (!(error instanceof CliError)) throw error;
    throw person === undefined ? noToken(error, context) : noTokenOf(person, error, context);
  });
}

function noTokenOf(person: string, error: CliError, { namespace }: CliContext): CliError {
  const told = `no token for the bus: ${error.message}`;
  if (/forbidden|cannot create|not found/i.test(error.message))
    return new CliError(told, {
      hint: `An administrator adds the person with: flotilla people add ${person} --user <Kubernetes user> --namespace ${namespace}`,
      cause: error,
    });
  return new CliError(told, { hint: `${error.hint ?? 'Check --kubeconfig.'} Or give ${OTHER_WAYS}.`, cause: error });
}

function noToken(error: CliError, { namespace }: CliContext): CliError {
  const told = `no token for the bus: ${error.message}`;
  if (/forbidden|cannot create/i.test(error.message))
    return new CliError(told, {
      hint: `An administrator binds the ClusterRole flotilla-view to you in namespace ${namespace} (kubectl create rolebinding). With an account of your own give --person. Or give ${OTHER_WAYS}.`,
      cause: error,
    });
  if (/not found/i.test(error.message))
    return new CliError(told, {
      hint: `Name the namespace in which Flotilla is installed with --namespace, and give --person where people share no account. Or give ${OTHER_WAYS}.`,
      cause: error,
    });
  return new CliError(told, { hint: `${error.hint ?? 'Check --kubeconfig.'} Or give ${OTHER_WAYS}.`, cause: error });
}
