import type { NatsBus } from '@flotilla/runtime/bus/connect-bus.ts';

/** The same bus; `fence` is asked right before each write and each call of JetStream's API, and holds it back by throwing. */
export function fencedBus(bus: NatsBus, fence: () => void): NatsBus {
  return {
    ...bus,
    async publish(subject, payload, options) {
      fence();
      return bus.publish(subject, payload, options);
    },
    async callApi<Answer>(endpoint: string, request?: object): Promise<Answer> {
      fence();
      return bus.callApi<Answer>(endpoint, request);
    },
  };
}
