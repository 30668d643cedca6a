/** The state of the servers, read with every right: the oracle. An attack is judged by it, never by the answers that the attacker got. */
import { STREAMS } from '@flotilla/contracts/bus/streams.ts';
import type { NatsBus } from '@flotilla/runtime/bus/connect-bus.ts';

export interface ServerState {
  /** By name, with what would show a change of the stream itself. */
  readonly streams: Readonly<
    Record<
      string,
      {
        readonly config: string;
        readonly firstSequence: number;
        readonly lastSequence: number;
        readonly deletedCount: number;
        readonly counts: Readonly<Record<string, number>>;
      }
    >
  >;
  /** By `<stream>/<consumer>`. */
  readonly consumers: Readonly<Record<string, { readonly ackFloor: number; readonly delivered: number; readonly paused: boolean }>>;
}

interface StreamInfo {
  readonly config: { readonly name: string };
  readonly state: {
    readonly first_seq: number;
    readonly last_seq: number;
    readonly num_deleted?: number;
    readonly subjects?: Readonly<Record<string, number>>;
  };
}

interface ConsumerInfo {
  readonly name: string;
  readonly stream_name: string;
  readonly ack_floor: { readonly consumer_seq: number };
  readonly delivered: { readonly consumer_seq: number };
  readonly paused?: boolean;
}

export async function readServerState(bus: NatsBus): Promise<ServerState> {
  const list = await bus.callApi<{ readonly streams: readonly StreamInfo[] }>('STREAM.LIST', {});
  const streams = await Promise.all(
    list.streams.map(({ config }) => bus.callApi<StreamInfo>(`STREAM.INFO.${config.name}`, { subjects_filter: '>' })),
  );
  const consumers = await Promise.all(
    streams.map(async ({ config }) => {
      const answer = await bus.callApi<{ readonly consumers: readonly ConsumerInfo[] | null }>(`CONSUMER.LIST.${config.name}`, {});
      return answer.consumers ?? [];
    }),
  );
  return {
    streams: Object.fromEntries(
      streams.map(({ config, state }) => [
        config.name,
        {
          config: JSON.stringify(config),
          firstSequence: state.first_seq,
          lastSequence: state.last_seq,
          deletedCount: state.num_deleted ?? 0,
          counts: state.subjects ?? {},
        },
      ]),
    ),
    consumers: Object.fromEntries(
      consumers
        .flat()
        .map((info) => [
          `${info.stream_name}/${info.name}`,
          { ackFloor: info.ack_floor.consumer_seq, delivered: info.delivered.consumer_seq, paused: info.paused === true },
        ]),
    ),
  };
}

/**
 * Subjects of the messages stored between two states; a stream that is gone has none.
 *
 * The quarantine imports have other names than the subjects that they keep. With such an import a pull stores a copy of the attacker's own message in
 * QUARANTINE under the subject of the message. No service acts on QUARANTINE, so such a copy is evidence; the same subject in another stream is a hole.
 * A reader of QUARANTINE can so store evidence a second time, unchanged. Evidence with another content is a hole.
 */
export async function subjectsStoredSince(bus: NatsBus, before: ServerState, after: ServerState): Promise<ReadonlySet<string>> {
  const found = new Set<string>();
  const evidence = await evidenceOf(bus, before.streams[STREAMS.QUARANTINE.name]?.lastSequence ?? 0);
  for (const [name, { lastSequence }] of Object.entries(after.streams)) {
    const from = (before.streams[name]?.lastSequence ?? 0) + 1;
    if (from > lastSequence) continue;
    for await (const message of bus.read(name, { subject: '>', fromSequence: from, throughSequence: lastSequence })) {
      const isEvidence = name === STREAMS.QUARANTINE.name && (!message.subject.startsWith('quarantine.') || evidence.has(textOf(message)));
      if (!isEvidence) found.add(message.subject);
    }
  }
  return found;
}

async function evidenceOf(bus: NatsBus, throughSequence: number): Promise<ReadonlySet<string>> {
  const found = new Set<string>();
  if (throughSequence === 0) return found;
  for await (const message of bus.read(STREAMS.QUARANTINE.name, { subject: '>', fromSequence: 1, throughSequence }))
    found.add(textOf(message));
  return found;
}

function textOf({ subject, payload }: { readonly subject: string; readonly payload: Uint8Array }): string {
  return `${subject} ${Buffer.from(payload).toString('base64')}`;
}
