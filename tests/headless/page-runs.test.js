// What is kept of the visitor's runs: the newest of each row, nothing that is not a result, and nothing at all where
// nothing can be kept.

import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import { BURST, KEY, VERSION, forget, keep, merge, nothing, recall, take } from '../../web/page/runs.js';

const ENVIRONMENT = { runtime: 'test', platform: 'none', isolated: true, logicalCores: 2, measuredParallelism: 1.9 };
/** @param {object} run */
const runOf = (run) => ({ workload: 'primes', method: 'threads', workers: 2, tasks: 6, verified: true, seconds: { median: 0.2, low: 0.19, high: 0.21 }, speedup: { median: 1.8, low: 1.7, high: 1.9 }, startupSeconds: 0.002, memoryBytes: 1024, tasksPerSecond: 30, ...run });
/** @param {...object} runs */
const compare = (...runs) => ({ schema: 'concurrency-lab/1', command: 'compare', environment: ENVIRONMENT, runs: runs.map(runOf), unavailable: [] });
/** @param {...object} rows */
const latency = (...rows) => ({ schema: 'concurrency-lab/1', command: 'latency', environment: ENVIRONMENT, stopped: false, rows });

/** @type {Map<string, string>} */
const kept = new Map();
let full = false;
const storage = {
  getItem: (/** @type {string} */ key) => kept.get(key) ?? null,
  setItem: (/** @type {string} */ key, /** @type {string} */ value) => {
    if (full) throw new DOMException('full', 'QuotaExceededError');
    kept.set(key, value);
  },
  removeItem: (/** @type {string} */ key) => kept.delete(key),
};
beforeEach(() => {
  kept.clear();
  full = false;
  Object.defineProperty(globalThis, 'localStorage', { configurable: true, writable: true, value: storage });
});

test('a result is kept, and read again', () => {
  keep(compare({}, { method: 'async', workers: 1 }));
  const { compare: rows } = recall();
  assert.deepEqual(rows.map(({ method, workers, speedup, memoryBytes }) => [method, workers, speedup, memoryBytes]), [['threads', 2, 1.8, 1024], ['async', 1, 1.8, 1024]]);
  assert.equal(rows[0]?.source.cores, 2);
  assert.ok(Math.abs(Date.now() - (rows[0]?.source.at ?? 0)) < 60_000);
});

test('the newest of each row stays, other rows too', () => {
  keep(compare({}, { workers: 4 }, { workload: 'pages' }));
  keep(compare({ memoryBytes: 7 }));
  assert.deepEqual(recall().compare.map(({ workload, workers, memoryBytes }) => [workload, workers, memoryBytes]), [['primes', 2, 7], ['primes', 4, 1024], ['pages', 2, 1024]]);
  keep(latency({ name: 'mutex', seconds: 1, low: 1, high: 1 }, { name: 'queue-hop', seconds: 2, low: 1, high: 3 }));
  keep(latency({ name: 'mutex', seconds: 5, low: 4, high: 6, reason: null }));
  assert.deepEqual(recall().latency.map(({ name, seconds }) => [name, seconds]), [['mutex', 5], ['queue-hop', 2]]);
  assert.equal(recall().compare.length, 3, 'one command does not touch another’s');
});

test('a burst is kept beside the same workload', () => {
  keep(compare({}));
  keep(compare({ tasks: 2000 }), BURST);
  assert.deepEqual(recall().compare.map(({ workload, tasks }) => [workload, tasks]), [[BURST, 2000], ['primes', 6]]);
});

test('what did not verify, failed or was stopped is no number; a reason is kept until there is one', () => {
  const document = compare({ verified: false }, { method: 'processes', verified: false, error: 'no memory' }, { method: 'async', verified: false, error: 'stopped before the first round was over' });
  keep({ ...document, unavailable: [{ method: 'interpreters', reason: 'not here' }] });
  assert.deepEqual(recall().compare, []);
  assert.deepEqual(recall().gaps.map(({ method, reason }) => [method, reason]), [['processes', 'no memory'], ['interpreters', 'not here']]);
  keep(compare({ method: 'processes' }));
  assert.deepEqual(recall().gaps.map(({ method }) => method), ['interpreters']);
  keep({ ...latency({ name: 'mutex', seconds: null, low: null, high: null, reason: 'stopped' }, { name: 'queue-hop', seconds: 3, low: 2, high: 4 }), stopped: true });
  assert.deepEqual(recall().latency.map(({ name }) => name), ['queue-hop']);
});

