/**
 * Durable pull consumption that recovers from restarts of the server, lost connections, and a consumer that is deleted and created again.
 *
 * This file speaks the pull protocol itself, because the loop of the client library waits up to 30 s after a failed CONSUMER.INFO and cannot
 * reset a consumer. Rights needed: CONSUMER.INFO, CONSUMER.MSG.NEXT, ACK, and for `resume: 'ackFloor'` CONSUMER.RESET.
 */
import { type BackOff, makeBackOff } from '@flotilla/contracts/errors/back-off.ts';
import { FlotillaError } from '@flotilla/contracts/errors/errors.ts';
import type { Clock, Consumption, ConsumeOptions } from '@flotilla/contracts/ports.ts';
import type { Msg } from '@nats-io/nats-core';
import { makeAsyncQueue } from './async-queue.ts';
import type { Connection, DrainableSubscription } from './connection.ts';
import { type NatsDelivery, toDelivery } from './delivery.ts';
import { callApi } from './json-api.ts';
import type { Requester } from './requester.ts';

const EXPIRES_MS = 20_000;
const HEARTBEAT_MS = 2_000;
/** Pulls that were given up and that the bus may still answer. The oldest is forgotten beyond this number. */
const STALE_PULLS_MAX = 16;
/** After this silence, the server counts as having lost the pull. */
const SILENCE_MS_MAX = 5_000;
const REOPEN_DELAYS = { firstMs: 50, maxMs: 2_000 } as const;
const NANOSECONDS_PER_MS = 1_000_000;

const STATUS_HEARTBEAT = 100;
const STATUS_CONFLICT = 409;
const STATUS_NO_RESPONDERS = 503;

/** @throws FlotillaError `BUS_UNAVAILABLE`, `BUS_NOT_PROVISIONED`, `BUS_REFUSED` when it cannot begin. After the begin, it recovers by itself. */
export async function openPullConsumer(
  connection: Connection,
  requester: Requester,
  stream: string,
  consumer: string,
  options: ConsumeOptions,
): Promise<Consumption> {
  const consumption = new PullConsumption(connection, requester, stream, consumer, options);
  await consumption.open();
  return consumption;
}

/** One request for messages. */
interface Pull {
  remaining: number;
  readonly subscription: DrainableSubscription;
  cancelExpiry: () => void;
}

class PullConsumption implements Consumption {
  readonly #connection: Connection;
  readonly #requester: Requester;
  readonly #clock: Clock;
  readonly #stream: string;
  readonly #consumer: string;
  readonly #options: ConsumeOptions;
  readonly #queue = makeAsyncQueue<NatsDelivery>();
  /** Stream sequences in the queue, so that a message that is redelivered while it waits here is not queued twice. */
  readonly #queued = new Set<number>();
  readonly #stopping = new AbortController();
  /** Pulls whose messages have not all come. */
  readonly #pulls = new Set<Pull>();
  /**
   * Pulls that were given up, oldest first, for the time in which they would have expired. A server of a cluster does not learn that an inbox of another
   * account on another server is gone, and sends what comes next there. Such deliveries count like those of the present pulls.
   */
  readonly #stalePulls = new Set<Pull>();
  /**
   * What stale pulls brought while the consumption began again, because the bus may deliver before it answers the reset. At most twice the number in
   * flight: some that the bus sent before the reset, and those of after it.
   */
  readonly #early: NatsDelivery[] = [];
  /** Last number of the consumer's own count. A reset of the consumer starts the count at 1. */
  #lastConsumerSequence = 0;
  /** Delays after deliveries that were lost on the way. */
  readonly #astrayBackOff: BackOff;
  #lastHeardMs = 0;
  #reopening = false;
  #problem: string | undefined;
  #cancelWatchdog: () => void = () => undefined;
  #stopListening: () => void = () => undefined;

  constructor(connection: Connection, requester: Requester, stream: string, consumer: string, options: ConsumeOptions) {
    this.#connection = connection;
    this.#requester = requester;
    this.#clock = connection.clock;
    this.#stream = stream;
    this.#consumer = consumer;
    this.#options = options;
    this.#astrayBackOff = makeBackOff(REOPEN_DELAYS, connection.rng);
  }

