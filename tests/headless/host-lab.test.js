// The lab as a program in Node embeds it: createLab() with the real core.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { createLab } from '../../worker/node-host.js';
import { TRACE_EVENT_BYTES, TRACE_KINDS } from '../../worker/protocol.js';

const folder = mkdtempSync(join(tmpdir(), 'lab-host-'));
const lab = createLab();
after(async () => {
  await lab.close();
  rmSync(folder, { recursive: true });
});

/** Threads of this process. Linux only; elsewhere nothing is claimed. */
function threads() {
  try {
    return readdirSync('/proc/self/task').length;
  } catch {
    return 0;
  }
}

const QUICK = ['--workers', '2', '--rounds', '1', '--seconds', '0.1', '--json', '-'];
const quick = (/** @type {string} */ workload, /** @type {string} */ methods, /** @type {string[]} */ ...more) => ['compare', workload, '--methods', methods, ...more, ...QUICK];

test('a run gives its text and its status', async () => {
  const list = await lab.run(['list', '--json']);
  assert.deepEqual([list.status, list.err, list.stopped], [0, '', false]);
  assert.ok(JSON.parse(list.out));
  const wrong = await lab.run(['nonsense']);
  assert.deepEqual([wrong.status, wrong.out], [2, '']);
  assert.match(wrong.err, /nonsense/);
  assert.equal(wrong.err.trimEnd().split('\n').length, 1);
  assert.equal((await lab.run([''])).status, 2);
  assert.equal((await lab.run(['list', 'a\0b'])).status, 2);
});

test('who debugs the lab can see what its thread is told of a trap', async () => {
  const seen = join(folder, 'trap');
  const watch = `import { writeFileSync } from 'node:fs'; import { workerData } from 'node:worker_threads';
    if (workerData?.lab) process.on('uncaughtExceptionMonitor', error => writeFileSync(${JSON.stringify(seen)}, error.stack));`;
  const watched = createLab({ execArgv: ['--import', `data:text/javascript,${encodeURIComponent(watch)}`] });
  const { status, err } = await watched.run(quick('fault', 'threads', '--fault', 'trap'));
  await watched.close();
  assert.equal(status, 1);
  assert.match(err, /a task trapped \(unreachable\) in a thread/);
  // As .ci/debug-wasm.mjs reads it, but for the functions' names, which this program does not have.
  assert.match(readFileSync(seen, 'utf8'), /^RuntimeError: unreachable\n +at .*\(?wasm:.*:0x[0-9a-f]+\)?$/m);
});

test('words and text may be in any language', async () => {
  const { status, err } = await lab.run(['compare', 'naïve–日本語😀']);
  assert.equal(status, 2);
  assert.match(err, /naïve–日本語😀/);
});

test('a run measures, and says where', async () => {
  const { status, out } = await lab.run(quick('fault', 'sequential,threads,processes,async', '--size', '4'));
  assert.equal(status, 0);
  const { environment, runs } = JSON.parse(out);
  assert.equal(environment.runtime, `node ${process.versions.node}`);
  assert.match(environment.engine, /^V8 \d+\.\d+$/);
  assert.equal(environment.platform, `${process.platform} ${process.arch}`);
  assert.equal(environment.isolated, true);
  assert.ok(environment.logicalCores >= 1);
  assert.ok(runs.length >= 4);
  for (const run of runs) assert.equal(run.verified, true, `${run.method}: ${run.error}`);
});

