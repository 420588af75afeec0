// `lab gil`: the same words to the native binary and to Node. What holds by construction is asserted exactly, what
// depends on the machine loosely: it may be busy with other things.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { Worker } from 'node:worker_threads';
import { createLab, findPrograms } from '../../worker/node-host.js';
import { document, programs, refuses, runner, scratch } from './program.js';

const run = runner('gil');
const folder = scratch('gil');
const read = (/** @type {string} */ out) => document(out, 'gil');

/** @param {any} phase what holds for every phase under a GIL, on any machine */
function consistent(phase) {
  assert.ok(phase.forced <= phase.switches && phase.switches <= phase.takes);
  assert.ok(phase.forced <= phase.dropRequests + 1 && phase.dropRequests <= phase.timeouts);
  assert.ok(Math.abs(phase.forcedFraction - phase.forced / phase.switches) < 1e-6);
  assert.ok(Math.abs(phase.switchesPerSecond - phase.switches / phase.seconds) < 1e-3 * phase.switchesPerSecond);
  for (const times of [phase.holdSeconds, phase.waitSeconds]) assert.ok(times.p50 <= times.p90 && (times.p99 === null || times.p90 <= times.p99));
}

for (const [name, program] of Object.entries(programs))
  describe(`lab gil, ${name}`, () => {
    test('two CPU-bound threads: nearly every switch is forced, once an interval; without a GIL there is none', async () => {
      const { status, out, err } = await run(program, ['--threads', '2', '--interval-us', '5000', '--seconds', '2', '--seed', '7', '--json', '-']);
      assert.equal(err, '');
      assert.equal(status, 0);
      const { gil, noGil, counter, seed, stopped, intervalChanges } = read(out);
      assert.deepEqual([seed, stopped, intervalChanges], [7, false, 0]);
      consistent(gil);
      assert.deepEqual([gil.intervalUs, gil.threads, gil.ioThreads], [5000, 2, 0]);
      assert.ok(gil.forcedFraction > 0.9, `${gil.forcedFraction} forced`);
      // A waiter waits out its interval: a switch cannot come sooner. How much later is the machine's.
      assert.ok(gil.switchesPerSecond <= 205 && gil.switches > 5, `${gil.switchesPerSecond} switches a second`);
      assert.ok(gil.holdSeconds.mean > 0.0045 && gil.waitSeconds.mean > 0.0045, `held ${gil.holdSeconds.mean} s`);
      assert.ok(gil.cpuTasksPerSecond > 0 && noGil.cpuTasksPerSecond > 0);
      assert.deepEqual([gil.responseSeconds, gil.ioPerSecond, noGil.responseSeconds], [null, 0, null]);
      assert.deepEqual([noGil.switches, noGil.forced, noGil.takes, noGil.dropRequests, noGil.timeouts, noGil.switchesPerSecond], [0, 0, 0, 0, 0, 0]);
      assert.deepEqual([noGil.intervalUs, noGil.forcedFraction, noGil.holdSeconds, noGil.waitSeconds], [null, null, null, null]);

      assert.deepEqual(counter.map((/** @type {any} */ row) => [row.kind, row.gil]), [['unprotected', false], ['lock', false], ['atomic', false], ['unprotected', true]]);
      for (const row of counter) {
        assert.equal(row.lost, row.expected - row.counted);
        assert.equal(row.threads, 2);
        assert.ok(row.seconds > 0 && row.counted > 0 && row.lost >= 0);
      }
      assert.deepEqual(counter.slice(1).map((/** @type {any} */ row) => row.lost), [0, 0, 0]);
    });

    test('the convoy: a return from I/O waits for the GIL; without one it does not', async () => {
      const trace = join(folder, `${name}.json`);
      const { status, out } = await run(program, ['--threads', '1', '--io-threads', '1', '--interval-us', '5000', '--seconds', '2', '--json', '-', '--trace', trace]);
      assert.equal(status, 0);
      const { gil, noGil } = read(out);
      consistent(gil);
      assert.ok(gil.responseSeconds.p50 >= 0.0045, `${gil.responseSeconds.p50} s`);
      assert.ok(noGil.responseSeconds.p50 < gil.responseSeconds.p50 / 5, `${noGil.responseSeconds.p50} s without`);
      assert.ok(gil.ioPerSecond > 0 && gil.ioPerSecond < noGil.ioPerSecond);
      const { traceEvents } = JSON.parse(readFileSync(trace, 'utf8'));
      const lanes = traceEvents.filter((/** @type {any} */ event) => event.name === 'thread_name').map((/** @type {any} */ event) => event.args.name);
      for (const lane of ['CPU thread 1, threads-gil × 2', 'I/O thread 1, threads-gil × 2', 'CPU thread 1, threads × 2', 'I/O thread 1, threads × 2'])
        assert.ok(lanes.includes(lane), `${lane} in ${lanes}`);
      const count = (/** @type {string} */ slice) => traceEvents.filter((/** @type {any} */ one) => one.ph === 'B' && one.name === slice).length;
      assert.ok(count('holding the GIL') > 10 && count('holding, asked to drop') > 5 && count('forced to wait') > 5 && count('wanting the GIL') > 10);
    });

    test('only one part, and a table for people', async () => {
      const only = async (/** @type {string} */ part) => read((await run(program, ['--only', part, '--seconds', '0.2', '--json', '-'])).out);
      const [gil, noGil, counter] = [await only('gil'), await only('no-gil'), await only('counter')];
      assert.ok(gil.gil && !gil.noGil && gil.counter.length === 0);
      assert.ok(!noGil.gil && noGil.noGil && noGil.counter.length === 0);
      assert.ok(!counter.gil && !counter.noGil && counter.counter.length === 4);
      const { status, out } = await run(program, ['--threads', '0', '--io-threads', '2', '--seconds', '0.2']);
      assert.equal(status, 0);
      assert.match(out, /^0 CPU-bound threads, 2 I\/O threads\n/);
      assert.match(out, /switches a second +\S+ \(\d+% forced\)/);
      assert.match(out, /unprotected, with the GIL +0 lost/);
    });

    test('wrong words: exit 2 and one line that says what would be right', async () => {
      await refuses(run, program, [
        [['primes'], /takes options and no other words, not "primes"/],
        [['--workers', '2'], /no option --workers; `lab gil --help`/],
        [['--threads', '17'], /--threads "17": it must be a whole number from 0 to 16/],
        [['--threads', '0'], /leaves nothing to run/],
        [['--interval-us', '0'], /from 1 to 1000000/],
        [['--only', 'both'], /gil, no-gil or counter/],
        [['--seconds', 'soon'], /a number from 0\.1 to 3600/],
        [['--json'], /--json needs a file name/],
        [['--json', '--seed', '1'], /--json needs a file name; --seed reads as an option; a file of that name can be given as \.\/--seed/],
        [['--seconds', '0x10p-1'], /--seconds "0x10p-1": it must be a number from 0\.1 to 3600/],
        [['--json', 'a', '--trace', './a'], /--json and --trace name the same file, "a" and "\.\/a"/],
        [['--only', 'a\nb'], /--only "a\?b"/],
      ]);
      const { status, out } = await run(program, ['--help']);
      assert.equal(status, 0);
      assert.match(out, /--interval-us N/);
    });

    test('a stop ends it soon, and what was measured is reported', async () => {
      const { status, out, err, seconds } = await run(program, ['--seconds', '60', '--io-threads', '2', '--json', '-'], { interruptAfter: 1500 });
      assert.equal(status, 1);
      assert.equal(err, 'lab: stopped; what was measured until then follows\n');
      assert.ok(seconds < 30, `${seconds} s of 60`);
      const result = read(out);
      assert.equal(result.stopped, true);
      assert.ok(result.noGil === null && result.counter.length === 0);
      if (result.gil) assert.ok(result.gil.seconds < 30 && result.gil.switches > 0); // a busy machine may not have come so far
    });
  });

