// The host without shared memory (solo-host.js), in a worker_thread as a page has it in a Worker: the isolate is the
// coordinator, lives by events, and speaks to its processes by messages.

import assert from 'node:assert/strict';
import http from 'node:http';
import { after, before, test } from 'node:test';
import { Worker } from 'node:worker_threads';
import { findPrograms } from '../../worker/node-host.js';

/** @import { DoneMessage, FromHost, Wants } from '../../worker/protocol.js' */

class Page {
  /** @type {any[]} */
  messages = [];
  #runs = 0;
  /** @type {Map<number, (message: any) => void>} */
  #waiting = new Map();
  /** @type {(isolated: boolean) => void} */
  #onReady = () => {};

  constructor() {
    this.ready = new Promise(resolve => (this.#onReady = resolve));
    this.worker = new Worker(new URL('../../worker/solo-host.js', import.meta.url), { workerData: { isolate: findPrograms().isolate } });
    this.worker.on('message', (/** @type {FromHost | { type: 'workers', count: number }} */ message) => {
      this.messages.push(message);
      if (message.type === 'look') this.worker.postMessage({ type: 'looked', run: message.run, busy: [] });
      if (message.type === 'ready') this.#onReady(message.isolated);
      if (message.type === 'workers') this.#waiting.get(0)?.(message.count);
      if (message.type === 'done' || message.type === 'crashed') this.#waiting.get(message.run ?? -1)?.(message);
    });
  }

  /** @param {string[]} argv @param {{ files?: Record<string, string>, wants?: Wants, stopAfterMs?: number }} [options] @returns {Promise<DoneMessage>} */
  run(argv, { files, wants, stopAfterMs } = {}) {
    const run = ++this.#runs;
    this.worker.postMessage({ type: 'run', run, argv, files, wants });
    if (stopAfterMs !== undefined) setTimeout(() => this.worker.postMessage({ type: 'stop', run }), stopAfterMs);
    return new Promise(resolve => this.#waiting.set(run, resolve));
  }

  /** @returns {Promise<number>} */
  workers() {
    return new Promise(resolve => {
      this.#waiting.set(0, resolve);
      this.worker.postMessage({ type: 'count' });
    });
  }
}

const QUICK = ['--workers', '2', '--rounds', '1', '--seconds', '0.1', '--json', '-'];
const quick = (/** @type {string} */ workload, /** @type {string} */ methods, /** @type {string[]} */ ...more) => ['compare', workload, '--methods', methods, ...more, ...QUICK];

const server = http.createServer((_, response) => setTimeout(() => response.end('three short words'), 20));
const page = new Page();
let urls = '';

before(async () => {
  await new Promise(resolve => server.listen(0, '127.0.0.1', () => resolve(null)));
  urls = Array.from({ length: 10 }, (_, i) => `http://127.0.0.1:${/** @type {import('node:net').AddressInfo} */ (server.address()).port}/${i}`).join('\n');
});
after(async () => {
  await page.worker.terminate();
  server.close();
  server.closeAllConnections();
});

test('it is ready, and says that nothing is shared', async () => {
  assert.equal(await page.ready, false);
});

test('what it has and what it has not', async () => {
  const { status, out } = await page.run(['list', '--json']);
  assert.equal(status, 0);
  const { methods } = JSON.parse(out);
  const threads = methods.find((/** @type {any} */ method) => method.name === 'threads');
  assert.ok(threads.reason || threads.available === false, JSON.stringify(threads));
});

test('sequential, processes and async run, verified', async () => {
  const { status, out, err } = await page.run(quick('fault', 'sequential,processes,async', '--size', '6'));
  assert.equal(status, 0, err);
  const { runs, environment } = JSON.parse(out);
  assert.equal(environment.isolated, false);
  assert.deepEqual([...new Set(runs.map((/** @type {any} */ run) => run.method))].sort(), ['async', 'processes', 'sequential']);
  for (const run of runs) assert.equal(run.verified, true, `${run.method}: ${run.error}`);
});

test('pages are awaited, here and in processes', async () => {
  const { status, out, err } = await page.run(quick('pages', 'sequential,processes,async', '--urls', 'urls.txt', '--size', '10'), { files: { 'urls.txt': urls } });
  assert.equal(status, 0, err);
  const { runs } = JSON.parse(out);
  for (const run of runs) assert.equal(run.verified, true, `${run.method}: ${run.error}`);
  const seconds = (/** @type {string} */ method) => runs.find((/** @type {any} */ run) => run.method === method).seconds.median;
  assert.ok(seconds('async') < seconds('sequential') / 2, `${seconds('async')} s, one after another ${seconds('sequential')} s`);
});

test('events, tiles and files', async () => {
  page.messages.length = 0;
  const { status, files } = await page.run(['compare', 'mandelbrot', '--methods', 'processes', '--workers', '2', '--size', '256', '--rounds', '1', '--seconds', '0.3', '--json', 'result.json']);
  assert.equal(status, 0);
  assert.equal(JSON.parse(files?.['result.json'] ?? '').command, 'compare');
  const looks = page.messages.filter(({ type }) => type === 'look');
  assert.ok(looks.some(({ events }) => events.some((/** @type {any} */ event) => event.type === 'plan')));
  assert.ok(looks.some(({ live }) => live.tiles.byteLength > 0));
});

test('a file that was not given', async () => {
  const { status, err } = await page.run(quick('primes', 'sequential', '--numbers', 'none.txt'));
  assert.notEqual(status, 0);
  assert.match(err, /none\.txt/);
});

test('processes that trap, exit or fail end their cell, the host goes on', async () => {
  for (const [fault, sentence] of [['trap', /the process trapped: unreachable/], ['exit', /the process exited with status 7/], ['fail', /was told to/]]) {
    const { status, out } = await page.run(quick('fault', 'processes', '--fault', /** @type {string} */ (fault)));
    assert.equal(status, 1);
    assert.match(JSON.parse(out).runs.find((/** @type {any} */ run) => run.method === 'processes').error, /** @type {RegExp} */ (sentence));
  }
  assert.equal((await page.run(['list'])).status, 0);
});

test('a second run is refused', async () => {
  const [first, second] = await Promise.all([page.run(quick('fault', 'processes', '--size', '2')), page.run(['list'])]);
  assert.equal(first.status, 0);
  assert.deepEqual([second.status, second.out], [2, '']);
});

test('stop ends processes that hang and loops that wait, and no Worker is left', { timeout: 60_000 }, async () => {
  for (const [argv, stopAfterMs] of /** @type {[string[], number][]} */ ([
    [['compare', 'fault', '--methods', 'processes', '--fault', 'hang', '--workers', '2', '--json', '-'], 500],
    [['compare', 'primes', '--methods', 'processes', '--workers', '2', '--seconds', '30', '--json', '-'], 600],
    [['compare', 'pages', '--methods', 'async', '--urls', 'urls.txt', '--seconds', '30', '--json', '-'], 300],
    [['compare', 'primes', '--methods', 'async', '--seconds', '30', '--json', '-'], 0],
  ])) {
    const start = performance.now();
    const { stopped, out } = await page.run(argv, { files: { 'urls.txt': urls }, stopAfterMs });
    assert.equal(stopped, true, argv.join(' '));
    if (stopAfterMs) assert.equal(JSON.parse(out).stopped, true);
    assert.ok(performance.now() - start < 15_000, `${argv.join(' ')}: ${performance.now() - start} ms`);
  }
  for (let i = 0; i < 1500 && (await page.workers()); i++) await new Promise(resolve => setTimeout(resolve, 20));
  assert.equal(await page.workers(), 0);
});

test('what a command without looks keeps is told at once: a Stop may find the core computing', async () => {
  page.messages.length = 0;
  const { status } = await page.run(['spin', 'async', 'processes', 'sequential', '--slow', 'prime', '--seconds', '0.3', '--json', '-']);
  assert.equal(status, 0);
  const kept = page.messages.filter(({ type, name }) => type === 'kept' && name).map(({ text }) => JSON.parse(text));
  assert.deepEqual(kept.map(({ runs }) => runs.length), [1, 2, 3]);
  for (const { unfinished, runs } of kept) assert.ok(unfinished && runs.every((/** @type {any} */ run) => run.correct));
});

test('a trap in the coordinator’s own code ends the host with one sentence', async () => {
  const { type, message } = /** @type {any} */ (await page.run(quick('fault', 'sequential', '--fault', 'trap')));
  assert.equal(type, 'crashed');
  assert.equal(message, 'a task trapped (unreachable) in the coordinator itself, so the whole run ended');
});
