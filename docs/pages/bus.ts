/** Page of streams, durable consumers, buckets and ports. */
import {
  agentConsumer,
  auditConsumer,
  BUCKETS,
  execConsumer,
  normaliserConsumer,
  SERVICE_PORTS,
  type StreamDefinition,
  type StreamName,
  STREAMS,
} from '@flotilla/contracts';
import { pushSubject } from '@flotilla/contracts/access/core-account.ts';
import { page, table } from './markdown.ts';

export function busPage(): string {
  const streams = Object.values(STREAMS).map(({ name, subjects, maxAgeMs, sealed, pushed }: StreamDefinition) => [
    name,
    subjects.map((subject) => `\`${subject}\``).join(', '),
    `${maxAgeMs / 86_400_000} d`,
    sealed ? 'no delete, no purge' : '',
    pushed === undefined ? '' : `\`${pushSubject(pushed)}\``,
  ]);
  const consumers = [
    normaliserConsumer(),
    agentConsumer('<portfolio>', '<strategy>', ['<instrument>']),
    execConsumer('main'),
    ...(Object.keys(STREAMS) as StreamName[]).map(auditConsumer),
  ].map(({ stream, name, filterSubjects, maxInFlight, deliver }) => [
    stream,
    `\`${name}\``,
    filterSubjects.map((subject) => `\`${subject}\``).join(', ') || 'all',
    String(maxInFlight),
    deliver,
  ]);
  return page(
    'Streams, consumers, buckets and ports',
    'Limits streams on file storage, fsynced on every write. The operator alone creates them.',
    [
      table(['stream', 'subjects', 'keeps', 'sealed', 'pushes what it has stored on'], streams),
      '## Durable consumers',
      table(['stream', 'consumer', 'filter', 'in flight', 'delivers'], consumers),
      '## Key-value buckets',
      table(
        ['bucket', 'history'],
        Object.values(BUCKETS).map(({ name, history }) => [name, String(history)]),
      ),
      '## Default HTTP ports',
      table(
        ['service', 'port'],
        Object.entries(SERVICE_PORTS).map(([service, port]) => [service, String(port)]),
      ),
    ].join('\n\n'),
  );
}