  async open(): Promise<void> {
    await this.#begin();
    this.#stopListening = this.#connection.listen({
      onDisconnect: () => {
        this.#problem = 'not connected to NATS';
        this.#endPulls();
      },
      onConnect: () => this.#reopen('connected again'),
    });
    this.#watch();
  }

  problem(): string | undefined {
    return this.#problem;
  }

  async stop(): Promise<void> {
    if (this.#stopping.signal.aborted) return;
    this.#stopping.abort(new FlotillaError('BUS_UNAVAILABLE', 'the consumption was stopped'));
    this.#cancelWatchdog();
    this.#stopListening();
    for (const pull of this.#stalePulls) this.#forget(pull);
    await Promise.all([...this.#pulls].map(({ subscription }) => subscription.drain()));
    this.#queue.end();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<NatsDelivery> {
    for await (const delivery of this.#queue) {
      this.#queued.delete(delivery.sequence);
      yield delivery;
    }
  }

  /** Makes sure that the consumer exists, then pulls on a fresh inbox, so that no message of an earlier pull counts as one of this pull. */
  async #begin(): Promise<void> {
    // The server never answers a reset of a consumer that does not exist, so CONSUMER.INFO comes first.
    await callApi(this.#requester, `CONSUMER.INFO.${this.#stream}.${this.#consumer}`);
    if (this.#options.resume === 'ackFloor') await callApi(this.#requester, `CONSUMER.RESET.${this.#stream}.${this.#consumer}`);
    if (this.#stopping.signal.aborted) return;
    if (this.#options.resume === 'ackFloor') {
      this.#queue.clear();
      this.#queued.clear();
      this.#lastConsumerSequence = 0;
    }
    this.#endPulls();
    // One that the bus sent before the reset has the number of the same message, or of one that is acknowledged.
    for (const delivery of this.#early.splice(0)) if (this.#isExpected(delivery)) this.#take(delivery);
    this.#lastHeardMs = this.#clock.monotonicMs();
    this.#problem = undefined;
    this.#pull();
  }

  /**
   * Each pull has an inbox of its own. Across accounts the server remembers the way of a pull's answers until that inbox is unsubscribed, about
   * 3 kB a pull, so an inbox that lived on would make the server's memory grow for ever.
   */
  #pull(): void {
    const batch = this.#options.maxInFlight - this.#outstanding();
    if (batch <= 0 || this.#stopping.signal.aborted || !this.#connection.connected()) return;
    const inbox = this.#connection.makeInbox();
    const subscription = this.#connection.subscribe(inbox, (message) => this.#onMessage(message, pull));
    const pull: Pull = { remaining: batch, subscription, cancelExpiry: () => undefined };
    this.#pulls.add(pull);
    const request = { batch, expires: EXPIRES_MS * NANOSECONDS_PER_MS, idle_heartbeat: HEARTBEAT_MS * NANOSECONDS_PER_MS };
    this.#connection
      .live()
      .publish(`${this.#connection.apiPrefix}.CONSUMER.MSG.NEXT.${this.#stream}.${this.#consumer}`, JSON.stringify(request), {
        reply: inbox,
      });
  }

  /** Messages that are still to come. */
  #outstanding(): number {
    let sum = 0;
    for (const { remaining } of this.#pulls) sum += remaining;
    return sum;
  }

  /** The bus has ended the pull. */
  #forget(pull: Pull): void {
    pull.cancelExpiry();
    pull.subscription.unsubscribe();
    this.#pulls.delete(pull);
    this.#stalePulls.delete(pull);
  }

  /** The consumption gives its pulls up, and the bus may not know. */
  #endPulls(): void {
    for (const pull of this.#pulls) {
      this.#pulls.delete(pull);
      this.#stalePulls.add(pull);
      pull.cancelExpiry = this.#clock.after(EXPIRES_MS, () => this.#forget(pull));
    }
    for (const oldest of this.#stalePulls) {
      if (this.#stalePulls.size <= STALE_PULLS_MAX) return;
      this.#forget(oldest);
    }
  }

  #onMessage(message: Msg, pull: Pull): void {
    const isStale = this.#stalePulls.has(pull);
    if (!isStale && !this.#pulls.has(pull)) return;
    const isDelivery = message.reply !== undefined && message.reply !== '';
    if (!isStale || isDelivery) this.#lastHeardMs = this.#clock.monotonicMs();
    if (isDelivery) this.#onDelivery(toDelivery(message), pull);
    else if (!isStale) this.#onStatus(message, pull);
    else if (message.headers?.code !== STATUS_HEARTBEAT) this.#forget(pull);
  }

  #onDelivery(delivery: NatsDelivery, pull: Pull): void {
    pull.remaining -= 1;
    if (pull.remaining === 0) this.#forget(pull);
    if (this.#options.resume === 'ackFloor') {
      if (this.#reopening) {
        if (this.#early.length < 2 * this.#options.maxInFlight) this.#early.push(delivery);
        return;
      }
      if (!this.#isNext(delivery)) return;
    }
    this.#take(delivery);
    if (this.#outstanding() <= this.#options.maxInFlight / 2) this.#pull();
  }

  #take(delivery: NatsDelivery): void {
    if (this.#options.resume === 'ackFloor') this.#lastConsumerSequence += 1;
    if (this.#queued.has(delivery.sequence)) return;
    this.#queued.add(delivery.sequence);
    this.#queue.push(delivery);
  }

  #isExpected({ consumerSequence }: NatsDelivery): boolean {
    return consumerSequence === this.#lastConsumerSequence + 1;
  }

  /** False at a gap in the consumer's count: a delivery was lost, or another instance pulls too. The consumption begins again, with growing delays. */
  #isNext(delivery: NatsDelivery): boolean {
    if (!this.#isExpected(delivery)) {
      this.#reopen('a delivery went astray; does another instance consume?', this.#astrayBackOff.nextDelayMs());
      return false;
    }
    if (this.#lastConsumerSequence >= this.#options.maxInFlight) this.#astrayBackOff.reset();
    return true;
  }

  /** Every status but a heartbeat ends its pull: the rest of its messages will not come. */
  #onStatus(message: Msg, pull: Pull): void {
    const code = message.headers?.code ?? 0;
    if (code === STATUS_HEARTBEAT) return;
    const description = message.headers?.description.toLowerCase() ?? '';
    if (code === STATUS_NO_RESPONDERS) return this.#reopen('consumer is not there');
    if (code === STATUS_CONFLICT && /deleted|shutdown|leadership|maxwaiting/.test(description)) return this.#reopen(description);
    this.#forget(pull);
    this.#pull();
  }

  #reopen(reason: string, waitMs = 0): void {
    if (this.#reopening || this.#stopping.signal.aborted) return;
    this.#reopening = true;
    this.#problem = `consumer ${this.#consumer} of ${this.#stream}: ${reason}`;
    this.#endPulls();
    void this.#reopenUntilDone(waitMs).finally(() => {
      this.#reopening = false;
    });
  }

  async #reopenUntilDone(waitMs: number): Promise<void> {
    if (waitMs > 0) await this.#clock.sleep(waitMs, this.#stopping.signal).catch(() => undefined);
    const backOff = makeBackOff(REOPEN_DELAYS, this.#connection.rng);
    while (!this.#stopping.signal.aborted) {
      if (!this.#connection.connected()) return;
      try {
        return await this.#begin();
      } catch (error) {
        this.#problem = `consumer ${this.#consumer} of ${this.#stream}: ${error instanceof Error ? error.message : String(error)}`;
        await this.#clock.sleep(backOff.nextDelayMs(), this.#stopping.signal).catch(() => undefined);
      }
    }
  }

  #watch(): void {
    this.#cancelWatchdog = this.#clock.after(HEARTBEAT_MS, () => {
      const silentMs = this.#clock.monotonicMs() - this.#lastHeardMs;
      if (this.#connection.connected() && silentMs > SILENCE_MS_MAX) this.#reopen('silent');
      this.#watch();
    });
  }
}