test('the other commands', () => {
  const envelope = { schema: 'concurrency-lab/1', environment: ENVIRONMENT };
  const half = { threads: 1, intervalUs: 5000, responseSeconds: { p50: 0.005 }, cpuTasksPerSecond: 400 };
  keep({ ...envelope, command: 'gil', gil: half, noGil: { ...half, intervalUs: null, responseSeconds: { p50: 0.0001 } } });
  keep({ ...envelope, command: 'spin', stopped: false, runs: [{ method: 'async', slow: 'prime', correct: true, seconds: 3, longestFreezeSeconds: 2.9, reason: null }, { method: 'threads', slow: 'prime', correct: false, seconds: 3, longestFreezeSeconds: 0.1, reason: null }] });
  keep({ ...envelope, command: 'bench', rows: [{ name: 'burst-threads', unit: 'tasks/s', ours: 1e6 }, { name: 'trace', ours: null }] });
  const runs = recall();
  assert.deepEqual(runs.gil.map(({ responseSeconds, freeResponseSeconds }) => [responseSeconds, freeResponseSeconds]), [[0.005, 0.0001]]);
  assert.deepEqual(runs.spin.map(({ method, longestFreezeSeconds }) => [method, longestFreezeSeconds]), [['async', 2.9]]);
  assert.deepEqual(runs.bench.map(({ name, ours }) => [name, ours]), [['burst-threads', 1e6]]);
});

test('what is no result of the lab leaves everything as it was', () => {
  keep(compare({}));
  for (const strange of [null, 7, 'text', [], {}, { schema: 'concurrency-lab/2', command: 'compare', environment: ENVIRONMENT, runs: [runOf({})] }, { schema: 'concurrency-lab/1', command: 'compare' }, { schema: 'concurrency-lab/1', command: 'compare', environment: ENVIRONMENT, runs: 'all', unavailable: 3 }])
    keep(strange);
  assert.equal(recall().compare.length, 1);
});

test('content that somebody else wrote is ignored, row by row', () => {
  for (const text of ['', '{', 'null', '[]', '7', '{"version":99,"compare":[]}', '{"compare":[]}']) {
    kept.set(KEY, text);
    assert.deepEqual(recall(), nothing(), text);
  }
  const good = take(compare({}), 1).compare[0];
  kept.set(KEY, JSON.stringify({ version: VERSION, compare: [good, { ...good, seconds: 'long' }, { ...good, workers: -1 }, { ...good, source: null }, null, 5], latency: { name: 'mutex' }, gil: [{}], spin: 'x' }));
  assert.deepEqual(recall(), { ...nothing(), compare: [good] });
});

test('it does not grow without end', () => {
  let runs = nothing();
  for (let i = 0; i < 30; i++) runs = merge(runs, take(compare(...Array.from({ length: 20 }, (_, w) => ({ workers: w + 1, workload: `work${i}` }))), i));
  assert.ok(runs.compare.length <= 200);
  assert.equal(runs.compare[0]?.workload, 'work29');
  assert.ok(JSON.stringify(runs).length < 200_000);
});

test('a store that is full, forbidden or not there changes nothing', () => {
  keep(compare({}));
  full = true;
  keep(compare({ workload: 'pages' }));
  assert.equal(recall().compare.length, 1);
  Object.defineProperty(globalThis, 'localStorage', { configurable: true, get: () => { throw new DOMException('forbidden', 'SecurityError'); } });
  keep(compare({}));
  forget();
  assert.deepEqual(recall(), nothing());
  Object.defineProperty(globalThis, 'localStorage', { configurable: true, value: undefined });
  keep(compare({}));
  assert.deepEqual(recall(), nothing());
});

test('forgetting leaves nothing behind', () => {
  keep(compare({}));
  forget();
  assert.equal(kept.size, 0);
  assert.deepEqual(recall(), nothing());
});
