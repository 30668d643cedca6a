/** Stands in for a replica that lags, for tests of reads that must come from the leader: a direct get of the streams finds nothing. */
import { headers, type NatsConnection } from '@nats-io/nats-core';
import { connect } from '@nats-io/transport-node';
import type { NatsBus } from '../bus/connect-bus.ts';

const NOT_FOUND = 404;

/** Answers all direct gets of the streams from now on. @param url the server of `bus` */
export async function startLaggingReplica(
  bus: Pick<NatsBus, 'callApi'>,
  url: string,
  streams: readonly string[],
): Promise<Pick<NatsConnection, 'close'>> {
  const replica = await connect({ servers: url });
  for (const stream of streams) {
    const { config } = await bus.callApi<{ readonly config: object }>(`STREAM.INFO.${stream}`);
    await bus.callApi(`STREAM.UPDATE.${stream}`, { ...config, allow_direct: false });
    for (const subject of [`$JS.API.DIRECT.GET.${stream}`, `$JS.API.DIRECT.GET.${stream}.>`]) {
      replica.subscribe(subject, {
        callback: (_error, message) => void message.respond('', { headers: headers(NOT_FOUND, 'Message Not Found') }),
      });
    }
  }
  await replica.flush();
  return replica;
}
