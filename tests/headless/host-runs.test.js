// A hundred runs one after another in one process, some of them stopped midway, some of them wrong: the number of threads
// and the memory afterwards are those after the tenth.
//
// What JavaScript holds is known exactly. What the process occupies is more: V8 keeps the room that its garbage has
// once needed, and glibc a heap of its own for each of sixteen threads. Both fill up within some dozens of runs and
// then stay; 600 runs occupied no more than 200.

import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { test } from 'node:test';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { createLab } from '../../worker/node-host.js';

// Garbage that was not yet collected is not a leak. The lab's own thread collects when it is asked to count.
setFlagsFromString('--expose-gc');
const collect = /** @type {() => void} */ (runInNewContext('gc'));

const RUNS = 100;
const FEW = ['--workers', '2', '--rounds', '1', '--seconds', '0.1', '--json', '-'];
const KINDS = [
  ['list', '--json'],
  ['compare', 'fault', '--size', '2', '--methods', 'threads,processes', ...FEW],
  ['compare', 'primes', '--methods', 'threads,processes', '--workers', '2', '--seconds', '30', '--json', '-'], // stopped
  ['compare', 'pages', '--size', '3', '--latency', '1', '--methods', 'threads,async', ...FEW],
  ['nonsense'],
];

function threads() {
  try {
    return readdirSync('/proc/self/task').length;
  } catch {
    return 0;
  }
}

test(`${RUNS} runs`, { timeout: 600_000 }, async () => {
  const idle = threads();
  const lab = createLab();
  const measure = async () => {
    // The Workers of the last run's threads are ended soon after it; on a busy machine a little later.
    for (let since = 0, before = -1, i = 0; since < 5 && i < 50; i++) {
      await new Promise(resolve => setTimeout(resolve, 200));
      const { workers } = await lab.inspect();
      since = workers === before ? since + 1 : 0;
      before = workers;
    }
    collect();
    await new Promise(resolve => setTimeout(resolve, 200));
    const { workers, heapBytes } = await lab.inspect();
    collect();
    const { heapUsed, external, rss } = process.memoryUsage();
    return { workers, threads: threads(), held: (heapBytes + heapUsed + external) / 2 ** 20, occupied: rss / 2 ** 20 };
  };
  let state = 5;
  const random = (/** @type {number} */ below) => ((state = (Math.imul(state, 1664525) + 1013904223) >>> 0) / 2 ** 32) * below;
  let early = await measure();
  for (let i = 1; i <= RUNS; i++) {
    const kind = i % KINDS.length;
    const timer = kind === 2 ? setTimeout(() => lab.stop(), random(400)) : undefined;
    const { status, stopped, err } = await lab.run(KINDS[kind], i % 2 ? { onEvent() {}, onLive() {} } : {});
    clearTimeout(timer);
    assert.equal(stopped, kind === 2, `run ${i}: ${err}`);
    if (kind !== 2) assert.equal(status, kind === 4 ? 2 : 0, `run ${i}: ${err}`);
    if (i === 10) early = await measure();
  }
  const late = await measure();
  const words = (/** @type {typeof late} */ { workers, threads, held, occupied }) => `${workers} Workers, ${threads} threads, ${held.toFixed(1)} MB held, ${occupied.toFixed(0)} MB occupied`;
  const both = `after 10 runs ${words(early)}; after ${RUNS} ${words(late)}`;
  console.log(both);
  assert.ok(late.workers <= early.workers, both);
  assert.ok(late.threads <= early.threads, both);
  assert.ok(late.held - early.held <= early.occupied * 0.05, both); // its own code, compiled meanwhile, is a part of that
  assert.ok(late.occupied <= early.occupied * 1.3, both);
  await lab.close();
  for (let i = 0; i < 1500 && threads() > idle; i++) await new Promise(resolve => setTimeout(resolve, 20));
  assert.ok(threads() <= idle, `${threads()} threads, ${idle} at first`);
});
