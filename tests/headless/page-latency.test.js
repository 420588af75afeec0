// The latency exhibit without a page: the human scale, the settings and the address, what is kept of a run, the words,
// and where the charts draw.

import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { test } from 'node:test';
import { logarithmic, octaves } from '../../web/charts/scale.js';
import { machine, tickBytes } from '../../web/page/format.js';
import { Board, ratio } from '../../web/latency/board.js';
import { LANDMARKS, distance, like, metres } from '../../web/latency/human.js';
import { stairs } from '../../web/latency/ladder.js';
import { GROUPS, LADDER, ROWS, chosen, known, methodOf } from '../../web/latency/rows.js';
import { DEFAULTS, PRESETS, check, intention, presetDraft, presetOf, readAddress, toArgv, usualSeconds, writeAddress } from '../../web/latency/settings.js';
import { chartSummary, cycles, ladderSentence, tableText, toCsv, verdict } from '../../web/latency/words.js';
import { document, programs, runner } from './program.js';

const plain = (/** @type {string} */ text) => text.replaceAll('\u00a0', ' ');

test('a nanosecond is a hundred metres', () => {
  assert.equal(Math.round(metres(1e-9)), 100);
  const said = (/** @type {number} */ seconds) => plain(distance(seconds));
  assert.deepEqual([1e-12, 1e-11, 1e-10, 1e-9, 9.999e-9, 1e-8, 1e-7, 3e-6, 825e-6, 0.15].map(said), ['10 cm', '1 m', '10 m', '100 m', '1 km', '1 km', '10 km', '300 km', '82,500 km', '15 million km']);
  assert.deepEqual([1.24e-9, 96.4e-9, 999.6e-9, 0.0099999].map(said), ['124 m', '9.64 km', '100 km', '1 million km']);
  assert.deepEqual([distance(null), distance(NaN), distance(undefined)], ['–', '–', '–']);
});

test('distances are like places, and the further the time the further the place', () => {
  assert.deepEqual([1e-11, 1e-9, 1e-7, 3e-6, 825e-6, 2e-3, 3.844e-3, 0.15, 1.496].map(like), [
    'one step', 'a football pitch', 'to the next town', 'from London to Paris', 'around the world twice', 'half way to the Moon', 'to the Moon', 'a tenth of the way to the Sun', 'to the Sun',
  ]);
  assert.equal(like(400e-6), 'around the world');
  assert.equal(like(8e-3), 'to the Moon and back');
  assert.equal(like(20e-3), 'to the Moon 5 times');
  assert.equal(like(3), 'to the Sun and back');
  assert.deepEqual([0, -1, NaN, Infinity].map(like), ['', '', '', '']);
  // Every time has its words, of the range they stand for.
  let last = '';
  let changes = 0;
  for (let exponent = -13; exponent < 2; exponent += 0.01) {
    const words = like(10 ** exponent);
    assert.ok(words.length > 3 && !/NaN|undefined|^1 | 1 times| 0 /.test(words), `${exponent}: ${words}`);
    if (words !== last) changes++;
    last = words;
  }
  assert.ok(changes > 50);
  LANDMARKS.forEach((mark, i) => assert.ok(i === 0 || mark.metres > (LANDMARKS[i - 1]?.metres ?? 0)));
});

test('the rows: names once, groups together, the classic numbers of the table', () => {
  assert.equal(new Set(ROWS.map((row) => row.name)).size, ROWS.length);
  assert.deepEqual([...new Set(ROWS.map((row) => row.group))], GROUPS.map((group) => group.name));
  assert.equal(ROWS.filter((row) => row.classicSeconds !== null).length, 14);
  assert.equal(known('l1-cache')?.classicSeconds, 0.5e-9);
  assert.equal(known('packet-around-the-world')?.classicSeconds, 0.15);
  assert.equal(known('nothing'), null);
  assert.deepEqual(chosen(['tasks']).map((row) => methodOf(row.name)), ['sequential', 'threads', 'threads-gil', 'interpreters', 'processes', 'async']);
  assert.equal(methodOf('mutex'), null);
  assert.deepEqual(chosen(['mutex', 'l1-cache']).map((row) => row.name), ['l1-cache', 'mutex'], 'in the order of the table');
  assert.equal(chosen([]).length, ROWS.length);
});