test('the interval can be changed while it runs, and the page sees it', async () => {
  const lab = createLab();
  after(() => lab.close());
  /** @type {any[]} */
  const events = [];
  lab.setSwitchInterval(7); // there is nothing to change
  let live = 0;
  const { status, out } = await lab.run(['gil', '--threads', '2', '--interval-us', '20000', '--seconds', '6', '--json', '-'], {
    onEvent(event) {
      events.push(event);
      if (event.type === 'gil' && event.phase === 'gil' && event.intervalUs === 20000) lab.setSwitchInterval(500);
    },
    onLive: message => { live += message.events.byteLength; },
  });
  assert.equal(status, 0);
  const { gil, intervalChanges } = read(out);
  assert.deepEqual([gil.intervalUs, intervalChanges], [500, 1]);
  const windows = events.filter(event => event.phase === 'gil');
  assert.ok(windows.length >= 4);
  for (const event of windows) assert.ok(event.totalSeconds === 3 && event.elapsedSeconds <= 4 && event.type === 'gil');
  assert.equal(windows[0].intervalUs, 20000);
  const later = windows.slice(-3);
  for (const event of later) assert.equal(event.intervalUs, 500);
  // Two threads that only compute: who gets the GIL has waited out an interval.
  assert.ok(windows.every(event => event.intervalUs === 500 || event.waitSeconds === null || event.waitSeconds.p50 > 0.019));
  assert.ok(later.some(event => event.waitSeconds?.p50 < 0.019), JSON.stringify(later));
  assert.ok(events.some(event => event.phase === 'no-gil' && event.intervalUs === null && event.switchesPerSecond === 0));
  for (const event of events) assert.ok(event.elapsedSeconds > 0 && event.totalSeconds > 0);
  assert.deepEqual(events.filter(event => event.phase === 'counter').map(event => [event.row, event.rows]), [[0, 4], [1, 4], [2, 4], [3, 4]]);
  assert.ok(live > 1000);
  assert.equal(read((await lab.run(['gil', '--only', 'gil', '--seconds', '0.1', '--json', '-'])).out).gil.intervalUs, 5000); // nothing is left of it
});

test('where nothing can be shared it says what is missing, in one line', async () => {
  const worker = new Worker(new URL('../../worker/solo-host.js', import.meta.url), { workerData: { isolate: findPrograms().isolate } });
  const ask = (/** @type {number} */ number, /** @type {string[]} */ argv) => new Promise(resolve => {
    worker.on('message', message => message.type === 'done' && message.run === number && resolve(message));
    worker.postMessage({ type: 'run', run: number, argv });
  });
  const { status, out, err } = await ask(1, ['gil']);
  assert.deepEqual([status, out], [1, '']);
  assert.match(err, /^lab: gil needs threads[^\n]*SharedArrayBuffer is missing here\n$/);
  assert.equal((await ask(2, ['gil', '--threads', 'x'])).status, 2);
  await worker.terminate();
});
