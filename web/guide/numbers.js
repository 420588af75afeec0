// The guide's numbers: what the visitor's last runs say about each method. Pure.
//
// Where each comes from:
//   memory       Compare's primes: what the workers add, divided by the workers
//   start-up     Compare's primes: starting all workers, divided by the workers
//   cross-task   the latency exhibit's task-METHOD: from submit to result of an empty task, one at a time
//   management   Compare's primes on 2,000 tiny numbers, handed over at once: the time for each. So it is what queues,
//                futures and results cost when there is always a next task, where cross-task cost has the waiting
//                for an answer in it. (`lab bench` has bursts too, but only against peers and not for all methods.)
//   load         Compare's pages with 20 tasks that wait at once: threads, processes and memory held meanwhile
//   parallelism  Compare's primes with two or more workers: the speed-up

import { METHOD_ORDER } from '../methods.js';
import { BURST } from '../runs.js';

/** @import { CompareRow, Runs, Source } from '../runs.js' */

export const WAITING = 20;
/** A shorter run says more about handing tasks over than about computing. */
const LEAST_SEQUENTIAL_SECONDS = 0.02;
/** Methods whose one worker is all there is. */
const SINGLE = new Set(['sequential', 'async']);

/**
 * A number with where it comes from. `low`, `high`: its 95% interval, if it has one.
 * @typedef {{ value: number, low: number | null, high: number | null, workers: number, tasks: number, source: Source }} Measured
 * @typedef {{ bytes: number, threads: number, processes: number, atOnce: number, source: Source }} Load
 * @typedef {{ method: string, reason: string | null, memory: Measured | null, startup: Measured | null, cross: Measured | null, management: Measured | null,
 *             load: Load | null, cpu: Measured | null, io: Measured | null, freeze: Measured | null, gaps: Partial<Record<Column, string>> }} MethodNumbers
 *   `reason`: why the method cannot run here; `gaps`: why a cell could not be measured
 * @typedef {'memory' | 'startup' | 'cross' | 'management' | 'load' | 'cpu'} Column
 * @typedef {{ cores: number | null, parallelism: number | null, methods: MethodNumbers[], gil: { response: number, free: number | null } | null }} Numbers
 */

export const COLUMNS = /** @type {const} */ (['memory', 'startup', 'cross', 'management', 'load', 'cpu']);

/**
 * @param {Runs} runs
 * @param {{ name: string, available: boolean, reason?: string }[]} methods what can run here
 * @param {number | null} cores what the browser says
 * @returns {Numbers}
 */
export function numbersOf(runs, methods, cores) {
  const gil = runs.gil.find((one) => one.responseSeconds !== null && one.threads > 0);
  return {
    cores,
    parallelism: runs.compare.find((run) => run.source.parallelism !== null)?.source.parallelism ?? null,
    methods: METHOD_ORDER.map((method) => {
      const known = methods.find(({ name }) => name === method);
      return ofMethod(runs, method, !known ? 'this core does not have it' : known.available ? null : (known.reason ?? 'it is not available here'));
    }),
    gil: gil ? { response: gil.responseSeconds ?? 0, free: gil.freeResponseSeconds } : null,
  };
}

