/** Makes the table of sources out of the sources file and the files that it names. Pure. */
import type { ReasonOf } from '@flotilla/contracts/conditions/condition-reasons.ts';
import { type GatewaySource, PROBLEM_MESSAGE_LENGTH_MAX, type WorkerProblem } from '@flotilla/contracts';
import { makeAddressSet } from '../addresses/client-address.ts';
import type { ParsedSources } from './parse-sources.ts';
import type { LiveSource, ReplaySource, SourceProblem, SourceTable } from './source-table.ts';

/** Shorter secrets can be guessed offline from one signed request. */
export const SECRET_BYTES_MIN = 16;

/** `code` is the system's error code, `ENOENT` for a file that does not exist. */
export type SecretFound = { readonly ok: true; readonly secret: Uint8Array } | { readonly ok: false; readonly code: string };

/** The files that a source needs. */
export interface SourceFiles {
  readonly secretOf: (path: string) => SecretFound;
  /** Why the gateway cannot replay a dataset for a source; undefined when it can. */
  readonly datasetProblemOf: (source: ReplaySource, dataset: string) => string | undefined;
}

/** A source that cannot work is left out, and the table says why. The other sources keep working. */
export function makeSourceTable(parsed: ParsedSources, files: SourceFiles): SourceTable {
  const live = new Map<string, LiveSource>();
  const problems: SourceProblem[] = [...parsed.problems];
  for (const source of parsed.sources) {
    const built = makeSource(source, files);
    if (built.live !== undefined) live.set(source.name, built.live);
    if (built.problem !== undefined) problems.push({ source: source.name, ...built.problem });
  }
  const bounded = problems.map((problem) => ({ ...problem, message: problem.message.slice(0, PROBLEM_MESSAGE_LENGTH_MAX) }));
  return { sources: live, problems: bounded, unknownFields: parsed.unknownFields };
}

interface MadeSource {
  readonly live?: LiveSource;
  readonly problem?: WorkerProblem & { readonly reason: ReasonOf<'SignalSource'> };
}

function makeSource(source: GatewaySource, files: SourceFiles): MadeSource {
  if (source.scheme === 'Replay') return makeReplaySource(source, files);
  const checked = checkSecret(files.secretOf(source.secretFile));
  if (!checked.ok) return { problem: checked.problem };
  const { secret } = checked;
  if (source.scheme === 'Hmac') return { live: { ...source, secret } };
  const addresses = source.sourceAddresses.length === 0 ? undefined : makeAddressSet(source.sourceAddresses);
  if (typeof addresses === 'string') return { problem: { reason: 'AddressInvalid', message: addresses } };
  const symbolMap = new Map((source.symbols ?? []).map(({ symbol, instrument }) => [symbol, instrument]));
  return { live: { ...source, secret, addresses, symbolMap } };
}

/** A dataset that is missing keeps no other dataset of the source from being replayed. */
function makeReplaySource(source: ReplaySource, { datasetProblemOf }: SourceFiles): MadeSource {
  const problems = source.datasets.flatMap((dataset) => datasetProblemOf(source, dataset) ?? []);
  if (problems.length === 0) return { live: source };
  return { live: source, problem: { reason: 'DatasetUnusable', message: problems.join('; ') } };
}

type CheckedSecret =
  | { readonly ok: true; readonly secret: Uint8Array }
  | { readonly ok: false; readonly problem: NonNullable<MadeSource['problem']> };

function checkSecret(found: SecretFound): CheckedSecret {
  if (!found.ok && found.code === 'ENOENT')
    return refusal('SecretMissing', 'expected the Secret of the source to hold its key, found no such key: add it');
  if (!found.ok) return refusal('SecretUnreadable', `expected a readable secret, found ${found.code}`);
  const bytes = found.secret.byteLength;
  if (bytes >= SECRET_BYTES_MIN) return found;
  const expected = `expected a secret of at least ${SECRET_BYTES_MIN} bytes`;
  if (bytes === 0) return refusal('SecretEmpty', `${expected}, found an empty one`);
  return refusal('SecretTooShort', `${expected}, found ${bytes}: make a longer one`);
}

function refusal(reason: ReasonOf<'SignalSource'>, message: string): CheckedSecret {
  return { ok: false, problem: { reason, message } };
}
