import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { agentConsumer } from '@flotilla/contracts/bus/consumers.ts';
import type { NatsBus } from '@flotilla/runtime/bus/connect-bus.ts';
import { type NatsServer, startNatsServer } from '@flotilla/runtime/testing/nats-server.ts';
import { openTestBus } from '@flotilla/runtime/testing/open-test-bus.ts';
import { makeNatsControlBus } from './nats-control-bus.ts';

describe('makeNatsControlBus on a real nats-server', () => {
  let server: NatsServer;
  let bus: NatsBus;
  before(async () => {
    server = await startNatsServer();
    bus = await openTestBus({ url: server.url });
  });
  after(async () => {
    await bus.close();
    await server.stop();
  });

  const filters = async (): Promise<readonly string[]> => {
    const { config } = await bus.callApi<{
      readonly config: { readonly filter_subject?: string; readonly filter_subjects?: readonly string[] };
    }>('CONSUMER.INFO.SIGNALS.agent-main_btc');
    return config.filter_subjects ?? [config.filter_subject ?? ''];
  };

  test('ensureConsumer: brings a definition back that another one had replaced', async () => {
    const control = makeNatsControlBus({ bus, revision: 'test', actor: 'test', replicas: 1, fence: () => undefined });
    await control.ensureBase(() => undefined);
    for (const instruments of [['BTC-USD'], ['BTC-USD', 'ETH-USD'], ['BTC-USD']]) {
      await control.ensureConsumer(agentConsumer('main', 'btc', instruments));
      assert.deepEqual(
        await filters(),
        instruments.map((instrument) => `signals.normalized.*.${instrument}`),
      );
    }
    control.close();
  });
});
