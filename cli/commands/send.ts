/** `flotilla send`: signs an alert and posts it to the gateway. */
import { readFileSync } from 'node:fs';
import type { SignalSource } from '@flotilla/contracts/resources/signal-source.ts';
import { secretBytes } from '@flotilla/contracts/values/secret-bytes.ts';
import { systemClock } from '@flotilla/runtime/clock.ts';
import { systemRng } from '@flotilla/runtime/rng.ts';
import { CliError } from '../session/cli-error.ts';
import { kubectlGet } from '../cluster/kubectl.ts';
import type { CliContext } from '../session/context.ts';
import { EXIT_CODES } from '../exit-codes.ts';
import { printJson, type Session } from '../session/session.ts';
import { alertBody, signWebhook, type AlertFields } from '../webhook/sign-webhook.ts';

const TIMEOUT_MS = 10_000;
const NONCE_BYTES = 16;

export interface SendOptions extends AlertFields {
  readonly source: string;
  readonly secretFile?: string;
}

interface Answer {
  readonly id?: string;
  readonly corrId?: string;
  readonly error?: string;
  readonly message?: string;
  readonly field?: string;
}

/** @throws CliError when the gateway does not accept it. */
export async function sendAlert(session: Session, options: SendOptions): Promise<void> {
  const { context, terminal } = session;
  if (context.gatewayUrl === undefined) {
    throw new CliError('expected the address of the gateway, found none', {
      hint: 'Run "make up" for a local cluster, or give --gateway-url.',
    });
  }
  const body = bodyOf(options);
  const secret = options.secretFile === undefined ? await readSecret(context, options.source) : readSecretFile(options.secretFile);
  const nonce = Buffer.from(systemRng.bytes(NONCE_BYTES)).toString('hex');
  const request = signWebhook(secret, body, systemClock.nowMs(), nonce);
  const url = `${context.gatewayUrl}/webhook/${encodeURIComponent(options.source)}`;
  const { status, answer } = await post(url, request);
  if (status !== 202) throw refusal(status, answer, options.source);
  if (session.output === 'json') printJson(session, { status, ...answer });
  else terminal.print(`Accepted: ${options.signal} ${options.instrument} at ${options.price}, corr_id ${answer.corrId ?? '?'}`);
}

function bodyOf(options: SendOptions): string {
  try {
    return alertBody(options);
  } catch (error) {
    throw new CliError(`--price and --strength: ${(error as Error).message}`, { exitCode: EXIT_CODES.USAGE, cause: error });
  }
}

async function post(url: string, request: { readonly headers: Readonly<Record<string, string>>; readonly body: string }) {
  try {
    const response = await fetch(url, { method: 'POST', ...request, signal: AbortSignal.timeout(TIMEOUT_MS) });
    return { status: response.status, answer: (await response.json().catch(() => ({}))) as Answer };
  } catch (error) {
    const cause = error instanceof Error && error.cause instanceof Error ? error.cause.message : String(error);
    throw new CliError(`the gateway at ${new URL(url).origin} does not answer: ${cause}`, {
      hint: 'It runs once a SignalSource exists: see "flotilla status", or check --gateway-url.',
      cause: error,
    });
  }
}

function refusal(status: number, answer: Answer, source: string): CliError {
  const reason = [answer.error, answer.message].filter((part) => part !== undefined).join(': ') || 'no reason given';
  const hints: Readonly<Record<number, string>> = {
    401: `Is ${source} a SignalSource of scheme Hmac, is the secret its own, and is this machine's clock right?`,
    429: "The source's rate limit is reached: wait, or raise spec.rate.",
    503: 'A service behind the gateway is away. Run the same command again.',
  };
  const hint = hints[status];
  return new CliError(`the gateway refused with ${status}: ${reason}`, hint === undefined ? {} : { hint });
}

function readSecretFile(path: string): Uint8Array {
  try {
    return secretBytes(readFileSync(path));
  } catch (cause) {
    throw new CliError(`--secret-file: ${path} cannot be read (${(cause as NodeJS.ErrnoException).code ?? 'unknown'})`, { cause });
  }
}

async function readSecret(context: CliContext, source: string): Promise<Uint8Array> {
  const found = await kubectlGet<SignalSource>(context, ['signalsources.flotilla.dev', source, '--namespace', context.namespace]);
  if (found === undefined) {
    throw new CliError(`expected a SignalSource ${source} in namespace ${context.namespace}, found none`, {
      hint: 'List them with: flotilla status',
    });
  }
  const { scheme, secretRef } = found.spec;
  if (scheme !== 'Hmac' || secretRef === undefined) {
    throw new CliError(`expected a SignalSource of scheme Hmac, found ${source} of scheme ${scheme}`, {
      hint: scheme === 'Replay' ? `Feed it with: flotilla replay <dataset> --source ${source}` : 'Only Hmac takes signed requests.',
    });
  }
  const secret = await kubectlGet<{ readonly data?: Readonly<Record<string, string>> }>(context, [
    'secrets',
    secretRef.name,
    '--namespace',
    context.namespace,
  ]);
  const value = secret?.data?.[secretRef.key];
  if (value === undefined) {
    throw new CliError(`expected key ${secretRef.key} in Secret ${secretRef.name} of namespace ${context.namespace}, found none`, {
      hint: `Create it: kubectl --namespace ${context.namespace} create secret generic ${secretRef.name} --from-literal=${secretRef.key}=…`,
    });
  }
  return secretBytes(Buffer.from(value, 'base64'));
}