test('presets are addresses that run; what is not a preset is written out', () => {
  for (const preset of PRESETS) {
    const { draft, run, unknown } = readAddress(`?preset=${preset.name}`);
    assert.equal(run, true);
    assert.deepEqual(unknown, []);
    assert.deepEqual(draft, presetDraft(preset));
    assert.equal(presetOf(draft), preset);
    assert.equal(writeAddress(draft), `?preset=${preset.name}`);
    assert.deepEqual(check(draft).problems, []);
    assert.match(preset.sentence, /\.$/);
  }
  assert.equal(presetOf(DEFAULTS), null);
  assert.equal(presetOf({ ...DEFAULTS, only: 'main-memory l3-cache,l2-cache l1-cache' })?.name, 'ladder', 'in any order');
  assert.equal(presetOf({ ...DEFAULTS, only: 'tasks,nonsense' }), null);
  for (const draft of [{ ...DEFAULTS, only: 'mutex,l1-cache' }, { ...DEFAULTS, seconds: '5' }, { only: 'tasks', seconds: '9', show: 'distances' }])
    assert.deepEqual(readAddress(writeAddress(draft)).draft, draft);
  assert.equal(writeAddress({ ...DEFAULTS, only: 'tasks', show: 'distances' }), '?preset=tasks&show=distances');
  assert.equal(writeAddress(DEFAULTS), './latency.html');
  assert.equal(writeAddress({ ...DEFAULTS, only: 'mutex, queue-hop' }), '?only=mutex,queue-hop');
  assert.equal(readAddress('?only=mutex&run').run, true);
  assert.equal(readAddress('?only=mutex&run=0').run, false);
  assert.deepEqual(readAddress('?preset=no&olny=x').unknown, ['preset=no', 'olny']);
});

test('wrong settings are told in one sentence each', () => {
  const messages = (/** @type {Partial<typeof DEFAULTS>} */ changes) => check({ ...DEFAULTS, ...changes }).problems.map((one) => `${one.field}: ${one.message}`);
  assert.deepEqual(messages({ only: 'mutxe' }), ['only: There is no row “mutxe”; there are l1-cache, mutex and others in the table, and the groups memory, sync, tasks and outside.']);
  assert.match(messages({ only: 'l1-cache,cache' })[0] ?? '', /^only: There is no row “cache”; there are l1-cache, l2-cache and l3-cache, and the groups/);
  assert.deepEqual(messages({ seconds: '0' }), ['seconds: Seconds must be a whole number from 1 to 120, or nothing, not “0”.']);
  assert.deepEqual(messages({ show: 'miles' }), ['show: “show” can be distances, not “miles”.']);
});

test('the words of a run, and how long it takes by itself', () => {
  const settings = (/** @type {Partial<typeof DEFAULTS>} */ changes) => check({ ...DEFAULTS, ...changes }).settings ?? assert.fail();
  assert.deepEqual(toArgv(settings({})), ['latency', '--seconds', '25', '--json', '-']);
  assert.deepEqual(toArgv(settings({ only: 'queue-hop, mutex', seconds: '7' })), ['latency', '--seconds', '7', '--only', 'mutex,queue-hop', '--json', '-']);
  assert.equal(usualSeconds(ROWS), 25);
  assert.ok(usualSeconds(chosen(LADDER)) > usualSeconds(chosen(['mutex'])));
  for (const preset of PRESETS) assert.ok(usualSeconds(chosen(presetDraft(preset).only.split(','))) <= 25);
  assert.equal(plain(intention(settings({}))), `All ${ROWS.length} numbers · about 25 s`);
  assert.equal(plain(intention(settings({ only: 'mutex' }))), 'mutex · about 3 s');
  assert.equal(plain(intention(settings({ only: 'tasks', seconds: '4' }))), '6 numbers · about 4 s');
});