test('events and live messages come while it runs', async () => {
  /** @type {any[]} */
  const events = [];
  /** @type {import('../../worker/protocol.js').Live[]} */
  const lives = [];
  const { status } = await lab.run(['compare', 'mandelbrot', '--methods', 'threads', '--workers', '2', '--size', '256', '--rounds', '2', '--seconds', '0.5', '--json', '-'], {
    onEvent: event => events.push(event),
    onLive: live => lives.push(live),
  });
  assert.equal(status, 0);
  assert.ok(events.some(({ type }) => type === 'plan') && events.some(({ type }) => type === 'sample'));
  assert.ok(lives.length >= 2, `${lives.length} live messages`);
  const lanes = lives.flatMap(live => live.lanes);
  assert.ok(lanes.filter(({ role }) => role === 'thread').length >= 2);
  let count = 0;
  for (const { events } of lives) {
    assert.equal(events.byteLength % TRACE_EVENT_BYTES, 0);
    const view = new DataView(events);
    for (let at = 0; at < events.byteLength; at += TRACE_EVENT_BYTES, count++) {
      const kind = view.getUint8(at + 12);
      assert.ok(kind >= 1 && kind < TRACE_KINDS.length, `kind ${kind}`);
    }
  }
  assert.ok(count > 20, `${count} trace events`);
  assert.ok(lives.some(({ tiles }) => tiles.byteLength > 0), 'tiles of the picture');
});

test('text comes as it is written', async () => {
  /** @type {[number, string][]} */
  const texts = [];
  const { out, err } = await lab.run(['list'], { onText: (fd, text) => texts.push([fd, text]) });
  assert.equal(texts.filter(([fd]) => fd === 1).map(([, text]) => text).join(''), out);
  assert.equal(texts.filter(([fd]) => fd === 2).map(([, text]) => text).join(''), err);
  assert.ok(out.length > 100);
});

test('files: given ones, those on disk, and those that cannot be', async () => {
  const numbers = { 'n.txt': '97\n100\n101\n' };
  const given = await lab.run(quick('primes', 'sequential', '--numbers', 'n.txt'), { files: numbers });
  assert.equal(given.status, 0, given.err);
  assert.equal(JSON.parse(given.out).runs[0].tasks, 3);

  const file = join(folder, 'result.json');
  const written = await lab.run(['compare', 'fault', '--size', '2', '--methods', 'sequential', '--rounds', '1', '--seconds', '0.1', '--json', file]);
  assert.equal(written.status, 0, written.err);
  assert.equal(JSON.parse(readFileSync(file, 'utf8')).command, 'compare');

  for (const name of [join(folder, 'none'), folder]) {
    const missing = await lab.run(quick('primes', 'sequential', '--numbers', name));
    assert.notEqual(missing.status, 0);
    assert.ok(missing.err.includes(name), missing.err);
  }
  const nowhere = await lab.run(['compare', 'fault', '--size', '2', '--methods', 'sequential', '--rounds', '1', '--seconds', '0.1', '--json', join(folder, 'no/such/place')]);
  assert.equal(nowhere.status, 1);
  assert.match(nowhere.err, /no\/such\/place: No such file or directory/);
});

test('pages are read from a server of our own, which goes with the run', async () => {
  const before = await lab.workers();
  const { status, out } = await lab.run(quick('pages', 'threads,processes,async', '--size', '5', '--latency', '20'));
  assert.equal(status, 0);
  for (const run of JSON.parse(out).runs) assert.equal(run.verified, true, `${run.method}: ${run.error}`);
  for (let i = 0; i < 1500 && (await lab.workers()) > before; i++) await new Promise(resolve => setTimeout(resolve, 20));
  assert.ok((await lab.workers()) <= before);
});

test('a second run while one is under way is refused, and the first goes on', async () => {
  const [first, second] = await Promise.all([lab.run(quick('fault', 'threads', '--size', '2')), lab.run(['list'])]);
  assert.equal(first.status, 0);
  assert.deepEqual([second.status, second.out], [2, '']);
  assert.match(second.err, /^lab: a run is under way already; .*\n$/);
});

test('a task that fails fails its cell only', async () => {
  const { status, out } = await lab.run(quick('fault', 'threads,processes,async', '--fault', 'fail'));
  assert.equal(status, 1);
  for (const run of JSON.parse(out).runs) assert.match(run.error, /was told to/);
});

test('a process that traps breaks its pool, and no other method', async () => {
  const { status, out } = await lab.run(quick('fault', 'processes', '--fault', 'trap'));
  assert.equal(status, 1);
  assert.match(JSON.parse(out).runs.find((/** @type {any} */ run) => run.method === 'processes').error, /the process trapped: unreachable/);
});

