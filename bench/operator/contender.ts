/** Types of a process that the operator benchmark measures, and of its start. */
import { join } from 'node:path';
import { eventually } from '@flotilla/runtime/testing/eventually.ts';
import { freePort } from '@flotilla/runtime/testing/free-port.ts';
import type { NatsServer } from '@flotilla/runtime/testing/nats-server.ts';
import { type MeasuredProcess, startMeasured } from './measured-process.ts';

const READY_MS_MAX = 30_000;

export interface ContenderInput {
  readonly kubeconfigPath: string;
  readonly namespace: string;
  /** The operator's bus; undefined for a peer. */
  readonly nats: NatsServer | undefined;
  /** Distinguishes the instances of one contender. */
  readonly instance: string;
}

export interface RunningContender {
  readonly process: MeasuredProcess;
  /** Address of `/metrics`; undefined when it has none. */
  readonly url: string | undefined;
}

export interface Contender {
  readonly name: string;
  /** Description of the contender, in one line. */
  readonly what: string;
  readonly needsBus: boolean;
  start(input: ContenderInput): Promise<RunningContender>;
}

const INHERITED = ['PATH', 'HOME'] as const;
/** As in the image: compiled code is there from the second start on, and with it the type stripper, 17 MB of memory, is not needed. */
const COMPILE_CACHE = join(import.meta.dirname, '../../.cache/node-compile');

/** The few variables that every contender gets. */
export function inheritedEnvironment(): Readonly<Record<string, string>> {
  const inherited = INHERITED.flatMap((name) => (process.env[name] === undefined ? [] : [[name, process.env[name]]]));
  return { ...Object.fromEntries(inherited), NODE_COMPILE_CACHE: process.env['NODE_COMPILE_CACHE'] ?? COMPILE_CACHE };
}

/** A peer has no port: it is there when it has reconciled the first Strategy, for which the session waits in any case. */
export function startPeer(command: string, args: readonly string[], env: Readonly<Record<string, string>>): Promise<RunningContender> {
  return Promise.resolve({ process: startMeasured(command, args, { ...inheritedEnvironment(), ...env }), url: undefined });
}

/** Waits until `/ready` answers 200. */
export async function startWithHealth(
  command: string,
  args: readonly string[],
  env: Readonly<Record<string, string>>,
): Promise<RunningContender> {
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const process = startMeasured(command, args, { ...inheritedEnvironment(), ...env, HOST: '127.0.0.1', PORT: String(port) });
  try {
    await eventually(
      `${command} is ready`,
      async () => {
        if (!process.isRunning()) throw new Error(process.log());
        return (await fetch(`${url}/ready`)).ok;
      },
      READY_MS_MAX,
    );
  } catch (error) {
    const said = process.log();
    await process.stop();
    throw new Error(`${command} did not become ready:\n${said}`, { cause: error });
  }
  return { process, url };
}
