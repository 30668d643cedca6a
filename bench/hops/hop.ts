/** One bare hop as a process: consume, publish with awaited acknowledgement, acknowledge. `node hop.ts <nats url> <hop name>` */
import { CORE_API_PREFIX } from '@flotilla/contracts/access/core-account.ts';
import { connectBus, makeLogger, systemClock } from '@flotilla/runtime';
import { type FloorVariant, HOPS } from './floor-streams.ts';

const IN_FLIGHT_MAX = 100;

const [url = '', name = ''] = process.argv.slice(2);
const hop = HOPS.find((candidate) => candidate.name === name);
if (hop === undefined) throw new Error(`expected one of ${HOPS.map((each) => each.name).join(', ')}, found ${name}`);
// The floor has no accounts to cross: it works where the streams are.
const bus = await connectBus({
  url,
  name,
  apiPrefix: CORE_API_PREFIX,
  logger: makeLogger({ service: 'hop', revision: 'bench', level: 'warn' }),
  clock: systemClock,
});
while (!bus.connected()) await systemClock.sleep(5);
const consumption = await bus.consume(hop.stream, name, { maxInFlight: IN_FLIGHT_MAX });
process.stdout.write('ready\n');

for await (const delivery of consumption) {
  const variant = delivery.subject.split('.').at(-1) as FloorVariant;
  const id = delivery.headers['Nats-Msg-Id'] ?? '';
  void (async () => {
    let step = 0;
    for (const subject of hop.next(variant)) {
      await bus.publish(subject, delivery.payload, {
        messageId: `${id}-${name}${(step += 1)}`,
        headers: { 'Flotilla-Corr-Id': delivery.headers['Flotilla-Corr-Id'] ?? '' },
      });
    }
    await delivery.ack();
  })();
}
