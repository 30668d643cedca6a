/** The callout: admits pods and people to the bus by the tokens of their ServiceAccounts. The composition root. */
import { connectBus } from '@flotilla/runtime/bus/connect-bus.ts';
import { systemClock } from '@flotilla/runtime/clock.ts';
import { loadConfig } from '@flotilla/runtime/config.ts';
import { makeHealth, startHealthServer } from '@flotilla/runtime/health.ts';
import { CALLOUT_IDENTITY_FIELDS, type CalloutIdentity } from '@flotilla/runtime/identity/bus-keys.ts';
import { connectAnewOnChange, openLiveIdentity } from '@flotilla/runtime/identity/live-identity.ts';
import { currentUserLogin } from '@flotilla/runtime/identity/login.ts';
import { keyPairOfSeed } from '@flotilla/runtime/identity/nkey.ts';
import { openBucket } from '@flotilla/runtime/key-value.ts';
import { makeLogger } from '@flotilla/runtime/log.ts';
import { makeMetrics } from '@flotilla/runtime/metrics.ts';
import { runService } from '@flotilla/runtime/service.ts';
import { admit } from './admit.ts';
import { makeNewestFirst } from './newest-first.ts';
import { readPrincipals } from './read-principals.ts';
import { calloutSettingsSchema } from './settings.ts';

const SERVICE = 'callout';
const REQUESTS = '$SYS.REQ.USER.AUTH';
/** Each request goes to one replica. */
const QUEUE = 'callout';
/** More at once would only let each of them take longer. */
const AT_ONCE_MAX = 32;
/** The server gives a connection up after five seconds, so the answer to an older request would admit no client. */
const WAIT_MS_MAX = 4_000;

await runService({
  service: SERVICE,
  async start(lifetime) {
    const settings = loadConfig(SERVICE, calloutSettingsSchema, process.env);
    const logger = makeLogger({ service: SERVICE, revision: settings.FLOTILLA_REVISION, level: settings.LOG_LEVEL });
    lifetime.useLogger(logger);
    const identity = openLiveIdentity<CalloutIdentity>({
      path: settings.FLOTILLA_BUS_IDENTITY_FILE,
      fields: CALLOUT_IDENTITY_FIELDS,
      optionalFields: [],
      clock: systemClock,
      logger,
    });
    lifetime.onStop('identity', () => identity.stop());
    const metrics = makeMetrics(SERVICE);
    const answers = metrics.counter('callout_answers_total', 'Connections that asked for admission to the bus, by outcome', ['outcome']);
    const bus = await connectBus({
      url: settings.NATS_URL,
      login: currentUserLogin(() => identity.keys.login),
      name: `${SERVICE}-${settings.POD_NAME}`,
      logger,
      clock: systemClock,
      metrics,
    });
    lifetime.onStop('bus', () => bus.close());
    let key = keyPairOfSeed(identity.keys.podSigningSeed);
    identity.onChange(() => (key = keyPairOfSeed(identity.keys.podSigningSeed)));
    connectAnewOnChange(identity, [bus], logger);
    const options = {
      admission: identity.keys.admission,
      nowMs: () => systemClock.nowMs(),
      ...readPrincipals(openBucket(bus, 'PRINCIPALS'), systemClock),
    };
    const newestFirst = makeNewestFirst({ atOnceMax: AT_ONCE_MAX, waitMsMax: WAIT_MS_MAX, clock: systemClock });
    const subscription = bus.respond(
      REQUESTS,
      async (payload) => {
        const admission = await newestFirst(() => admit(Buffer.from(payload).toString('utf8'), { ...options, key }));
        if (admission === undefined) {
          answers.inc({ outcome: 'late' });
          return undefined;
        }
        const { answer, principal, refusal, serviceAccount } = admission;
        answers.inc({ outcome: refusal === undefined ? 'admitted' : 'refused' });
        if (refusal === undefined) logger.info({ principal, serviceAccount }, 'a connection was admitted to the bus');
        else logger.warn({ serviceAccount, reason: refusal }, 'a connection to the bus was refused');
        return Buffer.from(answer);
      },
      QUEUE,
    );
    lifetime.onStop('requests', () => subscription.unsubscribe());
    const health = makeHealth({ service: SERVICE, metrics, checks: { nats: () => bus.problem() } });
    const server = await startHealthServer(health, settings.HOST, settings.PORT);
    lifetime.onStop('health', () => server.close());
    logger.info({ port: server.port }, 'the callout runs');
  },
});
