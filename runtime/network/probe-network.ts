/** Starts the tries of a service's NetworkPolicy, for as long as the service lives. For the composition roots. */
import type { Principal } from '@flotilla/contracts/access/principal.ts';
import type { NetworkTargets } from '@flotilla/contracts/control/network-report.ts';
import type { Clock } from '@flotilla/contracts/ports.ts';
import type { NatsBus } from '../bus/connect-bus.ts';
import { openBucket } from '../key-value.ts';
import type { Logger } from '../log.ts';
import type { Lifetime } from '../service.ts';
import { startNetworkProber } from './network-prober.ts';

export interface ProbeNetworkOptions {
  readonly principal: Principal;
  readonly settings: { readonly FLOTILLA_NETWORK_TARGETS?: NetworkTargets | undefined; readonly POD_NAME: string };
  readonly bus: NatsBus;
  readonly clock: Clock;
  readonly logger: Logger;
}

export function probeNetwork(lifetime: Pick<Lifetime, 'onStop'>, { principal, settings, bus, clock, logger }: ProbeNetworkOptions): void {
  const { FLOTILLA_NETWORK_TARGETS: targets, POD_NAME: instance } = settings;
  const prober = startNetworkProber({ principal, targets, bucket: openBucket(bus, 'STATUS'), instance, clock, logger });
  lifetime.onStop('network', () => prober.stop());
}
