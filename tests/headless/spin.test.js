// `lab spin`: the same words to the native binary and to Node, and to the host that shares nothing. Who freezes does so
// by construction; who turns may be held up by a busy machine, and gets some tries.

import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import { Worker } from 'node:worker_threads';
import { METHOD_ORDER as METHODS } from '../../web/page/methods.js';
import { createLab, findPrograms } from '../../worker/node-host.js';
import { document, programs, refuses, runner } from './program.js';

const run = runner('spin');
const read = (/** @type {string} */ out) => document(out, 'spin');
const TRIES = 5;

/** What holds of every run that came to its end, on any machine. @param {any} one @param {'sleep' | 'prime'} slow */
function consistent(one, slow) {
  assert.deepEqual([one.slow, one.answer, one.correct, one.reason], [slow, slow === 'sleep' ? '42' : 'prime', true, null], one.verdict);
  assert.ok(one.frames >= 1 && one.seconds > 0 && one.longestFreezeSeconds > 0);
  assert.equal(one.jitterSeconds === null, one.frames < 2);
  if (one.jitterSeconds) assert.ok(one.jitterSeconds.p50 <= one.jitterSeconds.p90 && one.jitterSeconds.p90 <= one.jitterSeconds.max);
  assert.ok(one.verdict.startsWith(`${one.method} `), one.verdict);
}

for (const [name, program] of Object.entries(programs))
  describe(`lab spin, ${name}`, () => {
    test('a sleep: everything but sequential turns', async () => {
      for (let i = 1; ; i++) {
        const { status, out, err } = await run(program, ['all', '--seconds', '0.6', '--together', '--json', '-']);
        assert.deepEqual([status, err], [0, '']);
        const { runs, together, stopped, tests, slowSeconds } = read(out);
        assert.deepEqual([together, stopped, tests, slowSeconds], [true, false, null, 0.6]);
        assert.deepEqual(runs.map((/** @type {any} */ one) => one.method), METHODS);
        for (const one of runs) consistent(one, 'sleep');
        for (const one of runs) assert.ok(one.seconds >= 0.59, `${one.method}: ${one.seconds} s`);
        assert.equal(runs[0].frames, 1);
        assert.match(runs[0].verdict, /^sequential froze for .*, the whole sleep: /);
        const turn = runs.slice(1).filter((/** @type {any} */ one) => one.frames >= 4 && one.longestFreezeSeconds < 0.3);
        if (turn.length === 5) break;
        assert.ok(i < TRIES, JSON.stringify(runs));
      }
    });

    test('a computation: async freezes for all of it and says so; threads, under a GIL too, and processes turn', async () => {
      for (let i = 1; ; i++) {
        const { status, out } = await run(program, ['async', 'threads', 'threads-gil', 'interpreters', 'processes', '--slow', 'prime', '--seconds', '0.6', '--json', '-']);
        assert.equal(status, 0);
        const { runs, tests, together } = read(out);
        assert.ok(tests >= 1 && !together);
        for (const one of runs) consistent(one, 'prime');
        const [async, ...others] = runs;
        assert.equal(async.frames, 1);
        if (async.seconds >= 0.25) assert.match(async.verdict, /^async froze for .*, the whole computation: nothing else ran on its one thread/);
        if (async.seconds >= 0.25 && others.every((/** @type {any} */ one) => one.frames > 2 && one.longestFreezeSeconds < async.longestFreezeSeconds / 2)) break;
        assert.ok(i < TRIES, JSON.stringify(runs));
      }
    });

    test('a table for people, and nothing of the spinner where there is no terminal', async () => {
      const { status, out, err } = await run(program, ['sequential', 'async', '--seconds', '0.3']);
      assert.deepEqual([status, err], [0, '']);
      assert.match(out, /^A frame every 100 ms while the slow function sleeps for 0\.3 s\n\n {2}method +frames +longest freeze/);
      assert.match(out, /\n {2}sequential +1 +\d+ ms +- +\d+ ms +42\n/);
      assert.match(out, /\nsequential froze for \d+ ms, the whole sleep: /);
      assert.ok(!/[\r\x1b]/.test(out));
    });

    test('a stop ends every method soon, and what there was is reported', async () => {
      for (const words of [['all', '--together', '--slow', 'prime'], ['sequential'], ['processes', 'async']]) {
        const { status, out, err, seconds } = await run(program, [...words, '--seconds', '100', '--json', '-'], { interruptAfter: 1500 });
        assert.deepEqual([status, err], [1, 'lab: stopped; what there was until then follows\n']);
        assert.ok(seconds < 50, `${seconds} s of 100`); // much less, where nothing else runs
        const { stopped, runs } = read(out);
        assert.equal(stopped, true);
        for (const one of runs) assert.deepEqual([one.answer, one.correct, one.reason], ['', false, 'stopped']);
      }
    });

    test('wrong words: exit 2 and one line that says what would be right', async () => {
      await refuses(run, program, [
        [[], /needs the name of a method: sequential, threads, threads-gil, interpreters, processes, async, or all/],
        [['asnyc'], /no method is called "asnyc"; there are sequential, .*, async, and all/],
        [['all', '--slow', 'fast'], /--slow "fast": it must be sleep or prime/],
        [['all', '--seconds', '0'], /--seconds "0": it must be a number from 0\.1 to 600/],
        [['all', '--seed', '1'], /no option --seed; `lab spin --help`/],
      ]);
      const { status, out } = await run(program, ['--help']);
      assert.equal(status, 0);
      assert.match(out, /--slow WHAT/);
    });
  });

