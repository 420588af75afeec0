// lab latency: its words, its document, its end. What it says about this machine is judged only where every machine agrees.

import assert from 'node:assert/strict';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { createLab } from '../../worker/node-host.js';
import { METHOD_ORDER } from '../../web/page/methods.js';
import { document, programs, refuses, runner, scratch } from './program.js';

/** @import { LadderPoint, LatencyEvent, LatencyRow } from '../../web/latency/types.js' */

const run = runner('latency');
const folder = scratch('latency');
/** @typedef {{ seed: number, stopped: boolean, cycleSeconds: number | null, rows: LatencyRow[],
 *   ladder: null | { points: LadderPoint[], levels: { name: string, bytes: number | null, seconds: number }[] } }} Latency */
/** @returns {Latency} */
const read = (/** @type {string} */ out) => document(out, 'latency');

/** Bytes of a data cache of the first core, as Linux names it; 0: it does not. @param {number} level */
function cacheSize(level) {
  const folder = '/sys/devices/system/cpu/cpu0/cache';
  const text = (/** @type {string} */ index, /** @type {string} */ name) => readFileSync(join(folder, index, name), 'utf8').trim();
  const index = existsSync(folder) && readdirSync(folder).find(name => name.startsWith('index') && text(name, 'level') === String(level) && text(name, 'type') !== 'Instruction');
  return index ? parseInt(text(index, 'size')) * 1024 : 0;
}
const L1 = cacheSize(1), L2 = cacheSize(2);
const LEVELS = ['l1-cache', 'l2-cache', 'l3-cache', 'main-memory'];

/** Measured, with an interval around it; or a reason, and no number. @param {LatencyRow} row @param {Latency} result */
function checkRow(row, result) {
  if (row.reason !== null) {
    assert.ok(row.reason.length > 10, row.name);
    assert.deepEqual([row.seconds, row.low, row.high, row.cycles], [null, null, null, null], row.name);
    return;
  }
  const { seconds, low, high, cycles } = row;
  assert.ok(seconds !== null && seconds > 0, row.name);
  assert.ok(low === null || (low > 0 && low <= seconds), row.name);
  assert.ok(high === null || high >= seconds, row.name);
  assert.ok(cycles !== null && result.cycleSeconds !== null, row.name);
  assert.ok(Math.abs(cycles - seconds / result.cycleSeconds) <= 1e-6 * cycles, row.name);
}

