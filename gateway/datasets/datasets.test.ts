/** Tests datasets from bytes to judged rows: lines, fields, header, times, numbers, and the reason of each refusal. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import type { RowFormat } from '@flotilla/contracts';
import fc from 'fast-check';
import { parseBarRow } from '../signals/bar-row.ts';
import { parseQuoteRow } from '../signals/quote-row.ts';
import { parseTradeRow } from '../signals/trade-row.ts';
import { catalogueEntry, type Dataset } from './dataset.ts';
import { type JudgedRow, makeRowJudge } from './judge-row.ts';
import { LINE_BYTES_MAX, makeLineSplitter } from './line-splitter.ts';
import { plainNumber } from './plain-number.ts';
import { readHeader } from './read-header.ts';
import { formatMoment, makeMomentReader } from './row-moment.ts';
import { splitLine } from './split-line.ts';
import { makeZone } from './zone.ts';

const DATA = new URL('../../examples/data/', import.meta.url);
const CATALOGUE = readFileSync(new URL('datasets.json', DATA), 'utf8');

const BARS: RowFormat = { kind: 'Bars', barMs: 60_000, delimiter: ',', columns: {}, time: 'Iso' };
const QUOTES: RowFormat = { kind: 'Quotes', delimiter: ',', columns: {}, time: 'Iso' };
const TRADES: RowFormat = { kind: 'Trades', delimiter: ',', columns: {}, time: 'Iso' };

function datasetOf(format: RowFormat, more: Partial<Dataset> = {}): Dataset {
  const instrument = format.columns.symbol === undefined ? 'BTC-USD' : undefined;
  return { name: 'own', file: 'own.csv', format, instrument, instruments: ['BTC-USD', 'ETH-USD'], ...more };
}

function judge(format: RowFormat, text: string | Buffer): readonly JudgedRow[] {
  const splitter = makeLineSplitter();
  const [header, ...rows] = [...splitter.push(Buffer.from(text)), ...splitter.end()];
  return rows.map(makeRowJudge(datasetOf(format), readHeader(header?.text, format)));
}

const told = (rows: readonly JudgedRow[]): readonly string[] => rows.map((row) => (row.ok ? row.body : `line ${row.line}: ${row.reason}`));

const RECORDED = {
  'btcusd-1s-2016-10-07': 4_063,
  'btcusd-1m-2018-04-04': 1_007,
  'ethusd-1m-2018-04-04': 1_009,
  'eurusd-quotes-2014-05-01': 51_053,
};
for (const [name, rows] of Object.entries(RECORDED)) {
  test(`makeRowJudge: takes the ${rows} rows of ${name} as they are written`, () => {
    const { format } = catalogueEntry(CATALOGUE, name);
    const text = readFileSync(new URL(`${name}.csv`, DATA), 'utf8');
    const found = judge(format, text);
    assert.equal(found.length, rows);
    assert.ok(told(found).join('\n') === text.slice(text.indexOf('\n') + 1).trimEnd(), 'each row is as in the file');
  });
}

test('catalogueEntry: says what to add for a dataset that is not described, and reads past bad entries of others', () => {
  assert.throws(() => catalogueEntry(CATALOGUE, 'spy'), /describe spy.*spec\.replay\.format/);
  assert.throws(() => catalogueEntry('{', 'spy'), { code: 'CONFIG_INVALID' });
  const catalogue = '{"spy":{"format":"BAR_CSV","instrument":"SPY"},"fx":{"format":"QUOTE_CSV","instrument":"EUR-USD","colour":1}}';
  assert.throws(() => catalogueEntry(catalogue, 'spy'), /barMs/);
  assert.partialDeepStrictEqual(catalogueEntry(catalogue, 'fx'), { instrument: 'EUR-USD', format: { kind: 'Quotes' } });
});

const GOOD = '2018-04-04T00:01:00Z,100,101.5,99,101,3';
const BAD_BARS: readonly (readonly [why: string, row: string, says: RegExp])[] = [
  ['a price is NaN', '2018-04-04T00:01:00Z,100,101,99,NaN,3', /^close: expected a plain decimal above 0 .*, found "NaN"$/],
  ['a price is empty', '2018-04-04T00:01:00Z,100,101,99,,3', /^close: .*found an empty field$/],
  ['a price is not a number', '2018-04-04T00:01:00Z,100,n/a,99,100,3', /^high: .*found "n\/a"$/],
  ['a price is 0', '2018-04-04T00:01:00Z,100,101,0,100,3', /^low: .*above 0.*found "0"$/],
  ['a price is negative', '2018-04-04T00:01:00Z,-100,101,99,100,3', /^open: .*found "-100"$/],
  ['a price has more decimals than a price can carry', '2018-04-04T00:01:00Z,1.0000000000001,2,1,1,3', /^open: .*12 decimal places/],
  ['a price has more digits than any reader keeps', '2018-04-04T00:01:00Z,123456.7890123456,2,1,1,3', /^open: .*15 significant digits/],
  ['the high is below the low', '2018-04-04T00:01:00Z,100,99,101,100,3', /^low: expected between low 101 and high 99, found "101"$/],
  ['the close is above the high', '2018-04-04T00:01:00Z,100,101,99,102,3', /^close: expected between low 99 and high 101/],
  ['the volume is negative', '2018-04-04T00:01:00Z,100,101,99,100,-1', /^volume: .*from 0/],
  ['the time cannot be read', 'yesterday,100,101,99,100,3', /^time: expected a time such as .*, found "yesterday"$/],
  ['the time is empty', ',100,101,99,100,3', /^time: /],
  ['the day does not exist', '2018-02-30T00:00:00Z,100,101,99,100,3', /^time: .*2018-02-30/],
  ['the time names no zone', '2018-04-04 00:01,100,101,99,100,3', /^time: .*with Z or an offset because the format names no timeZone/],
  ['the day and the month could be swapped', '04/05/2018 00:01,100,101,99,100,3', /^time: /],
  ['the time lies before all market data', '1999-12-31T00:00:00Z,100,101,99,100,3', /^time: .*from 2000-01-01T00:00:00Z/],
  [
    'the time goes back',
    '2018-04-03T23:59:00Z,100,101,99,100,3',
    /^time: expected a time not before that of line 2 \(2018-04-04T00:00:00.000Z\), found 2018-04-03T23:59:00.000Z$/,
  ],
  ['a field is missing', '2018-04-04T00:01:00Z,100,101,99,100', /^row: expected 6 fields as in the header, found 5$/],
  ['a decimal comma makes more fields', '2018-04-04T00:01:00Z,100,101,99,100,5,3', /^row: .*found 7$/],
  ['a number has a thousands separator', '2018-04-04T00:01:00Z,"1,100",1101,99,100,3', /^open: .*found "1,100"$/],
  ['a quote is not closed', '2018-04-04T00:01:00Z,"100,101,99,100,3', /^row: expected a double quote that ends on its line/],
  ['the line is empty', '', /^row: expected 6 fields, found an empty line$/],
  ['the line is longer than any row', 'x'.repeat(LINE_BYTES_MAX + 2), /^row: expected a line of at most 16384 bytes, found a longer one$/],
];
for (const [why, row, says] of BAD_BARS) {
  test(`makeRowJudge: refuses a bar, with its line, when ${why}, and takes the next one`, () => {
    const rows = judge(BARS, `time,open,high,low,close,volume\n2018-04-04T00:00:00Z,100,101,99,100,3\n${row}\n${GOOD}\n`);
    assert.deepEqual(
      rows.map(({ ok, line }) => [ok, line]),
      [
        [true, 2],
        [false, 3],
        [true, 4],
      ],
    );
    const [, refused] = rows;
    assert.match(refused?.ok === false ? refused.reason : '', says);
  });
}

test('makeRowJudge: takes more decimals than any tick, because exec rounds them', () => {
  const [row] = judge(BARS, `time,open,high,low,close,volume\n2018-04-04T00:00:00Z,100.123456789012,100.2,100,100.1000000001,3`);
  assert.equal(row?.ok, true);
});

test('makeRowJudge: refuses a quote and a trade by the same rules, and keeps crossed quotes', () => {
  const time = '2018-04-04T00:00:00.000Z';
  assert.deepEqual(told(judge(QUOTES, `time,bid,ask\n${time},2,1\n${time},0,1\n`)), [
    `${time},2,1`,
    'line 3: bid: expected a plain decimal above 0 up to 1000000000, at most 15 significant digits and 12 decimal places, no exponent, found "0"',
  ]);
  const [good, bad] = told(judge(TRADES, `time,price,size\n${time},100.5,0.25\n${time},100.5,0\n`));
  assert.equal(good, `${time},100.5,0.25`);
  assert.match(bad ?? '', /line 3: size: .*found "0"/);
});

test('makeRowJudge: reads columns in any order and case, with spaces, a byte order mark, Windows line ends and quotes', () => {
  const format: RowFormat = { ...BARS, delimiter: ';', columns: { time: 'Date', close: 'last price', volume: 'Vol.' } };
  const text =
    '\uFEFF Vol. ;"Last Price";LOW;High;Open;date;ignored\r\n "3" ; 101 ;99; 101.50 ;+100;2018-04-04T00:01:00Z;"a ""b""; c"\r\n\r\n';
  const [first, empty] = told(judge(format, text));
  assert.equal(first, '2018-04-04T00:01:00.000Z,100,101.50,99,101,3');
  assert.match(empty ?? '', /empty line/);
});

test('makeRowJudge: maps symbols to instruments, and refuses an unknown symbol', () => {
  const format: RowFormat = {
    ...TRADES,
    columns: { symbol: 'ticker' },
    symbols: [{ symbol: 'XBTUSD', instrument: 'BTC-USD' }],
  };
  const at = '2018-04-04T00:00:00Z';
  const rows = judge(format, `ticker,time,price,size\nXBTUSD,${at},1,1\nETH-USD,${at},2,1\nDOGE,${at},3,1\n`);
  assert.deepEqual(
    rows.map((row) => (row.ok ? row.instrument : row.reason)),
    ['BTC-USD', 'ETH-USD', 'ticker: expected a symbol of spec.replay.format.symbols or an instrument of the source, found "DOGE"'],
  );
});

test('makeRowJudge: knows a bar at its close, whichever moment its time names', () => {
  const text = 'time,open,high,low,close,volume\n2018-04-04T00:01:00Z,1,1,1,1,1\n';
  const [byOpen, byClose] = [judge(BARS, text)[0], judge({ ...BARS, barTime: 'Close' }, text)[0]];
  assert.ok(byOpen?.ok === true && byClose?.ok === true);
  assert.deepEqual([byOpen.body.slice(0, 24), byOpen.knownAtMs], ['2018-04-04T00:01:00.000Z', Date.parse('2018-04-04T00:02:00Z')]);
  assert.deepEqual([byClose.body.slice(0, 24), byClose.knownAtMs], ['2018-04-04T00:00:00.000Z', Date.parse('2018-04-04T00:01:00Z')]);
});

const HEADERS: readonly (readonly [why: string, header: string, format: RowFormat, says: RegExp])[] = [
  [
    'a column is missing',
    'time,bid',
    QUOTES,
    /expected a column ask in the header, found "time,bid": name the columns in spec\.replay\.format\.columns/,
  ],
  ['the first line is a row', '2018-04-04T00:00:00Z,1,2', QUOTES, /the columns time, bid, ask .*begin the file with a header/],
  ['the delimiter is another one', 'time;bid;ask', QUOTES, /is spec\.replay\.format\.delimiter right\? The line holds ";"/],
  [
    'two columns differ in case alone',
    'time,Bid,BID,ask',
    QUOTES,
    /expected one column bid in the header, found 2: Bid, BID; name one of them exactly/,
  ],
  ['the file is UTF-16', Buffer.from('time,bid,ask', 'utf16le').toString('utf8'), QUOTES, /write the file as UTF-8/],
  ['the file is empty', '', QUOTES, /found ""/],
];
for (const [why, header, format, says] of HEADERS) {
  test(`readHeader: says what was expected, found and to do, when ${why}`, () => {
    assert.throws(() => readHeader(header, format), { code: 'CONFIG_INVALID', message: says });
  });
}

test('readHeader: takes the column whose name fits exactly, when another one differs in case', () => {
  assert.equal(readHeader('time,bid,Bid,ask', QUOTES).columns.get('bid')?.index, 1);
  assert.equal(readHeader('time,bid,Bid,ask', { ...QUOTES, columns: { bid: 'Bid' } }).columns.get('bid')?.index, 2);
});

const MOMENTS: readonly (readonly [format: Pick<RowFormat, 'time' | 'timeZone'>, text: string, want: string | RegExp])[] = [
  [{ time: 'Iso' }, '2018-04-04T00:00:00+02:00', '2018-04-03T22:00:00.000Z'],
  [{ time: 'Iso' }, '2018-04-04 09:30:15.123456789 utc', '2018-04-04T09:30:15.123456789Z'],
  [{ time: 'Iso', timeZone: 'America/New_York' }, '2018-04-04 09:30', '2018-04-04T13:30:00.000Z'],
  [{ time: 'Iso', timeZone: 'America/New_York' }, '2018/01/04', '2018-01-04T05:00:00.000Z'],
  [{ time: 'Iso', timeZone: 'America/New_York' }, '2018-04-04T09:30:00Z', '2018-04-04T09:30:00.000Z'],
  [{ time: 'Iso', timeZone: 'America/New_York' }, '2018-03-11 02:30', /occurs once in the zone America\/New_York/],
  [{ time: 'Iso', timeZone: 'America/New_York' }, '2018-11-04 01:30', /occurs once in the zone/],
  [{ time: 'Iso', timeZone: 'Australia/Lord_Howe' }, '2018-04-01 01:45', /occurs once in the zone/],
  [{ time: 'Iso', timeZone: 'Asia/Kathmandu' }, '2018-04-01 05:45', '2018-04-01T00:00:00.000Z'],
  [{ time: 'Iso' }, '2018-04-04T24:00:00Z', /expected a time such as/],
  [{ time: 'Iso' }, '2018-04/04T00:00:00Z', /expected a time such as/],
  [{ time: 'EpochSeconds' }, '1522800000', '2018-04-04T00:00:00.000Z'],
  [{ time: 'EpochSeconds' }, '1522800000.1234567', '2018-04-04T00:00:00.1234567Z'],
  [{ time: 'EpochMilliseconds' }, '1522800000123.0', '2018-04-04T00:00:00.123Z'],
  [{ time: 'EpochMicroseconds' }, '1522800000123456', '2018-04-04T00:00:00.123456Z'],
  [{ time: 'EpochNanoseconds' }, '1522800000123456789', '2018-04-04T00:00:00.123456789Z'],
  [{ time: 'EpochNanoseconds' }, '1522800000123456789.5', /as time EpochNanoseconds/],
  [{ time: 'EpochSeconds' }, '1522800000123', /found "1522800000123", which would be a time as EpochMilliseconds/],
  [{ time: 'EpochSeconds' }, '1.5228e9', /as time EpochSeconds/],
  [{ time: 'EpochSeconds' }, '2018-04-04', /which looks like the time Iso/],
];
for (const [format, text, want] of MOMENTS) {
  test(`makeMomentReader: ${typeof want === 'string' ? 'reads' : 'refuses'} ${JSON.stringify(text)} as ${format.time}${format.timeZone === undefined ? '' : ` in ${format.timeZone}`}`, () => {
    const read = makeMomentReader(format);
    if (typeof want === 'string') assert.equal(formatMoment(read(text)), want);
    else assert.throws(() => read(text), { field: 'time', message: want });
  });
}

test('makeMomentReader: refuses an unknown time zone', () => {
  assert.throws(() => makeMomentReader({ time: 'Iso', timeZone: 'Mars/Olympus' }), { code: 'CONFIG_INVALID', message: /Mars\/Olympus/ });
});

test('makeMomentReader: gives the same moment for each unit, to the digit', () => {
  fc.assert(
    fc.property(fc.integer({ min: 946_684_800, max: 4_102_444_799 }), fc.integer({ min: 0, max: 999_999_999 }), (seconds, nanos) => {
      const digits = String(nanos).padStart(9, '0');
      const moment = makeMomentReader({ time: 'EpochNanoseconds' })(`${seconds}${digits}`);
      assert.deepEqual(makeMomentReader({ time: 'EpochSeconds' })(`${seconds}.${digits}`), moment);
      assert.deepEqual(makeMomentReader({ time: 'Iso' })(formatMoment(moment)), moment);
    }),
  );
});

test('makeZone: gives back the moment of every wall time that occurs once', () => {
  const zone = makeZone('Europe/Berlin');
  const format = new Intl.DateTimeFormat('sv-SE', { timeZone: 'Europe/Berlin', dateStyle: 'short', timeStyle: 'medium' });
  fc.assert(
    fc.property(fc.integer({ min: 1_000_000_000, max: 4_000_000_000 }), (seconds) => {
      const utcMs = seconds * 1_000;
      const found = zone.utcMs(Date.parse(`${format.format(utcMs).replace(' ', 'T')}Z`));
      assert.ok(found === utcMs || found === undefined);
    }),
  );
});

for (const [text, want] of [
  ['5e-05', '0.00005'],
  ['1.25E+3', '1250'],
  ['1.250e1', '12.5'],
  ['.5', '0.5'],
  ['5.', '5'],
  ['+007.50', '7.5'],
  ['-0.0', '-0.0'],
  ['1.50', '1.50'],
  ['1.500000000000000000', '1.5'],
  ['0e0', '0'],
  ['1e99', '1e99'],
  ['', ''],
  ['.', '.'],
  ['1,5', '1,5'],
  ['NaN', 'NaN'],
] as const) {
  test(`plainNumber: writes ${JSON.stringify(text)} as ${JSON.stringify(want)}`, () => assert.equal(plainNumber(text), want));
}

test('plainNumber: keeps the value of every number, digit for digit', () => {
  fc.assert(
    fc.property(fc.bigInt({ min: 1n, max: 999_999_999_999_999n }), fc.integer({ min: -25, max: 10 }), (units, exponent) => {
      const plain = plainNumber(`${units}e${exponent}`);
      const [whole = '', fraction = ''] = plain.split('.');
      const scale = 30;
      assert.equal(BigInt(whole + fraction.padEnd(scale, '0')), units * 10n ** BigInt(exponent + scale));
    }),
  );
});

test('splitLine: gives back fields that were quoted, whatever they hold', () => {
  const field = fc.string().map((text) => text.replaceAll(/[\r\n]/g, '').trim());
  fc.assert(
    fc.property(fc.array(field, { minLength: 1, maxLength: 6 }), fc.constantFrom(',', ';', '\t', '|'), (fields, delimiter) => {
      const line = fields.map((text) => ` "${text.replaceAll('"', '""')}"`).join(delimiter);
      assert.deepEqual(splitLine(line, delimiter), fields);
    }),
  );
});

test('makeLineSplitter: gives the same lines, however the bytes arrive', () => {
  fc.assert(
    fc.property(
      fc.array(fc.stringMatching(/^[a-zß€ ]{0,20}$/)),
      fc.boolean(),
      fc.array(fc.integer({ min: 1, max: 7 })),
      (texts, windows, cuts) => {
        const bytes = Buffer.from(texts.map((text) => `${text}${windows ? '\r\n' : '\n'}`).join(''));
        const splitter = makeLineSplitter();
        const lines = [];
        for (let at = 0, cut = 0; at < bytes.length; cut += 1) {
          const next = at + (cuts[cut % Math.max(1, cuts.length)] ?? 3);
          lines.push(...splitter.push(bytes.subarray(at, next)));
          at = next;
        }
        lines.push(...splitter.end());
        assert.deepEqual(
          lines,
          texts.map((text, index) => ({ number: index + 1, text })),
        );
      },
    ),
  );
});

test('makeLineSplitter: cuts a line without end off, keeps no byte of it, and goes on behind it', () => {
  const splitter = makeLineSplitter();
  for (let piece = 0; piece < 100; piece += 1) assert.deepEqual(splitter.push(Buffer.alloc(1_000, 'x')), []);
  assert.deepEqual(splitter.push(Buffer.from('\nnext\n')), [
    { number: 1, text: undefined },
    { number: 2, text: 'next' },
  ]);
});

test('makeRowJudge: what it takes, the normaliser reads, and it throws nothing, whatever the fields are', () => {
  const field = fc.oneof(
    fc.constantFrom('2018-04-04T00:00:00Z', '1522800000', '1', '100.5', '5e-05', '0', '-1', 'NaN', '', '"', '1,5', '100.000000000001'),
    fc.string(),
  );
  const kinds = [
    [BARS, 'time,open,high,low,close,volume', (body: string) => parseBarRow(body, 60_000)],
    [QUOTES, 'time,bid,ask', parseQuoteRow],
    [TRADES, 'time,price,size', parseTradeRow],
  ] as const;
  fc.assert(
    fc.property(fc.constantFrom(...kinds), fc.array(field, { minLength: 2, maxLength: 7 }), ([format, header, parse], fields) => {
      const text = fields.join(',').replaceAll(/[\r\n]/g, ' ');
      for (const row of judge(format, `${header}\n${text}`)) if (row.ok) parse(row.body);
    }),
    { numRuns: 3_000 },
  );
});
