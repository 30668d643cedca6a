import assert from 'node:assert/strict';
import { test } from 'node:test';
import { signalSourceSpecSchema } from './signal-source.ts';

const replayOf = (replay: object, instruments: readonly string[] = ['BTC-USD']): unknown => ({
  scheme: 'Replay',
  venue: 'own',
  instruments,
  replay: { datasets: ['bars'], ...replay },
});

test('replay: takes a source of recorded data without a format, as before', () => {
  assert.deepEqual(signalSourceSpecSchema.parse(replayOf({})).replay, { datasets: ['bars'] });
});

test('replay: fills in the delimiter and the form of the time', () => {
  const { replay } = signalSourceSpecSchema.parse(replayOf({ format: { kind: 'Bars', barSeconds: 60 } }));
  assert.deepEqual(replay?.format, { kind: 'Bars', barSeconds: 60, delimiter: 'Comma', time: 'Iso' });
});

const bars = { kind: 'Bars', barSeconds: 60 };
const REFUSED: readonly (readonly [why: string, spec: unknown, says: RegExp])[] = [
  ['bars have no length', replayOf({ format: { kind: 'Bars' } }), /barSeconds is required for the kind Bars and for no other/],
  ['quotes have a length', replayOf({ format: { kind: 'Quotes', barSeconds: 60 } }), /barSeconds is required/],
  ['trades name the moment of a bar', replayOf({ format: { kind: 'Trades', barTime: 'Close' } }), /barTime belongs to the kind Bars alone/],
  [
    'a number since 1970 has a zone',
    replayOf({ format: { ...bars, time: 'EpochSeconds', timeZone: 'UTC' } }),
    /timeZone belongs to the time Iso/,
  ],
  [
    'symbols have no column',
    replayOf({ format: { ...bars, symbols: [{ symbol: 'X', instrument: 'BTC-USD' }] } }),
    /symbols need columns\.symbol/,
  ],
  [
    'a symbol stands for an instrument that is not one of the source',
    replayOf({ format: { ...bars, columns: { symbol: 's' }, symbols: [{ symbol: 'X', instrument: 'ETH-USD' }] } }),
    /every instrument of replay\.format\.symbols must be one of spec\.instruments/,
  ],
  [
    'rows name no symbol and the source has two instruments',
    replayOf({ format: bars }, ['BTC-USD', 'ETH-USD']),
    /columns\.symbol, or exactly one instrument/,
  ],
  [
    'data comes from two places',
    replayOf({ from: { configMap: { name: 'a-dataset' }, volumeClaim: { name: 'a-dataset' } } }),
    /either a configMap or a volumeClaim/,
  ],
  ['data comes from no place', replayOf({ from: {} }), /either a configMap or a volumeClaim/],
  ['a ConfigMap is not one of datasets', replayOf({ from: { configMap: { name: 'flotilla-gateway' } } }), /-dataset/],
  ['a claim has the ending alone', replayOf({ from: { volumeClaim: { name: '-dataset' } } }), /name/],
  ['a path leaves the volume', replayOf({ from: { volumeClaim: { name: 'a-dataset', path: '../etc' } } }), /path/],
  ['a path is absolute', replayOf({ from: { volumeClaim: { name: 'a-dataset', path: '/etc' } } }), /path/],
];
for (const [why, spec, says] of REFUSED) {
  test(`replay: refuses a spec, when ${why}`, () => {
    const { error } = signalSourceSpecSchema.safeParse(spec);
    assert.match(JSON.stringify(error?.issues), says);
  });
}
