import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatPodRange, freePodAddress, podAddress, podRange, POD_ADDRESSES_MAX } from './pod-range.ts';
import { PORT_OFFSET_MAX, PORT_OFFSET_STEP, portTable } from './ports.ts';
import { parseSettings } from '../settings/settings.ts';

test('portTable: moves every port, when there is an offset', () => {
  assert.equal(portTable(0).apiserver, 7443);
  assert.equal(portTable(1_000).apiserver, 8443);
  assert.equal(portTable(1_000).gateway, 9001);
});

test('portTable: shares no port between clones, when their offsets are steps apart', () => {
  const ports = Array.from({ length: 20 }, (_, clone) => Object.values(portTable(clone * PORT_OFFSET_STEP))).flat();
  assert.equal(new Set(ports).size, ports.length);
});

test('parseSettings: refuses an offset that is not a number or too large, and says what it may be', () => {
  for (const offset of ['x', '-1', '1.5', String(PORT_OFFSET_MAX + 1)]) {
    assert.throws(() => parseSettings({ PORT_OFFSET: offset }, '/c'), /PORT_OFFSET: expected a number from 0 to/);
  }
  assert.equal(parseSettings({ PORT_OFFSET: '1000' }, '/c').portOffset, 1_000);
  assert.equal(parseSettings({ PORT_OFFSET: '' }, '/c').portOffset, undefined);
});

test('podRange: differs between state folders and offsets, and is the same for the same', () => {
  const a = podRange('/one/.local', 0);
  assert.deepEqual(a, podRange('/one/.local', 0));
  assert.notDeepEqual(a, podRange('/two/.local', 0));
  assert.notDeepEqual(a, podRange('/one/.local', 1_000));
  assert.notEqual(a.second, 0, '127.0.x.x belongs to the machine');
});

test('podAddress: walks through a /22 without its first and last address', () => {
  const range = { second: 9, third: 4 };
  assert.equal(podAddress(range, 0), '127.9.4.1');
  assert.equal(podAddress(range, 255), '127.9.5.0');
  assert.equal(podAddress(range, POD_ADDRESSES_MAX - 1), '127.9.7.254');
  assert.equal(formatPodRange(range), '127.9.4.0/22');
});

test('freePodAddress: takes the first free address, and none when all are used', () => {
  const range = { second: 9, third: 4 };
  assert.equal(freePodAddress(range, new Set(['127.9.4.1'])), '127.9.4.2');
  const all = new Set(Array.from({ length: POD_ADDRESSES_MAX }, (_, index) => podAddress(range, index)));
  assert.equal(freePodAddress(range, all), undefined);
});
