/** Consumers of the control plane, ensured once for each connection and definition instead of at every reconciliation. */
import { canonicalJson } from '@flotilla/contracts/values/canonical-json.ts';
import type { StreamName } from '@flotilla/contracts/bus/streams.ts';
import type { ConsumerDefinition } from '@flotilla/contracts/bus/consumers.ts';
import type { NatsBus } from '@flotilla/runtime/bus/connect-bus.ts';
import { deleteConsumer, ensureConsumer } from '@flotilla/runtime/provision/ensure-consumer.ts';
import { FlotillaError } from '@flotilla/contracts/errors/errors.ts';
import type { TellDrift } from '../drift/drift.ts';
import { consumerDrift } from '../drift/stream-drift.ts';

export interface EnsuredConsumers {
  ensure(definition: ConsumerDefinition): Promise<void>;
  remove(stream: StreamName, name: string): Promise<void>;
  /** Looks at every consumer that was ensured, and puts back what another has changed or deleted. */
  repair(tell: TellDrift): Promise<void>;
  /** The connection is new: every consumer is ensured again. */
  forget(): void;
}

/** @param ageMsMax after this a consumer is ensured again although the connection never broke */
export function makeEnsuredConsumers(bus: NatsBus, ageMsMax: number): EnsuredConsumers {
  /** By stream and name: the last ensured definition and its time. A former definition that returns is ensured again. */
  const ensured = new Map<string, { readonly fingerprint: string; readonly atMs: number; readonly definition: ConsumerDefinition }>();
  return {
    async ensure(definition) {
      const fingerprint = canonicalJson(definition);
      const nowMs = bus.clock.monotonicMs();
      const key = `${definition.stream}/${definition.name}`;
      const held = ensured.get(key);
      if (held?.fingerprint === fingerprint && nowMs - held.atMs < ageMsMax) return;
      // Until the answer arrives it is unknown which of the two definitions is in force.
      ensured.delete(key);
      await ensureConsumer(bus, definition);
      ensured.set(key, { fingerprint, atMs: nowMs, definition });
    },
    async remove(stream, name) {
      ensured.delete(`${stream}/${name}`);
      await deleteConsumer(bus, stream, name);
    },
    async repair(tell) {
      for (const [key, { definition }] of new Map(ensured)) {
        const isWanted = (): boolean => ensured.get(key)?.definition === definition;
        if (!isWanted()) continue;
        const found = await ensureConsumer(bus, definition).catch(ignoreRefusal);
        if (found === undefined) continue;
        // A reconciliation may have removed the consumer in the middle of this.
        if (found.wasMissing && !ensured.has(key)) {
          await deleteConsumer(bus, definition.stream, definition.name);
          continue;
        }
        const drift = consumerDrift(definition, found);
        if (drift !== undefined && isWanted()) tell(drift);
      }
    },
    forget: () => ensured.clear(),
  };
}

/** The reconciliation of the object that needs the consumer says why the bus refuses it. */
function ignoreRefusal(error: unknown): undefined {
  if (!(error instanceof FlotillaError) || error.code !== 'BUS_REFUSED') throw error;
}
