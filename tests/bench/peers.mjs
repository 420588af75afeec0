// The benchmark's peers (core/platform/peer.h): reads orders, a line each, does one at a time and answers with a line.
//
//   node tests/bench/peers.mjs [--native PROGRAM] [--python PROGRAM]
//
//   js burst POOL            5,000 empty tasks at once (pools.mjs), until the last one is done
//   js bytes POOL            5,000 tasks of 64 bytes at once, which come back
//   js trips POOL            one empty task at a time, 300 times
//   js coroutines N          N async functions that yield once, all at once, and Promise.all() of them
//   js awaits N              the same, each awaited by itself: without the array of results
//   js fetches N PAGES URL   N fetches at once of URL/0 … URL/PAGES-1, their bodies read
//   js post BYTES            so many bytes to a Worker by postMessage(), copied, in pieces of 256 KiB
//   python WORDS             peers.py does it; native WORDS: `PROGRAM --turns` does (core/exhibits/bench/peers.h)
//
// It takes no times: who ordered takes the time from the order to the answer. The first order for a pool makes it, and
// its Workers then wait, asleep, to the end.

import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { Worker } from 'node:worker_threads';
import { ERRORS } from '../../worker/abi.js';
import { Failure, firstLine, messageOf } from '../../worker/failure.js';
import { Peers } from '../../worker/peers.js';
import { pools } from './pools.mjs';

/** @import { Run } from './pools.mjs' */

const BURST = 5_000, TRIPS = 300, TASK_BYTES = 64, PIECE = 256 << 10, PIECES_UNDER_WAY = 8;

const { values: { native, python } } = parseArgs({ options: { native: { type: 'string' }, python: { type: 'string' } } });
const elsewhere = {
  native: native ? new Peers([native, '--turns']) : null,
  python: python ? new Peers([python, '-B', fileURLToPath(new URL('peers.py', import.meta.url))]) : null,
};

const unavailable = (/** @type {string} */ why) => new Failure('LAB_E_UNAVAILABLE', why);

// ---- pools ----

/** @type {Map<string, Promise<Run>>} */
const made = new Map();

/** @param {string} name */
function pool(name) {
  if (!Object.hasOwn(pools, name)) throw unavailable(`no pool is called ${name}`);
  let run = made.get(name);
  if (!run) {
    run = pools[name]().catch(error => {
      throw error?.code === 'ERR_MODULE_NOT_FOUND' ? unavailable(`its package is not installed: npm install`) : error;
    });
    made.set(name, run);
  }
  return run;
}

/** @param {Run} run @param {unknown} what */
async function burst(run, what) {
  /** @type {PromiseLike<unknown>[]} */
  const results = [];
  for (let i = 0; i < BURST; i++) results.push(run(what));
  return Promise.all(results);
}

// ---- async functions ----

async function yieldOnce() {
  await null;
}

/** @param {string} count */
function yieldAll(count) {
  const all = new Array(Number(count));
  for (let i = 0; i < all.length; i++) all[i] = yieldOnce();
  return all;
}

// ---- bytes ----

/** @type {Worker | null} */
let sink = null;

/** @param {number} bytes @returns {Promise<number>} */
function post(bytes) {
  const worker = sink ??= new Worker(new URL('workers/sink.mjs', import.meta.url));
  const piece = new Uint8Array(PIECE).fill(1).buffer;
  return new Promise((resolve, reject) => {
    let sent = 0, arrived = 0;
    const send = () => {
      if (sent >= bytes) return;
      sent += PIECE;
      worker.postMessage(piece);
    };
    worker.removeAllListeners();
    worker.on('error', reject);
    worker.on('message', size => {
      arrived += size;
      if (arrived >= bytes) resolve(arrived);
      else send();
    });
    for (let i = 0; i < PIECES_UNDER_WAY; i++) send();
  });
}

// ---- orders ----

/** What JavaScript does: to the number of operations that were done. @type {Record<string, (...words: string[]) => Promise<number>>} */
const js = {
  async burst(name) {
    await burst(await pool(name), undefined);
    return BURST;
  },
  async bytes(name) {
    const results = await burst(await pool(name), new Uint8Array(TASK_BYTES).fill(1));
    for (const result of results)
      if (!(result instanceof Uint8Array) || result.length !== TASK_BYTES) throw new Error('not the bytes that were sent came back');
    return BURST;
  },
  async trips(name) {
    const run = await pool(name);
    for (let i = 0; i < TRIPS; i++) await run(undefined);
    return TRIPS;
  },
  async coroutines(count) {
    return (await Promise.all(yieldAll(count))).length;
  },
  async awaits(count) {
    const all = yieldAll(count);
    for (let i = 0; i < all.length; i++) await all[i];
    return all.length;
  },
  async fetches(count, pages, url) {
    await Promise.all(Array.from({ length: Number(count) }, async (_, i) => {
      const response = await fetch(`${url}/${i % Number(pages)}`);
      if (!response.ok) throw new Error(`${url}: status ${response.status}`);
      await response.arrayBuffer();
    }));
    return Number(count);
  },
  post: bytes => post(Number(bytes)),
};

/** @param {string} order @returns {Promise<string>} the answer */
async function answer(order) {
  const [side, ...words] = order.split(' ');
  if (side === 'native' || side === 'python') {
    const peers = elsewhere[side];
    if (!peers) throw unavailable(side === 'native' ? 'the native program was not named' : 'there is no CPython of 3.11 or later');
    return (await peers.ask(words.join(' ')))[0];
  }
  const [what, ...rest] = words;
  if (side !== 'js' || !Object.hasOwn(js, what)) throw unavailable(`no peer takes the order "${order}"`);
  return `ok ${await js[what](...rest)}`;
}

process.on('SIGINT', () => {}); // a terminal sends it to all; who gives the orders decides

/** Orders come one at a time; each is answered before the next is looked at. */
for await (const order of createInterface(process.stdin)) {
  let line;
  try {
    line = await answer(order);
  } catch (error) {
    const word = error instanceof Failure && error.code === ERRORS.LAB_E_UNAVAILABLE ? 'unavailable' : 'failed';
    line = `${word} ${firstLine(messageOf(error))}`;
  }
  process.stdout.write(`${line}\n`);
}
process.exit(0); // whatever Workers there are
