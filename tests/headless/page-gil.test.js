// The GIL exhibit: its slider, its settings in the address and as words, its sentences.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { byKey, fromSlider, intervalWords, step, toSlider } from '../../web/gil/interval.js';
import { DEFAULTS, PRESETS, check, presetDraft, presetOf, readAddress, toArgv, writeAddress } from '../../web/gil/settings.js';
import { counterVerdict, manyTimes, verdict } from '../../web/gil/verdict.js';

test('the slider is logarithmic, from 1 µs to 1 s, and gives round values', () => {
  assert.deepEqual([1, 10, 1000, 1_000_000].map(toSlider), [0, 1, 3, 6]);
  assert.deepEqual([0, 1, 3, 3.7, 6, -1, 9].map(fromSlider), [1, 10, 1000, 5000, 1_000_000, 1, 1_000_000]);
  for (let position = 0; position <= 6; position += 0.01) {
    const us = fromSlider(position);
    assert.ok(Number.isInteger(us) && us === Number(us.toPrecision(2)), `${us}`);
    assert.ok(Math.abs(toSlider(us) - position) < 0.18, `${position}: ${us}`);
    assert.equal(fromSlider(toSlider(us)), us, 'a value stays what it is');
  }
});

test('arrow keys go from round value to round value and back, over all six decades', () => {
  const up = [1];
  while (/** @type {number} */ (up.at(-1)) < 1_000_000) up.push(step(/** @type {number} */ (up.at(-1)), 1));
  assert.equal(up.length, 55);
  assert.deepEqual(up.slice(0, 12), [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 20, 30]);
  const down = [1_000_000];
  while (/** @type {number} */ (down.at(-1)) > 1) down.push(step(/** @type {number} */ (down.at(-1)), -1));
  assert.deepEqual(down.reverse(), up);
  assert.deepEqual([step(4700, 1), step(4700, -1), step(1, -1), step(1_000_000, 1)], [5000, 4000, 1, 1_000_000]);
  assert.deepEqual(['ArrowUp', 'ArrowLeft', 'PageUp', 'PageDown', 'Home', 'End', 'a'].map((key) => byKey(key, 5000)), [6000, 4000, 50_000, 500, 1, 1_000_000, null]);
  assert.deepEqual([1, 5000, 1500, 1_000_000].map((us) => intervalWords(us).replace('\u00a0', ' ')), ['1 µs', '5 ms', '1.5 ms', '1 s']);
});

test('a preset is an address that runs; single settings lie over it', () => {
  for (const preset of PRESETS) {
    const { draft, run, unknown } = readAddress(`?preset=${preset.name}`);
    assert.equal(run, true);
    assert.deepEqual(unknown, []);
    assert.deepEqual(draft, presetDraft(preset));
    assert.equal(presetOf(draft), preset);
    assert.equal(writeAddress(draft), `?preset=${preset.name}`);
    assert.deepEqual(check(draft).problems, []);
  }
  assert.equal(new Set(PRESETS.map((preset) => JSON.stringify(presetDraft(preset)))).size, 5);
  const { draft, run } = readAddress('?preset=convoy&interval-us=20000');
  assert.equal(run, true);
  assert.equal(draft['interval-us'], '20000');
  assert.equal(draft['io-threads'], '1');
});

test('every setting is in the address, as typed, and comes back', () => {
  const draft = { ...DEFAULTS, threads: '3', 'interval-us': 'x & y', only: 'no-gil' };
  const address = writeAddress(draft);
  assert.deepEqual(readAddress(address), { draft, run: false, unknown: [] });
  assert.equal(readAddress(`${address}&run=1`).run, true);
  assert.deepEqual(readAddress('').draft, DEFAULTS);
  assert.deepEqual(readAddress('?preset=nothing&thraeds=2'), { draft: DEFAULTS, run: false, unknown: ['preset=nothing', 'thraeds'] });
});

test('wrong settings are told in one sentence each', () => {
  const messages = (/** @type {Partial<typeof DEFAULTS>} */ changes) => check({ ...DEFAULTS, ...changes }).problems.map((one) => `${one.field}: ${one.message}`);
  assert.deepEqual(messages({ threads: '17' }), ['threads: CPU threads must be a whole number from 0 to 16, not “17”.']);
  assert.deepEqual(messages({ 'interval-us': '0' }), ['interval-us: The interval, in microseconds, must be a whole number from 1 to 1000000, not “0”.']);
  assert.deepEqual(messages({ threads: '0', 'io-threads': '0' }), ['threads: There must be a thread: of the CPU or of the I/O kind.']);
  assert.deepEqual(messages({ only: 'gil' }), ['only: “only” can be no-gil, not “gil”.']);
});