/** @param {string} name @param {number | null} seconds @param {string | null} [reason] @returns {import('../../web/latency/types.js').LatencyRow} */
const row = (name, seconds, reason = null) => ({
  name, title: `Title of ${name}`, about: `About ${name}.`, group: known(name)?.group ?? 'outside', seconds, low: seconds && seconds * 0.9, high: seconds && seconds * 1.1,
  classicSeconds: known(name)?.classicSeconds ?? null, cycles: seconds && seconds / 0.4e-9, reason,
});
const point = (/** @type {number} */ bytes, /** @type {number} */ seconds) => ({ bytes, seconds, low: seconds, high: seconds });
/** @param {Partial<import('../../web/latency/types.js').LatencyEvent>} changes @returns {import('../../web/latency/types.js').LatencyEvent} */
const event = (changes) => ({ type: 'latency', done: 0, total: 4, elapsedSeconds: 0, totalSeconds: 8, name: null, row: null, point: null, ...changes });
/** @param {import('../../web/latency/types.js').LatencyRow[]} rows @returns {import('../../web/latency/types.js').LatencyDocument} */
const result = (rows) => ({
  schema: 'concurrency-lab/1', command: 'latency', seed: 1, stopped: false, seconds: 8, cycleSeconds: 0.4e-9, rows, ladder: null,
  environment: { runtime: 'node 20', platform: 'linux x64', isolated: true, logicalCores: 2, measuredParallelism: 1.97 },
});

test('what is known of a run: rows as they finish, what is measured now, points in order', () => {
  const board = new Board();
  board.select(chosen(['l1-cache', 'mutex', 'disk-seek']));
  board.begin();
  assert.equal(board.share, 0);
  assert.equal(board.climbs, true);
  board.take(event({ name: 'l1-cache' }));
  assert.equal(board.current?.name, 'l1-cache');
  for (const bytes of [2048, 1024, 2048]) board.take(event({ done: 1, name: 'l1-cache', elapsedSeconds: 1, point: point(bytes, bytes * 1e-12) }));
  assert.deepEqual(board.points.map((one) => one.bytes), [1024, 2048]);
  board.take(event({ done: 2, elapsedSeconds: 6, name: 'mutex', row: row('l1-cache', 1.2e-9) }));
  assert.equal(board.share, 0.75);
  assert.deepEqual(board.entries.map((entry) => entry.state), ['measured', 'current', 'waiting']);
  board.end(result([row('l1-cache', 1.2e-9), row('mutex', 17e-9), row('disk-seek', null, 'no disk'), row('new-row', 1e-6)]));
  assert.deepEqual(board.entries.map((entry) => entry.state), ['measured', 'measured', 'reason', 'measured']);
  assert.equal(board.entries[3]?.label, 'Title of new-row', 'a row that the page does not know yet has its place');
  assert.equal(board.current, null);
  assert.equal(ratio(board.entries[0] ?? assert.fail())?.toFixed(1), '2.4');
  // Another selection shows what is known of it; a run of it forgets that, and no other.
  board.select(chosen(['mutex']));
  assert.equal(board.get('mutex')?.seconds, 17e-9);
  board.begin();
  assert.deepEqual([board.get('mutex')?.seconds, board.get('mutex')?.about, board.get('l1-cache')?.seconds], [null, 'About mutex.', 1.2e-9]);
  assert.equal(board.points.length, 2, 'the ladder is not in this run');
  board.take(event({ name: 'mutex' }));
  board.end(null);
  assert.deepEqual(board.entries.map((entry) => entry.state), ['waiting']);
});

/** @param {[name: string, seconds: number | null][]} numbers @param {Partial<import('../../web/latency/types.js').LatencyRow>} [changes] of every row */
function boardOf(numbers, changes = {}) {
  const board = new Board();
  board.select(chosen(numbers.map(([name]) => name)));
  board.begin();
  board.end(result(numbers.map(([name, seconds]) => ({ ...row(name, seconds, seconds === null ? 'not here, so | there' : null), ...changes }))));
  return board;
}
const said = (/** @type {Board} */ board) => verdict((name) => board.get(name), board.entries).map(plain);

