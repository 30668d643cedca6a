/** Compares the settings of a stream with its definition. Pure. */
import { canonicalJson } from '@flotilla/contracts/values/canonical-json.ts';

/** The fields of JetStream's stream configuration, by their names in JetStream's API. */
export type StreamSettings = Readonly<Record<string, unknown>> & { readonly name: string };

/** One setting that is not as defined. Both values are JSON text; `unset` for a setting that the server leaves out. */
export interface SettingDifference {
  readonly setting: string;
  readonly expected: string;
  readonly found: string;
}

/** Settings that JetStream never takes back, or never changes on a stream that exists. */
const IRREVERSIBLE = new Set([
  'sealed',
  'deny_delete',
  'deny_purge',
  'allow_msg_ttl',
  'allow_msg_counter',
  'allow_msg_schedules',
  'persist_mode',
  'storage',
  'retention',
  'mirror',
]);

/** The server's own labels in `metadata`. */
const SERVER_METADATA = '_nats.';

/** Settings that differ, by name. A setting without a definition is expected to be as the server makes it by default. */
export function differencesOf(definition: StreamSettings, found: StreamSettings): readonly SettingDifference[] {
  return [...new Set([...Object.keys(definition), ...Object.keys(found)])]
    .toSorted()
    .map((setting) => ({ setting, expected: textOf(definition[setting]), found: textOf(found[setting]) }))
    .filter(({ expected, found: actual }) => expected !== actual);
}

/** The definition, but with the found values of the settings that cannot be put back. */
export function withoutIrreversible(definition: StreamSettings, found: StreamSettings): StreamSettings {
  const kept = Object.entries(found).filter(([setting]) => IRREVERSIBLE.has(setting));
  return { ...definition, ...Object.fromEntries(kept) };
}

/** A value that means the same as none is `unset`. */
function textOf(value: unknown): string {
  const plain = withoutServerMetadata(value);
  if (plain === undefined || plain === null || plain === false || plain === '' || plain === 0) return 'unset';
  if (plain === 'none' || plain === 'default') return 'unset';
  if (typeof plain === 'object' && Object.keys(plain).length === 0) return 'unset';
  return canonicalJson(plain);
}

function withoutServerMetadata(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).filter(([key]) => !key.startsWith(SERVER_METADATA)));
}
