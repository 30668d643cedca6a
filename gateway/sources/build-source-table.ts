/** Sources file and secrets in, table out; pure. */
import { describeIssues, FlotillaError, gatewayConfigSchema, type GatewaySource } from '@flotilla/contracts';
import { makeAddressSet } from '../http/client-address.ts';
import type { LiveSource, SourceTable } from './source-table.ts';

/** Shorter secrets can be guessed offline from one signed request. */
export const SECRET_BYTES_MIN = 16;

export type SecretFound = { readonly ok: true; readonly secret: Uint8Array } | { readonly ok: false; readonly reason: string };

/** Paths of the secrets that the sources file names. @throws FlotillaError `CONFIG_INVALID` when it is no valid sources file. */
export function parseSourcesFile(text: string): readonly GatewaySource[] {
  const result = gatewayConfigSchema.safeParse(parseJson(text));
  if (!result.success) throw new FlotillaError('CONFIG_INVALID', `expected a valid sources file, found: ${describeIssues(result.error)}`);
  const names = result.data.sources.map((source) => source.name);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined)
    throw new FlotillaError('CONFIG_INVALID', `expected every source once in the sources file, found ${twice} twice`);
  return result.data.sources;
}

/** One bad source does not take the others down: it is left out, and the table says why. */
export function buildSourceTable(sources: readonly GatewaySource[], secretOf: (path: string) => SecretFound): SourceTable {
  const live = new Map<string, LiveSource>();
  const problems: string[] = [];
  for (const source of sources) {
    const built = buildSource(source, secretOf);
    if (typeof built === 'string') problems.push(`source ${source.name}: ${built}`);
    else live.set(source.name, built);
  }
  return { sources: live, problems };
}

function buildSource(source: GatewaySource, secretOf: (path: string) => SecretFound): LiveSource | string {
  if (source.scheme === 'Replay') return source;
  const found = secretOf(source.secretFile);
  if (!found.ok) return `its secret ${found.reason}`;
  if (found.secret.byteLength < SECRET_BYTES_MIN) {
    return `expected a secret of at least ${SECRET_BYTES_MIN} bytes, found ${found.secret.byteLength}: make a longer one`;
  }
  if (source.scheme === 'Hmac') return { ...source, secret: found.secret };
  const addresses = source.sourceAddresses.length === 0 ? undefined : makeAddressSet(source.sourceAddresses);
  if (typeof addresses === 'string') return addresses;
  const symbolMap = new Map((source.symbols ?? []).map(({ symbol, instrument }) => [symbol, instrument]));
  return { ...source, secret: found.secret, addresses, symbolMap };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch (cause) {
    throw new FlotillaError('CONFIG_INVALID', 'expected the sources file to be JSON, found text that is not', { cause });
  }
}