test('what the numbers mean is said only where the interval of their ratio says so', () => {
  const board = boardOf([['l1-cache', 1e-9], ['main-memory', 80e-9], ['false-sharing', 40e-9], ['padded-counters', 2e-9], ['message-1mb', 500e-6], ['message-1mb-transfer', 20e-6], ['task-sequential', 1e-7], ['task-async', 2e-7], ['task-processes', 4e-5]]);
  assert.deepEqual(said(board), [
    'Main memory is 80 times as far away as the L1 cache: 80.0 ns against 1.00 ns.',
    'Two counters on one cache line cost 20 times as much as on two: 40.0 ns against 2.00 ns for each count.',
    'A megabyte that is copied takes 25 times as long as one that changes hands: 500 µs against 20.0 µs.',
    'An empty task costs 100 ns under sequential and 40.0 µs under processes, 400 times as much.',
    'Against the 2 classic numbers that can be measured: one less and one more. Some are of another thing here, and a row says so when it is opened: what was read a moment ago comes from a cache.',
  ]);
  // ±10% each: a ratio above 1.15 is not 1, though two intervals overlap up to 1.22.
  assert.deepEqual(said(boardOf([['false-sharing', 2.36e-9], ['padded-counters', 2e-9]])), ['Two counters on one cache line cost 1.2 times as much as on two: 2.36 ns against 2.00 ns for each count.']);
  assert.deepEqual(said(boardOf([['false-sharing', 2.1e-9], ['padded-counters', 2e-9], ['mutex-contended', 20e-9], ['mutex', 19e-9], ['task-async', 1e-6], ['task-threads', 1.1e-6]])), [
    'Cannot be told apart: “False sharing” and “Padded counters” (2.10 ns and 2.00 ns); “Mutex, contended” and “Mutex” (20.0 ns and 19.0 ns); an empty task under threads and an empty task under async (1.10 µs and 1.00 µs).',
  ]);
  assert.deepEqual(said(boardOf([['false-sharing', 2e-9], ['padded-counters', 40e-9], ['task-async', 1e-6]])), [], 'surely the other way round, or nothing to compare with');
  const few = said(boardOf([['false-sharing', 40e-9], ['padded-counters', 2e-9], ['l1-cache', 1e-9], ['main-memory', 80e-9], ['task-sequential', 1e-7], ['task-processes', 4e-5]], { low: null, high: null }));
  assert.equal(few.length, 1, 'too few rounds for an interval');
  assert.match(few[0] ?? '', /^Against the 2 classic numbers that can be measured: 2 no certain difference\./);
  assert.deepEqual(said(boardOf([['message-1mb', null], ['message-1mb-transfer', 2e-5]])), []);
  assert.deepEqual(said(boardOf([])), []);
});

test('the table as text, as Markdown and as CSV', () => {
  const board = boardOf([['l1-cache', 1.25e-9], ['disk-seek', null]]);
  assert.equal(tableText(board.entries, 'text'), [
    'Row\tHere\t95% interval\tClassic\tRatio\tCycles\t1 ns = 100 m',
    'L1 cache\t1.25 ns\t1.13–1.38 ns\t0.5 ns\t2.50×\t3.1\t125 m, a football pitch',
    'Disk seek\tnot here, so | there\t\t10 ms\t\t\t', '',
  ].join('\n'));
  const markdown = tableText(board.entries, 'Markdown').split('\n');
  assert.equal(markdown[1], '| --- | ---: | ---: | ---: | ---: | ---: | --- |');
  assert.match(markdown[3] ?? '', /not here, so \\\| there/);
  for (const line of markdown.slice(0, 4)) assert.equal(line.split(/(?<!\\)\|/).length, 9);
  const csv = toCsv(result([row('l1-cache', 1.25e-9), row('disk-seek', null, 'no, none')]));
  assert.match(csv, /^name,title,group,seconds,.*\r\nl1-cache,Title of l1-cache,memory,1\.25e-9,/);
  assert.match(csv, /disk-seek,Title of disk-seek,outside,,,,0\.01,,"no, none"\r\n$/);
});