test('the words of a run', () => {
  const settings = check({ ...DEFAULTS, threads: ' 4 ' }).settings ?? assert.fail();
  assert.deepEqual(toArgv(settings), ['gil', '--threads', '4', '--interval-us', '5000', '--io-threads', '1', '--seconds', '20', '--io-us', '1000', '--json', '-']);
  assert.deepEqual(toArgv({ ...settings, noGil: true }).slice(-4), ['--only', 'no-gil', '--json', '-']);
});

const spread = (/** @type {number} */ mean) => ({ p50: mean, p90: mean, p99: mean, mean });
/** @param {Partial<import('../../web/gil/types.js').GilHalf>} changes @returns {import('../../web/gil/types.js').GilHalf} */
const half = (changes) => ({
  threads: 2, ioThreads: 0, seconds: 3, intervalUs: 5000, switches: 600, forced: 590, dropRequests: 600, timeouts: 600, switchesPerSecond: 199,
  forcedFraction: 0.98, holdSeconds: spread(0.005), waitSeconds: spread(0.005), responseSeconds: null, cpuTasksPerSecond: 400, ioPerSecond: 0, ...changes,
});
/** @param {Partial<import('../../web/gil/types.js').GilHalf>} gil @param {Partial<import('../../web/gil/types.js').GilHalf> | null} noGil */
const said = (gil, noGil) => verdict({ gil: half(gil), noGil: noGil && half({ switches: 0, ...noGil }) }).map((line) => line.replaceAll('\u00a0', ' '));

test('what it cost, in sentences', () => {
  assert.deepEqual(said({}, { cpuTasksPerSecond: 804 }), [
    'With the GIL, 2 threads that compute finished 400 tasks a second; without it 804, twice as many.',
    'The GIL had a new holder 199 times a second at an interval of 5 ms, nearly all of them forced.',
  ]);
  assert.match(said({}, { cpuTasksPerSecond: 410 })[0] ?? '', /about as many: here the threads had one core/);
  assert.match(said({}, { cpuTasksPerSecond: 1250 })[0] ?? '', /3\.1 times as many/);
  assert.match(said({}, { cpuTasksPerSecond: 200 })[0] ?? '', /only 200: something else/);
  assert.match(said({}, null)[0] ?? '', /400 tasks a second\.$/);
  const convoy = { threads: 1, ioThreads: 1, responseSeconds: spread(0.0051) };
  assert.equal(said(convoy, { ...convoy, responseSeconds: spread(0.00003) })[0], 'After each I/O a thread waited 5.10 ms until it ran again, about one interval; without the GIL 30.0 µs.');
  assert.match(said({ ...convoy, responseSeconds: spread(0.02) }, null)[0] ?? '', /, 4\.0 intervals\.$/);
  const waiting = { threads: 0, ioThreads: 8, responseSeconds: spread(0.00002), switches: 0, ioPerSecond: 1490 };
  assert.match(said(waiting, { ...waiting, ioPerSecond: 1500 })[1] ?? '', /8 threads finished 1490 waits a second, without the GIL 1500/);
  assert.equal(manyTimes(1.97), 'twice');
  assert.deepEqual(verdict({ gil: null, noGil: null }), []);
});

test('the lost update, in sentences', () => {
  /** @param {'unprotected' | 'lock' | 'atomic'} kind @param {number} lost */
  const row = (kind, lost, gil = false) => ({ kind, gil, threads: 4, expected: 4_000_000, counted: 4_000_000 - lost, lost, seconds: 0.1 });
  assert.match(counterVerdict([row('unprotected', 0, true), row('unprotected', 2_500_000), row('lock', 0), row('atomic', 0)]), /^4 threads without a GIL .* 4,000,000 times, and 2,500,000 of these vanished.*With a lock, and with an atomic, every one is there\.$/);
  assert.match(counterVerdict([row('unprotected', 0), row('lock', 0), row('atomic', 0)]), /That is luck/);
  assert.ok(!counterVerdict([row('unprotected', 5), row('lock', 1)]).includes('With a lock'));
  assert.equal(counterVerdict([]), '');
});
