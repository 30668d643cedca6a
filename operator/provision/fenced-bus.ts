/** Wraps the bus so that an operator that lost its leadership cannot write to it. */
import type { NatsBus } from '@flotilla/runtime/bus/connect-bus.ts';

/** The same bus with a fence. `fence` is called right before each write and each call of JetStream's API; when it throws, nothing is sent. */
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
