/**
 * Tries from inside of a pod which addresses its NetworkPolicy lets it reach, and reports the outcome to the bucket STATUS. For the composition roots of
 * services. Only a process in the network of the pod can try its policy.
 */
import { networkReportKey } from '@flotilla/contracts/access/network-report-key.ts';
import type { Principal } from '@flotilla/contracts/access/principal.ts';
import { assert } from '@flotilla/contracts/errors/assert.ts';
import { FlotillaError } from '@flotilla/contracts/errors/errors.ts';
import { type NetworkTargets, networkReportSchema } from '@flotilla/contracts/control/network-report.ts';
import type { Clock, KeyValue } from '@flotilla/contracts/ports.ts';
import { formatTime } from '@flotilla/contracts/values/format-time.ts';
import type { Logger } from '../log.ts';
import { knock, type Address, type KnockAnswer } from './knock.ts';
import { tryNetwork } from './try-network.ts';

/** After the start of the process: an engine learns the address of a pod a little after the pod has started. */
const START_DELAY_MS = 15_000;
const REPEAT_MS = 60_000;
/** After a round that reached a forbidden address, and after a report that could not be stored. */
const OPEN_QUESTION_MS = 10_000;
/** Between the two connections to a forbidden address that make it count as reached. */
const CONFIRM_MS = 10_000;
/** Longest wait for one connection. An engine that drops gives no answer. */
const KNOCK_MS_MAX = 2_000;

export interface NetworkProberOptions {
  readonly principal: Principal;
  /** Undefined: the operator gave none, so the prober does nothing. */
  readonly targets: NetworkTargets | undefined;
  readonly bucket: Pick<KeyValue, 'put'>;
  readonly instance: string;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Default: a real connection. */
  readonly knock?: (address: Address) => Promise<KnockAnswer>;
}

export interface NetworkProber {
  stop(): Promise<void>;
}

/** A bug becomes an unhandled rejection, which ends the process. */
export function startNetworkProber(options: NetworkProberOptions): NetworkProber {
  const { targets } = options;
  const stopping = new AbortController();
  const running = targets === undefined ? Promise.resolve() : keepTrying({ ...options, targets }, stopping.signal);
  return {
    async stop() {
      stopping.abort(new Error('stopped'));
      await running;
    },
  };
}

type ProberTools = NetworkProberOptions & { readonly targets: NetworkTargets };

async function keepTrying(options: ProberTools, signal: AbortSignal): Promise<void> {
  const { clock } = options;
  const pause = (delayMs: number): Promise<void> => clock.sleep(delayMs, signal);
  try {
    await pause(START_DELAY_MS);
    while (!signal.aborted) await pause(await tryOnce(options, signal));
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}

/** Resolves to the time until the next round. */
async function tryOnce(options: ProberTools, signal: AbortSignal): Promise<number> {
  const { principal, targets, bucket, instance, clock, logger } = options;
  const key = networkReportKey(principal);
  assert(key !== undefined, `expected a principal with a pod, found ${principal.role}`);
  const tried = await tryNetwork({
    targets,
    knock: options.knock ?? ((address) => knock(address, KNOCK_MS_MAX)),
    pause: () => clock.sleep(CONFIRM_MS, signal),
  });
  if (tried.reached.length > 0) logger.error({ reached: tried.reached }, 'this pod reaches addresses that its NetworkPolicy must deny');
  const report = networkReportSchema.parse({ schemaVersion: 1, instance, ...tried, triedAt: formatTime(clock.nowMs()) });
  try {
    await bucket.put(key, Buffer.from(JSON.stringify(report)));
  } catch (error) {
    if (!(error instanceof FlotillaError)) throw error;
    logger.debug({ err: error }, 'the report about the network could not be stored');
    return OPEN_QUESTION_MS;
  }
  return tried.reached.length > 0 || tried.permitted === 'Silent' ? OPEN_QUESTION_MS : REPEAT_MS;
}
