/** Refuses a replay on a source that is known neither to the API server nor to the gateway. For `flotilla replay`. */
import { FlotillaError, keys } from '@flotilla/contracts';
import { GATEWAY_NAME, gatewayStatusSchema } from '@flotilla/contracts/control/gateway-status.ts';
import { readRecordBytes } from '@flotilla/contracts/records/read-record.ts';
import type { NatsBus } from '@flotilla/runtime/bus/connect-bus.ts';
import { openBucket } from '@flotilla/runtime/key-value.ts';
import { CliError } from '../session/cli-error.ts';

/**
 * For a source that no gateway answers for, when the API server could not be asked. Does nothing when the gateway's last report names the
 * source, because then the gateway restarts, and nothing when the report cannot be read.
 *
 * @throws CliError when the last report of the gateway does not name the source, or no gateway has ever reported.
 */
export async function requireKnownSource(bus: NatsBus, source: string): Promise<void> {
  let problem: CliError | undefined;
  try {
    const entry = await openBucket(bus, 'STATUS').get(keys.gatewayStatus(GATEWAY_NAME));
    const read = entry === undefined ? undefined : readRecordBytes(gatewayStatusSchema, entry.value);
    if (read?.ok === false) return;
    problem = unknownSource(read?.value, source);
  } catch (error) {
    if (error instanceof FlotillaError) return;
    throw error;
  }
  if (problem !== undefined) throw problem;
}

/** Undefined for a source that the report names. `report`: undefined when no gateway has ever reported. Pure. */
export function unknownSource(
  report: { readonly sources: readonly { readonly name: string }[] } | undefined,
  source: string,
): CliError | undefined {
  const names = report?.sources.map(({ name }) => name) ?? [];
  if (names.includes(source)) return undefined;
  const found =
    report === undefined ? 'no report of any gateway' : names.length === 0 ? 'none' : `sources ${names.toSorted().join(', ')} alone`;
  return new CliError(`expected a gateway that serves SignalSource ${source}, found ${found}`, {
    hint: 'Correct the name, or apply the SignalSource and wait until it is Ready: kubectl get signalsources',
  });
}