test('words of single numbers', () => {
  assert.deepEqual([2.96, 10.04, 236.2, 149_812, 13_440_000, 2.4e9, null].map((count) => plain(cycles(count))), ['3.0', '10', '236', '150,000', '13.4 million', '2.40 billion', '–']);
  assert.deepEqual([13_440_000, 2.4e9].map((count) => plain(cycles(count, ['M', 'G']))), ['13.4 M', '2.40 G']);
  assert.deepEqual([1024, 32 << 10, 1.5 * (1 << 20), 10240, 100 << 20, 512].map((size) => plain(tickBytes(size))), ['1 KiB', '32 KiB', '1.5 MiB', '10 KiB', '100 MiB', '512 bytes']);
  assert.equal(plain(ladderSentence([{ name: 'l1', bytes: 32 << 10, seconds: 1.2e-9 }, { name: 'memory', bytes: null, seconds: 9e-8 }])), 'One cache was found. L1, 32 KiB: 1.20 ns; memory: 90.0 ns.');
  assert.equal(ladderSentence([]), '');
  const board = boardOf([['l1-cache', 1.25e-9], ['mutex', null]]);
  assert.match(plain(chartSummary(board.entries, false)), /memory and synchronising\. Measured here: L1 cache: 1\.25 ns, classic 0\.5 ns\.$/);
  assert.match(plain(chartSummary(board.entries, true)), /L1 cache: 125 m, classic 50 m\.$/);
  assert.match(chartSummary(new Board().entries, false), /hollow marks are the classic numbers/);
  assert.equal(plain(machine(result([]).environment)), 'node 20, linux x64, 2 cores (1.97 measured)');
});

test('the axes: decades from a tenth of a nanosecond to a second, octaves of memory', () => {
  const time = logarithmic(1e-10, 1, [100, 1100]);
  assert.equal(time.ticks.length, 11);
  time.ticks.forEach((tick, i) => assert.ok(Math.abs(time(tick) - (100 + 100 * i)) < 1e-6));
  const size = octaves(1024, 128 << 20, [0, 170], 20);
  assert.deepEqual(size.ticks.map(Math.log2), Array.from({ length: 18 }, (_, i) => 10 + i));
  assert.deepEqual([1024, 32 << 10, 128 << 20, 1].map((bytes) => Math.round(size(bytes))), [0, 50, 170, 0]);
  assert.ok(octaves(1024, 128 << 20, [0, 170], 5).ticks.length <= 5);
  assert.deepEqual(octaves(3000, 5000, [0, 10]).ticks, [4096], 'powers of two within the range');
});

test('the steps of the ladder go from one end to the other, each to its cache’s size', () => {
  const x = octaves(1024, 16 << 20, [0, 140]);
  const y = logarithmic(1e-9, 1e-7, [200, 0]);
  assert.equal(stairs([{ name: 'L1', bytes: 32 << 10, seconds: 1e-9 }, { name: 'L2', bytes: 1 << 20, seconds: 1e-8 }, { name: 'memory', bytes: null, seconds: 1e-7 }], x, y), 'M0 200H50V100H100V0H140');
});

test('the core knows every row of the page', { skip: !existsSync(programs.native[0] ?? '') }, async () => {
  const run = runner('latency');
  // The words are read in order: an unknown row would be told before the seconds.
  const { status, err } = await run(programs.native, ['--only', ROWS.map((one) => one.name).join(','), '--seconds', 'x']);
  assert.equal(status, 2);
  assert.match(err, /--seconds/);
  const unmeasured = ROWS.filter((one) => one.classicSeconds !== null && one.group === 'outside');
  const { rows } = document((await run(programs.native, ['--only', unmeasured.map((one) => one.name).join(','), '--seconds', '1', '--json', '-'])).out, 'latency');
  for (const one of rows) assert.deepEqual([one.name, one.group, one.classicSeconds], [one.name, known(one.name)?.group, known(one.name)?.classicSeconds]);
});
