/** Reads the spec of a SignalSource. The operator reads no Secret: the gateway tells what it finds of the one that the source names. */
import type { ReasonOf } from '@flotilla/contracts/conditions/condition-reasons.ts';
import type { ResourceObject } from '@flotilla/contracts/resources/definition.ts';
import type { Blocked } from '../fleet/blocked.ts';
import { readSignalSourceSpec } from '../fleet/read-spec.ts';
import type { ServedSource } from './plan.ts';

/** Why the gateway cannot serve a source. */
export type BlockedSource = Blocked<ReasonOf<'SignalSource'>>;

/** A source whose spec cannot be read must not stop the other sources. */
export function gatherSource(object: ResourceObject): (ServedSource & { readonly ok: true }) | BlockedSource {
  const read = readSignalSourceSpec(object);
  return read.ok ? { ok: true, name: object.metadata.name, spec: read.spec, unknownFields: read.unknownFields } : read;
}
