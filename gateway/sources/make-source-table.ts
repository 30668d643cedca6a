/** Makes the table of sources out of the sources file and the files that it names. Pure. */
import type { ReasonOf } from '@flotilla/contracts/conditions/condition-reasons.ts';
import { dirname, join } from 'node:path';
import { NEXT_SECRET_FILE } from '@flotilla/contracts/control/gateway-config.ts';
import { addRowCounts, type GatewaySource, PROBLEM_MESSAGE_LENGTH_MAX, type RowCounts, type WorkerProblem } from '@flotilla/contracts';
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
  readonly datasetOf: (source: ReplaySource, dataset: string) => DatasetFound;
}

export interface DatasetFound {
  /** Why the gateway cannot replay the dataset for the source; absent when it can. */
  readonly problem?: string;
  /** Absent while the rows are being counted. */
  readonly rows?: RowCounts;
}

/** A source that cannot work is left out, and the table says why. The other sources keep working. */
export function makeSourceTable(parsed: ParsedSources, files: SourceFiles): SourceTable {
  const live = new Map<string, LiveSource>();
  const problems: SourceProblem[] = [...parsed.problems];
  const rows = new Map<string, RowCounts>();
  for (const source of parsed.sources) {
    const built = makeSource(source, files);
    if (built.live !== undefined) live.set(source.name, built.live);
    if (built.problem !== undefined) problems.push({ source: source.name, ...built.problem });
    if (built.rows !== undefined) rows.set(source.name, built.rows);
  }
  const bounded = problems.map((problem) => ({ ...problem, message: problem.message.slice(0, PROBLEM_MESSAGE_LENGTH_MAX) }));
  return { sources: live, problems: bounded, rows, unknownFields: parsed.unknownFields };
}

interface MadeSource {
  readonly live?: LiveSource;
  readonly problem?: WorkerProblem & { readonly reason: ReasonOf<'SignalSource'> };
  readonly rows?: RowCounts;
}

function makeSource(source: GatewaySource, files: SourceFiles): MadeSource {
  if (source.scheme === 'Replay') return makeReplaySource(source, files);
  const checked = checkSecret(files.secretOf(source.secretFile));
  if (!checked.ok) return { problem: checked.problem };
  const next = checkNextSecret(source, files);
  const problem = next.ok ? {} : { problem: next.problem };
  const secrets = { secret: checked.secret, nextSecret: next.ok ? next.secret : undefined };
  if (source.scheme === 'Hmac') return { live: { ...source, ...secrets }, ...problem };
  const addresses = source.sourceAddresses.length === 0 ? undefined : makeAddressSet(source.sourceAddresses);
  if (typeof addresses === 'string') return { problem: { reason: 'AddressInvalid', message: addresses } };
  const symbolMap = new Map((source.symbols ?? []).map(({ symbol, instrument }) => [symbol, instrument]));
  return { live: { ...source, ...secrets, addresses, symbolMap }, ...problem };
}

/** A dataset that is missing keeps no other dataset of the source from being replayed. The rows are told when those of all other datasets are counted. */
function makeReplaySource(source: ReplaySource, { datasetOf }: SourceFiles): MadeSource {
  const found = source.datasets.map((dataset) => datasetOf(source, dataset));
  const problems = found.flatMap(({ problem }) => problem ?? []);
  const usable = found.filter(({ problem }) => problem === undefined);
  const counts = usable.flatMap(({ rows }) => rows ?? []);
  const rows = counts.length > 0 && counts.length === usable.length ? { rows: counts.reduce(addRowCounts) } : {};
  if (problems.length === 0) return { live: source, ...rows };
  return { live: source, ...rows, problem: { reason: 'DatasetUnusable', message: problems.join('; ') } };
}

type CheckedSecret =
  | { readonly ok: true; readonly secret: Uint8Array }
  | { readonly ok: false; readonly problem: NonNullable<MadeSource['problem']> };

/** The file with the next secret of a source: beside its secret. */
export function nextSecretFileOf({ secretFile }: Pick<Exclude<GatewaySource, ReplaySource>, 'secretFile'>): string {
  return join(dirname(secretFile), NEXT_SECRET_FILE);
}

/** A next secret that is missing is none. One that cannot be used does not keep the source from working. */
function checkNextSecret(
  source: Exclude<GatewaySource, ReplaySource>,
  { secretOf }: SourceFiles,
): { readonly ok: true; readonly secret: Uint8Array | undefined } | (CheckedSecret & { readonly ok: false }) {
  const found = secretOf(nextSecretFileOf(source));
  if (!found.ok && found.code === 'ENOENT') return { ok: true, secret: undefined };
  const checked = checkSecret(found);
  if (checked.ok) return checked;
  const { reason, message } = checked.problem;
  return { ok: false, problem: { reason, message: `the next secret is not accepted: ${message}` } };
}

function checkSecret(found: SecretFound): CheckedSecret {
  if (!found.ok && found.code === 'ENOENT')
    return refusal(
      'SecretMissing',
      'expected the Secret of spec.secretRef to exist and to have the key, found no such key: create it; a running gateway gets it within about 90 s',
    );
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