/** Frames and their numbers, of one method, as they came. @param {any[]} events @param {string} method */
function inOrder(events, method) {
  const mine = events.filter(event => event.method === method);
  assert.equal(mine[0].state, 'start');
  const { state, run: result, seconds } = mine.at(-1);
  assert.deepEqual([state, result.method], ['end', method]);
  assert.ok(mine.slice(0, -1).every(event => event.run === null));
  const frames = mine.filter(event => event.state === 'frame');
  assert.deepEqual(frames.map(event => event.frame), [...frames.keys()]);
  assert.deepEqual(frames.map(event => event.glyph), frames.map((_, i) => '|/-\\'[i % 4]));
  assert.equal(frames.length, result.frames);
  assert.equal(seconds, result.seconds);
}

test('a frame is told in the moment it is drawn, from whatever thread', async () => {
  const lab = createLab();
  after(() => lab.close());
  /** @type {any[]} */
  const events = [];
  /** When sequential's events came. @type {number[]} */
  const arrived = [];
  const { status, out } = await lab.run(['spin', 'all', '--seconds', '0.5', '--json', '-'], {
    onEvent(event) {
      if (event.type !== 'spin') return;
      events.push(event);
      if (event.method === 'sequential') arrived.push(performance.now());
    },
  });
  assert.equal(status, 0);
  const { runs } = read(out);
  for (const method of METHODS) {
    inOrder(events, method);
    assert.deepEqual(events.find(event => event.state === 'end' && event.method === method).run, runs.find((/** @type {any} */ one) => one.method === method));
  }
  // Its one frame came well before its end, although its thread was asleep all the time.
  assert.ok(arrived[2] - arrived[1] > 250, `${arrived}`);
});

test('where nothing can be shared three methods spin, by events; the others say why not', async () => {
  const worker = new Worker(new URL('../../worker/solo-host.js', import.meta.url), { workerData: { isolate: findPrograms().isolate } });
  after(() => worker.terminate());
  let number = 0;
  /** @param {string[]} words @param {number} [stopAfterFrames] @returns {Promise<{ done: any, events: any[] }>} */
  const ask = (words, stopAfterFrames = 0) => new Promise(resolve => {
    const run = ++number;
    /** @type {any[]} */
    const events = [];
    worker.on('message', message => {
      if (message.run !== run) return;
      if (message.type === 'event') events.push(message.event);
      if (stopAfterFrames && message.type === 'event' && events.filter(event => event.state === 'frame').length === stopAfterFrames) worker.postMessage({ type: 'stop', run });
      if (message.type === 'done') resolve({ done: message, events });
    });
    worker.postMessage({ type: 'run', run, argv: ['spin', ...words, '--json', '-'] });
  });
  for (const slow of /** @type {const} */ (['sleep', 'prime'])) {
    const { done, events } = await ask(['all', '--slow', slow, '--seconds', '0.5']);
    assert.equal(done.status, 0, done.err);
    const { runs } = read(done.out);
    assert.deepEqual(runs.map((/** @type {any} */ one) => one.method), METHODS);
    for (const one of runs)
      if (['sequential', 'processes', 'async'].includes(one.method)) {
        consistent(one, slow);
        inOrder(events, one.method);
      } else {
        assert.deepEqual([one.answer, one.frames, one.reason], ['', 0, 'SharedArrayBuffer is missing here']);
      }
    const freezes = ['sequential', ...(slow === 'prime' ? ['async'] : [])];
    for (const one of runs.filter((/** @type {any} */ one) => freezes.includes(one.method))) assert.equal(one.frames, 1);
  }
  const refused = (await ask(['all', '--together'])).done;
  assert.deepEqual([refused.status, refused.out], [1, '']);
  assert.match(refused.err, /^lab: --together needs a thread for each method[^\n]*\n$/);
  assert.equal((await ask(['threads'])).done.status, 1, 'nothing ran');
  for (const words of [['sequential'], ['async'], ['processes'], ['processes', '--slow', 'prime']]) {
    const { done } = await ask([...words, '--seconds', '100'], words[0] === 'sequential' ? 1 : 2);
    assert.deepEqual([done.status, done.stopped], [1, true]);
    assert.equal(read(done.out).runs[0].reason, 'stopped');
  }
});