for (const [name, program] of Object.entries(programs))
  describe(`lab latency, ${name}`, () => {
    test('every row is measured or has its reason; the groups stand together; the ladder rises', async () => {
      const { status, out, err } = await run(program, ['--seconds', '3', '--seed', '5', '--json', '-']);
      assert.equal(err, '');
      assert.equal(status, 0);
      const result = read(out);
      assert.equal(result.seed, 5);
      assert.equal(result.stopped, false);
      for (const row of result.rows) checkRow(row, result);
      const groups = result.rows.map(row => row.group);
      assert.deepEqual(groups.filter((group, i) => group !== groups[i - 1]), [...new Set(groups)]);
      assert.equal(new Set(result.rows.map(row => row.name)).size, result.rows.length);
      assert.deepEqual(result.rows.slice(0, 4).map(row => row.name), LEVELS);

      // A cycle: nothing that runs this is slower than 100 MHz or faster than 20 GHz.
      assert.ok(Number(result.cycleSeconds) > 5e-11 && Number(result.cycleSeconds) < 1e-8, `${result.cycleSeconds}`);
      const { points, levels } = result.ladder ?? assert.fail('there is no ladder');
      assert.equal(points[0].bytes, 1024);
      assert.ok(points[points.length - 1].bytes >= 16 << 20);
      points.forEach((point, i) => assert.ok(i === 0 || point.bytes > points[i - 1].bytes));
      assert.ok(levels.length >= 1);
      levels.forEach((level, i) => {
        const { name: before = '', bytes = 0, seconds = 0 } = levels[i - 1] ?? {};
        assert.ok(level.seconds > seconds, `${level.name} after ${before}`);
        assert.ok(level.name === 'memory' ? level.bytes === null : Number(level.bytes) > Number(bytes), level.name);
        const row = result.rows.find(({ name: of }) => of === (level.name === 'memory' ? 'main-memory' : `${level.name}-cache`));
        assert.equal(row?.seconds, level.seconds);
      });
      for (const row of result.rows.slice(0, 4))
        assert.equal(row.reason === null, levels.some(level => row.name.endsWith(level.name) || row.name.startsWith(level.name)), row.name);
    });

    // Whoever else runs on the machine may have half of a cache for a while: so one climb in six is enough.
    test('the ladder finds the L1 and the L2 that the system names, within a factor of two', { skip: !L1 || !L2 }, async () => {
      const seen = [];
      const near = (/** @type {unknown} */ found, /** @type {number} */ named) => Number(found) >= named / 2 && Number(found) <= named * 2;
      for (let climb = 0; climb < 6; climb++) {
        const { status, out } = await run(program, ['--only', 'l1-cache,l2-cache', '--seconds', '3', '--json', '-']);
        assert.equal(status, 0);
        const levels = read(out).ladder?.levels ?? [];
        const size = (/** @type {string} */ of) => levels.find(level => level.name === of)?.bytes;
        if (near(size('l1'), L1) && near(size('l2'), L2)) return;
        seen.push(levels);
      }
      assert.fail(`L1 of ${L1} and L2 of ${L2} bytes, and the ladders showed ${JSON.stringify(seen)}`);
    });

    test('rows by name, each once, in the order of the table; the ladder only where a row of it is wanted', async () => {
      const { status, out } = await run(program, ['--only', 'divide-64,branch-mispredict', '--only=divide-64', '--seconds', '0.5', '--json', '-']);
      assert.equal(status, 0);
      const result = read(out);
      assert.deepEqual(result.rows.map(row => row.name), ['branch-mispredict', 'divide-64']);
      assert.equal(result.ladder, null);
      for (const row of result.rows) assert.equal(row.reason, null);
    });

    test('a group by its name', async () => {
      const result = read((await run(program, ['--only', 'tasks,mutex', '--seconds', '0.7', '--json', '-'])).out);
      assert.deepEqual(result.rows.map(row => row.name), ['mutex', ...METHOD_ORDER.map(method => `task-${method}`)]);
    });

    test('a table for people, and the document in a file', async () => {
      const file = join(folder, `${name}.json`);
      const { status, out } = await run(program, ['--only', 'divide-64,mutex', '--seconds', '0.5', '--json', file]);
      assert.equal(status, 0);
      assert.match(out, /row +here +95% interval +classic +ratio +cycles +if 1 ns were 100 m/);
      // On a busy machine there may be too few samples for an interval.
      assert.match(out, /\nMemory and the CPU\n {2}divide-64 +[\d.]+ [nµ]s +(?:[\d.]+ [nµ]s - [\d.]+ [nµ]s +)?- +- +[\d.]+ +walk [\d.]+ k?m\n/);
      assert.match(out, /\nSynchronising and starting\n {2}mutex .* 25 ns /);
      assert.equal(read(readFileSync(file, 'utf8')).rows.length, 2);
    });

    test('wrong words: status 2, one line on stderr, nothing on stdout', async () => {
      await refuses(run, program, [
        [['--only', 'l4-cache'], /--only: no row is called "l4-cache"; there are l1-cache, l2-cache, l3-cache, and the groups memory, sync, tasks and outside$/m],
        [['--only', 'cache'], /no row is called "cache"; there are l1-cache, l2-cache, l3-cache, .*fetch-cache/],
        [['--only', 'mutex,'], /no row is called ""; there are l1-cache, .*, …, and the groups memory/],
        [['--only', 'x'.repeat(500)], /no row is called "x+"/],
        [['--only'], /--only needs a value/],
        [['--seconds', '0'], /--seconds "0": it must be a number from 0\.1 to 3600/],
        [['--seconds', 'inf'], /--seconds "inf": it must be/],
        [['--seed', '-1'], /--seed "-1": it must be a whole number from 0 to 9007199254740991/],
        [['--json', '--only'], /--json needs a file name; --only reads as an option/],
        [['--rounds', '3'], /latency has no option --rounds/],
        [['mutex'], /latency takes options and no other words, not "mutex"/],
      ]);
    });

    test('Ctrl-C: what was measured is reported, the rest says why not', async () => {
      const { status, out, seconds } = await run(program, ['--seconds', '600', '--only', 'l1-cache,divide-64', '--json', '-'], { interruptAfter: 5000 });
      assert.equal(status, 1);
      const result = read(out);
      assert.equal(result.stopped, true);
      assert.deepEqual(result.rows.map(row => row.reason), Array(2).fill('stopped before it was measured'));
      assert.ok(Number(result.ladder?.points.length) > 0);
      assert.ok(seconds < 30, `it took ${seconds} s`);
    });

    test('a file that cannot be written: status 1, before anything is measured', async () => {
      const { status, out, err } = await run(program, ['--only', 'divide-64', '--seconds', '0.2', '--json', join(folder, 'no', 'such.json')]);
      assert.equal(status, 1);
      assert.match(err, /such\.json: no such file/i);
      assert.equal(out, '');
    });
  });

test('events: every point and every row as they are finished; a second run has the memory again', async () => {
  const lab = await createLab();
  for (let again = 0; again < 2; again++) {
    /** @type {LatencyEvent[]} */
    const events = [];
    const { status, out } = await lab.run(['latency', '--only', 'l1-cache,main-memory,divide-64', '--seconds', '1', '--json', '-'], {
      onEvent: event => { if (event.type === 'latency') events.push(/** @type {LatencyEvent} */ (event)); },
    });
    assert.equal(status, 0);
    const result = read(out);
    const [first] = events, last = events[events.length - 1];
    assert.deepEqual([first.done, first.name, first.row, first.point], [0, 'l1-cache', null, null]);
    assert.deepEqual([last.done, last.name], [last.total, null]);
    events.forEach((event, i) => assert.equal(event.done, i));
    assert.deepEqual(events.flatMap(event => event.row ?? []), result.rows);
    const seen = new Map(events.flatMap(event => (event.point ? [[event.point.bytes, event.point]] : [])));
    assert.deepEqual([...seen.values()], result.ladder?.points);
  }
  await lab.close();
});
