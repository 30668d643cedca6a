/** Gives everything that an operator created, in a form in which two runs can be compared. */
import { bucketStream, type NatsBus } from '@flotilla/runtime';
import { STREAMS } from '@flotilla/contracts/bus/streams.ts';
import { normaliseObject, normaliseValue, withoutUids } from './normalise.ts';
import { RECORDED_TYPES, type Recorder } from './recorder.ts';

export type Dump = Readonly<Record<string, unknown>>;

interface ConsumerList {
  readonly consumers?: readonly { readonly name: string; readonly config: Readonly<Record<string, unknown>> }[] | null;
}

export async function dumpWorld(truth: Pick<Recorder, 'list'>, bus: NatsBus): Promise<Dump> {
  const objects = RECORDED_TYPES.filter(({ plural }) => plural !== 'leases').flatMap((type) =>
    truth.list(type).map((object) => ({ type, object })),
  );
  const living = new Set(objects.flatMap(({ object }) => object.metadata.uid ?? []));
  const dump: Record<string, unknown> = {};
  for (const { type, object } of objects) dump[`${type.kind} ${withoutUids(object.metadata.name)}`] = normaliseObject(object, living);
  for (const bucket of ['CONFIG', 'CONTROL'] as const) {
    for (const { subject, payload, headers } of await bus.lastPerSubject(bucketStream(bucket), `$KV.${bucket}.>`)) {
      if (headers['KV-Operation'] !== undefined) continue;
      dump[subject] = normaliseValue(JSON.parse(Buffer.from(payload).toString('utf8')));
    }
  }
  for (const stream of Object.keys(STREAMS)) {
    const { config } = await bus.callApi<{ readonly config: object }>(`STREAM.INFO.${stream}`);
    dump[`stream ${stream}`] = normaliseValue(config);
    const { consumers } = await bus.callApi<ConsumerList>(`CONSUMER.LIST.${stream}`, { offset: 0 });
    for (const consumer of consumers ?? []) dump[`consumer ${stream}/${consumer.name}`] = normaliseValue(consumer.config);
  }
  return dump;
}