/** @param {Runs} runs @param {string} method @param {string | null} reason @returns {MethodNumbers} */
function ofMethod(runs, method, reason) {
  const mine = (/** @type {string} */ workload) => runs.compare.filter((run) => run.workload === workload && run.method === method);
  const primes = mostWorkers(mine('primes'));
  const burst = mostWorkers(mine(BURST));
  const pages = mine('pages');
  const waiting = pages.find((run) => run.tasks >= WAITING && (SINGLE.has(method) || run.workers === WAITING)) ?? null;
  const widest = mostWorkers(pages);
  const cross = runs.latency.find(({ name }) => name === `task-${method}`) ?? null;
  const spin = runs.spin.find((one) => one.method === method && one.slow === 'prime') ?? null;
  const per = (/** @type {CompareRow | null} */ run, /** @type {number | null | undefined} */ value, /** @type {number} */ among) =>
    run && value !== null && value !== undefined ? { value: value / among, low: null, high: null, workers: run.workers, tasks: run.tasks, source: run.source } : null;
  const gap = (/** @type {string} */ workload) => runs.gaps.find((one) => one.workload === workload && one.method === method)?.reason;

  // A loop's workers are its coroutines, of which those that wait hold the most.
  const holder = method === 'async' ? (waiting ?? primes) : primes;
  const UNTOLD = 'the run did not tell';
  /** @type {MethodNumbers['gaps']} */
  const gaps = {};
  if (holder && holder.memoryBytes === null) gaps.memory = UNTOLD;
  if (primes && primes.startupSeconds === null) gaps.startup = UNTOLD;
  if (waiting && waiting.memoryBytes === null) gaps.load = UNTOLD;
  for (const [column, why] of /** @type {const} */ ([
    ['memory', gap('primes')], ['startup', gap('primes')], ['cpu', gap('primes')], ['management', gap(BURST)], ['load', gap('pages')],
    ['cross', cross && cross.seconds === null ? cross.reason : undefined],
  ])) if (why) gaps[column] = why;

  return {
    method,
    reason,
    memory: per(holder, holder?.memoryBytes, method === 'async' ? (holder?.tasks ?? 1) : (holder?.workers ?? 1)),
    startup: per(primes, primes?.startupSeconds, primes?.workers ?? 1),
    cross: cross && cross.seconds !== null ? { value: cross.seconds, low: cross.low, high: cross.high, workers: 1, tasks: 1, source: cross.source } : null,
    management: burst ? { value: burst.seconds / burst.tasks, low: burst.low === null ? null : burst.low / burst.tasks, high: burst.high === null ? null : burst.high / burst.tasks, workers: burst.workers, tasks: burst.tasks, source: burst.source } : null,
    load: loadOf(method, waiting),
    cpu: cpuSpeedup(method, mine('primes')),
    io: speedup(widest),
    freeze: spin ? { value: spin.longestFreezeSeconds, low: null, high: null, workers: 1, tasks: 1, source: spin.source } : null,
    gaps,
  };
}

/** @param {CompareRow[]} runs @returns {CompareRow | null} */
function mostWorkers(runs) {
  return [...runs].sort((a, b) => b.workers - a.workers)[0] ?? null;
}

/** @param {CompareRow | null} run @returns {Measured | null} */
function speedup(run) {
  if (!run || run.speedup === null) return null;
  return { value: run.speedup, low: run.speedupLow, high: run.speedupHigh, workers: run.workers, tasks: run.tasks, source: run.source };
}

/** The speed-up with two or more workers, the most of those that there are cores for. @param {string} method @param {CompareRow[]} runs */
function cpuSpeedup(method, runs) {
  const long = runs.filter((run) => run.speedup !== null && run.speedup * run.seconds >= LEAST_SEQUENTIAL_SECONDS && (SINGLE.has(method) || run.workers >= 2));
  const fitting = long.filter((run) => run.workers <= Math.max(2, run.source.cores));
  return speedup(mostWorkers(fitting) ?? mostWorkers(long));
}

/** What is held while WAITING tasks wait, or the one that a sequential program waits for. @param {string} method @param {CompareRow | null} run @returns {Load | null} */
function loadOf(method, run) {
  if (!run || run.memoryBytes === null) return null;
  const atOnce = method === 'sequential' ? 1 : WAITING;
  // All its coroutines were alive at once, of however many tasks there were.
  const bytes = method === 'async' ? (run.memoryBytes / run.tasks) * WAITING : run.memoryBytes;
  const threads = SINGLE.has(method) ? 1 : method === 'processes' ? 0 : run.workers;
  return { bytes, threads, processes: method === 'processes' ? run.workers : 0, atOnce, source: run.source };
}

/** What can be measured here and was not. @param {Numbers} numbers @returns {{ method: string, column: Column }[]} */
export function missing({ methods }) {
  return methods.flatMap((one) =>
    one.reason !== null ? [] : COLUMNS.filter((column) => one[column] === null && one.gaps[column] === undefined).map((column) => ({ method: one.method, column })));
}
