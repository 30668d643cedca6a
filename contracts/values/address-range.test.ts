import assert from 'node:assert/strict';
import { test } from 'node:test';
import { overlap, parseAddressRange } from './address-range.ts';

for (const [text, prefixLength, why] of [
  ['203.0.113.7/32', 32, 'one IPv4 address'],
  ['0.0.0.0/0', 0, 'every IPv4 address'],
  ['10.0.0.0/8', 8, 'a network'],
  ['::/0', 0, 'every IPv6 address'],
  ['2001:db8::1/128', 128, 'one IPv6 address'],
  ['2001:db8:1:2:3:4:5:6/128', 128, 'all groups written out'],
] as const) {
  test(`parseAddressRange: ${text} is ${why}`, () => assert.equal(parseAddressRange(text)?.prefixLength, prefixLength));
}

for (const [text, why] of [
  ['203.0.113.7', 'no prefix'],
  ['203.0.113.7/33', 'a prefix that is too long'],
  ['203.0.113.7/24', 'bits behind the prefix'],
  ['203.0.113.007/32', 'leading zeros'],
  ['256.0.0.1/32', 'no byte'],
  ['1.2.3/32', 'three bytes'],
  ['2001:db8::1::2/128', 'two gaps'],
  ['1:2:3:4:5:6:7/128', 'seven groups'],
  ['1:2:3:4:5:6:7:8::/128', 'a gap without a group'],
  ['::ffff:102:304/128', 'an IPv4 address in IPv6 form'],
  ['2001:DB8::/32', 'upper case'],
  ['$JS.API.>', 'a subject'],
] as const) {
  test(`parseAddressRange: refuses ${text}: ${why}`, () => assert.equal(parseAddressRange(text), undefined));
}

test('overlap: holds for a range in the other, and not across families', () => {
  const range = (text: string) => {
    const found = parseAddressRange(text);
    assert.ok(found !== undefined, text);
    return found;
  };
  assert.equal(overlap(range('169.254.0.0/16'), range('169.254.169.254/32')), true);
  assert.equal(overlap(range('169.254.169.254/32'), range('160.0.0.0/4')), true);
  assert.equal(overlap(range('169.254.0.0/16'), range('169.253.0.0/16')), false);
  assert.equal(overlap(range('0.0.0.0/0'), range('::/0')), false);
});