for (const method of ['threads', 'sequential', 'async'])
  test(`a trap in ${method} ends the run with one sentence, and the next run is well`, async () => {
    const { status, err } = await lab.run(quick('fault', method, '--fault', 'trap'));
    assert.equal(status, 1);
    assert.equal(err.split('\n').filter(line => line.includes('trapped')).length, 1, err);
    assert.match(err, /^lab: a task trapped \(unreachable\) in a thread; threads share one memory, so the whole run ended\n/m);
    assert.equal((await lab.run(['list'])).status, 0);
  });

test('stop at any moment ends the run, leaves what was measured, and nothing else', { timeout: 180_000 }, async () => {
  let state = 1;
  const random = (/** @type {number} */ below) => ((state = (Math.imul(state, 1664525) + 1013904223) >>> 0) / 2 ** 32) * below;
  for (const [i, argv] of [
    ['compare', 'primes', '--methods', 'threads,processes,async', '--workers', '2', '--json', '-'],
    ['compare', 'pages', '--methods', 'threads,processes,async', '--workers', '2', '--latency', '2000', '--json', '-'],
    ['compare', 'fault', '--methods', 'processes', '--fault', 'hang', '--json', '-'],
    ['compare', 'fault', '--methods', 'threads', '--fault', 'hang', '--json', '-'],
  ].flatMap(argv => [argv, argv, argv, argv]).entries()) {
    const start = performance.now();
    let asked = 0;
    const timer = setTimeout(() => {
      asked = performance.now();
      lab.stop();
      lab.stop(); // once more is nothing more
    }, i % 4 === 0 ? 0 : random(900));
    const { status, stopped, out, err } = await lab.run(argv);
    clearTimeout(timer);
    assert.ok(asked, `it ended by itself after ${performance.now() - start} ms: ${err}`);
    assert.ok(stopped, `${argv[1]}: ${err}`);
    assert.equal(JSON.parse(out).stopped, true); // a stop that had to be forced leaves no document
    assert.ok(status === 0 || status === 1);
  }
  lab.stop(); // there is nothing to stop
  const { status, stopped } = await lab.run(quick('fault', 'threads', '--size', '2'));
  assert.deepEqual([status, stopped], [0, false]);
});

test('close ends everything, a run under way too', async () => {
  const idle = threads();
  const other = createLab();
  const running = other.run(['compare', 'primes', '--workers', '2']);
  for (let i = 0; i < 1500 && (await other.workers()) < 2; i++) await new Promise(resolve => setTimeout(resolve, 20)); // soon, or on a busy machine later
  assert.ok((await other.workers()) >= 2);
  await other.close();
  const { status, stopped } = await running;
  assert.deepEqual([status, stopped], [1, true]);
  assert.equal(await other.workers(), 0);
  await assert.rejects(other.run(['list']), /closed/);
  for (let i = 0; i < 1500 && threads() > idle; i++) await new Promise(resolve => setTimeout(resolve, 20));
  assert.ok(threads() <= idle, `${threads()} threads, ${idle} before`);
});

test('a program that forgets to close its lab ends all the same', () => {
  const url = new URL('../../worker/node-host.js', import.meta.url).href;
  const code = `const { createLab } = await import(${JSON.stringify(url)}); const { status } = await createLab().run(['list']); console.log(status);`;
  const { stdout, status } = spawnSync(process.execPath, ['--input-type=module', '-e', code], { encoding: 'utf8', timeout: 20_000, cwd: fileURLToPath(new URL('..', import.meta.url)) });
  assert.deepEqual([stdout, status], ['0\n', 0]);
});

test('programs that are not there', async () => {
  const broken = createLab({ programs: { lab: '/nowhere/lab.mjs', isolate: '/nowhere/isolate.wasm' } });
  const { status, err } = await broken.run(['list']);
  assert.equal(status, 1);
  assert.match(err, /^lab: the core could not be started: .*nowhere.*\n$/);
  await broken.close();
});
