/** Stands in for replicas that lag, for tests of reads that must come from the leader: by default a direct get of the streams finds nothing. */
import { headers, type Msg, type NatsConnection } from '@nats-io/nats-core';
import { connect } from '@nats-io/transport-node';
import type { NatsBus } from '../bus/connect-bus.ts';

const NOT_FOUND = 404;

/** Answers all direct gets of the streams from now on. @param url the server of `bus` */
export async function startLaggingReplica(
  bus: Pick<NatsBus, 'callApi'>,
  url: string,
  streams: readonly string[],
  answer: (request: Msg) => void = findNothing,
): Promise<Pick<NatsConnection, 'close'>> {
  const replica = await connect({ servers: url });
  for (const stream of streams) {
    const { config } = await bus.callApi<{ readonly config: object }>(`STREAM.INFO.${stream}`);
    await bus.callApi(`STREAM.UPDATE.${stream}`, { ...config, allow_direct: false });
    for (const subject of [`$JS.API.DIRECT.GET.${stream}`, `$JS.API.DIRECT.GET.${stream}.>`]) {
      replica.subscribe(subject, { callback: (_error, message) => answer(message) });
    }
  }
  await replica.flush();
  return replica;
}

function findNothing(request: Msg): void {
  request.respond('', { headers: headers(NOT_FOUND, 'Message Not Found') });
}
