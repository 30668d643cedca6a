/** The callout: admits pods and people to the bus by the tokens of their ServiceAccounts. The composition root. */
import { connectBus } from '@flotilla/runtime/bus/connect-bus.ts';
import { systemClock } from '@flotilla/runtime/clock.ts';
import { loadConfig } from '@flotilla/runtime/config.ts';
import { makeHealth, startHealthServer } from '@flotilla/runtime/health.ts';
import { CALLOUT_IDENTITY_FIELDS, type CalloutIdentity } from '@flotilla/runtime/identity/bus-keys.ts';
import { readIdentityFile } from '@flotilla/runtime/identity/identity-file.ts';
import { userLogin } from '@flotilla/runtime/identity/login.ts';
import { keyPairOfSeed } from '@flotilla/runtime/identity/nkey.ts';
import { openBucket } from '@flotilla/runtime/key-value.ts';
import { makeLogger } from '@flotilla/runtime/log.ts';
import { makeMetrics } from '@flotilla/runtime/metrics.ts';
import { runService } from '@flotilla/runtime/service.ts';
import { admit } from './admit.ts';
import { readPrincipals } from './read-principals.ts';
import { calloutSettingsSchema } from './settings.ts';

const SERVICE = 'callout';
const REQUESTS = '$SYS.REQ.USER.AUTH';
/** Each request goes to one replica. */
const QUEUE = 'callout';

await runService({
  service: SERVICE,
  async start(lifetime) {
    const settings = loadConfig(SERVICE, calloutSettingsSchema, process.env);
    const logger = makeLogger({ service: SERVICE, revision: settings.FLOTILLA_REVISION, level: settings.LOG_LEVEL });
    lifetime.useLogger(logger);
    const identity = readIdentityFile<CalloutIdentity>(settings.FLOTILLA_BUS_IDENTITY_FILE, CALLOUT_IDENTITY_FIELDS);
    const metrics = makeMetrics(SERVICE);
    const answers = metrics.counter('callout_answers_total', 'Connections that asked for admission to the bus, by outcome', ['outcome']);
    const bus = await connectBus({
      url: settings.NATS_URL,
      login: userLogin(identity.login),
      name: `${SERVICE}-${settings.POD_NAME}`,
      logger,
      clock: systemClock,
      metrics,
    });
    lifetime.onStop('bus', () => bus.close());
    const options = {
      key: keyPairOfSeed(identity.podSigningSeed),
      admission: identity.admission,
      nowMs: () => systemClock.nowMs(),
      ...readPrincipals(openBucket(bus, 'PRINCIPALS'), systemClock),
    };
    const subscription = bus.respond(
      REQUESTS,
      async (payload) => {
        const { answer, principal, refusal, serviceAccount } = await admit(Buffer.from(payload).toString('utf8'), options);
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
