/** The way of commands and reports between the core and the simulated exchanges, with a latency. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { makeSequence } from '@flotilla/contracts/testing/seeded-sequence.ts';
import type { CoreEvent } from '../core/core-event.ts';
import { BUY } from '../orders/order.ts';
import { makeModels } from '../simulator/models/models.ts';
import { BTC, CORE_TERMS, DAY, ETH, limitsWith, orderWith, START_MS, usd } from '../testing/core-world.ts';
import { PaperAccount } from './paper-account.ts';

const COMMAND_MS = 5;
/** Of each venue. */
const REPORT_MS = [20, 3] as const;

function open(): { readonly paper: PaperAccount; readonly heard: string[] } {
  const heard: string[] = [];
  const none = { kind: 'NONE' } as const;
  const paper = new PaperAccount({
    core: CORE_TERMS,
    onEvent: (event: CoreEvent) => {
      if (event.kind === 'STATUS') heard.push(`${event.orderId} ${event.status}`);
    },
    venueOf: (instrument) => ({
      models: makeModels(
        {
          latency: { kind: 'FIXED', commandMs: COMMAND_MS, reportMs: REPORT_MS[instrument] ?? 0 },
          queue: none,
          fee: none,
          slippage: none,
          impact: none,
        },
        makeSequence(1),
      ),
      contract: { inverseUnits: undefined },
      depthUse: 'CONSUMED',
      barPath: 'ADAPTIVE',
      dataAgeMsMax: 10_000,
      marketOrderAgeMsMax: 1_000,
      collarBps: 100,
    }),
  });
  paper.core.addCapital({ currency: 0, amount: usd('1000000') }, START_MS);
  paper.core.setMode('ACTIVE', START_MS);
  paper.core.configure(1, limitsWith(), true, START_MS);
  paper.core.openDay(DAY, START_MS);
  for (const instrument of [BTC, ETH])
    for (const sequence of [1, 2])
      paper.quote(instrument, { bidTicks: 99, askTicks: 101, bidLots: 50, askLots: 50 }, START_MS, sequence, START_MS);
  return { paper, heard };
}

test('PaperAccount: hears of an order after the latency of command and report, and not before', () => {
  const { paper, heard } = open();
  const order = orderWith({ instrument: ETH, side: BUY, limitTicks: 95 });
  paper.place(order, START_MS);
  const answeredMs = START_MS + COMMAND_MS + REPORT_MS[1];
  paper.advance(answeredMs - 1);
  assert.deepEqual(heard, []);
  paper.advance(answeredMs);
  assert.deepEqual(heard, [`${order.orderId} ACCEPTED`]);
});

test('PaperAccount: hears reports of several venues in the order of their times, and loses none', () => {
  const { paper, heard } = open();
  const [slow, fast, last] = [
    orderWith({ instrument: BTC, limitTicks: 95 }),
    orderWith({ instrument: ETH, limitTicks: 95 }),
    orderWith({ instrument: BTC, limitTicks: 96 }),
  ];
  for (const order of [slow, fast, last]) paper.place(order, START_MS);
  paper.advance(START_MS + COMMAND_MS);
  paper.advance(START_MS + 1_000);
  assert.deepEqual(
    heard,
    [fast, slow, last].map(({ orderId }) => `${orderId} ACCEPTED`),
  );
});

test('PaperAccount: hears what is due before it takes the next input', () => {
  const { paper, heard } = open();
  const { orderId } = orderWith();
  paper.place(orderWith({ orderId, instrument: ETH, limitTicks: 95 }), START_MS);
  paper.advance(START_MS + COMMAND_MS);
  const later = START_MS + 100;
  paper.take({ kind: 'CANCEL', orderId }, later);
  assert.deepEqual(heard, [`${orderId} ACCEPTED`], 'the cancel comes after the acceptance');
  paper.advance(later + 100);
  assert.deepEqual(heard, [`${orderId} ACCEPTED`, `${orderId} CANCELED`]);
});

test('PaperAccount: brings a change to the venue', () => {
  const { paper, heard } = open();
  const order = orderWith({ instrument: ETH, limitTicks: 95 });
  paper.place(order, START_MS);
  paper.advance(START_MS + 100);
  paper.take({ kind: 'REPLACE', orderId: order.orderId, quantityLots: 20, limitTicks: 96 }, START_MS + 100);
  paper.advance(START_MS + 200);
  assert.deepEqual(heard, [`${order.orderId} ACCEPTED`, `${order.orderId} ACCEPTED`]);
  const [live] = paper.core.parts().orders.all();
  assert.deepEqual([live?.order.quantityLots, live?.order.limitTicks, live?.openLots], [20, 96, 20]);
});

test('PaperAccount: trades and bars reach the core and the exchange, and fill what they pass', () => {
  const { paper, heard } = open();
  const order = orderWith({ instrument: ETH, limitTicks: 95, quantityLots: 8 });
  paper.place(order, START_MS);
  paper.advance(START_MS + 100);
  const at = START_MS + 100;
  paper.trade(ETH, { ticks: 94, lots: 3, aggressor: undefined, sourceMs: at, sequence: 1 }, at);
  assert.equal(paper.core.parts().markets[ETH]?.markTicks, 94);
  const closeMs = at + 1_000;
  const bar = { openTicks: 96, highTicks: 97, lowTicks: 90, closeTicks: 93, lots: 400, openMs: at, closeMs };
  paper.bar(ETH, bar, closeMs);
  paper.advance(closeMs + 100);
  assert.equal(paper.core.parts().markets[ETH]?.markTicks, 93);
  assert.deepEqual(
    heard.map((line) => line.split(' ')[1]),
    ['ACCEPTED', 'PARTIALLY_FILLED', 'FILLED'],
  );
  assert.equal(paper.core.account().lots(1, ETH), 8);
});
