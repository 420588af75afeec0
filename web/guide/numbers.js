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
//   overhead     Compare's pages: what is left of the time when the waiting is taken off, divided by the tasks. How long
//                one page is waited for is what the sequential run needed for one.

import { METHOD_ORDER } from '../page/methods.js';
import { BURST } from '../page/runs.js';

/** @import { CompareRow, Runs, Source } from '../page/runs.js' */

export const WAITING = 20;
/** A shorter run says more about handing tasks over than about computing. */
const LEAST_SEQUENTIAL_SECONDS = 0.02;
/** Methods whose one worker is all there is. */
const SINGLE = new Set(['sequential', 'async']);

/**
 * A number with where it comes from. `low`, `high`: its 95% interval, if it has one; `below`: it is less than `value`,
 * and too short for the clock.
 * @typedef {{ value: number, low: number | null, high: number | null, workers: number, tasks: number, source: Source, below?: boolean }} Measured
 * @typedef {Measured & { each: number, eachLow: number, eachHigh: number }} Waited  `each`: what every task adds to the waiting, seconds
 * @typedef {{ bytes: number, threads: number, processes: number, atOnce: number, source: Source }} Load
 * @typedef {{ method: string, reason: string | null, memory: Measured | null, startup: Measured | null, cross: Measured | null, management: Measured | null,
 *             load: Load | null, cpu: Measured | null, io: Waited | null, freeze: Measured | null, gaps: Partial<Record<Column, string>> }} MethodNumbers
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
  const step = primes && primes.startupSeconds === null ? primes.source.stepSeconds : null;
  const startup = per(primes, primes?.startupSeconds ?? step, primes?.workers ?? 1);
  if (primes && !startup) gaps.startup = UNTOLD;
  if (waiting && waiting.memoryBytes === null) gaps.load = UNTOLD;
  for (const [column, why] of /** @type {const} */ ([
    ['memory', gap('primes')], ['startup', gap('primes')], ['cpu', gap('primes')], ['management', gap(BURST)], ['load', gap('pages')],
    ['cross', cross && cross.seconds === null ? cross.reason : undefined],
  ])) if (why) gaps[column] = why;

  return {
    method,
    reason,
    memory: per(holder, holder?.memoryBytes, method === 'async' ? (holder?.tasks ?? 1) : (holder?.workers ?? 1)),
    startup: startup && step !== null ? { ...startup, below: true } : startup,
    cross: cross && cross.seconds !== null ? { value: cross.seconds, low: cross.low, high: cross.high, workers: 1, tasks: 1, source: cross.source } : null,
    management: burst ? { value: burst.seconds / burst.tasks, low: burst.low === null ? null : burst.low / burst.tasks, high: burst.high === null ? null : burst.high / burst.tasks, workers: burst.workers, tasks: burst.tasks, source: burst.source } : null,
    load: loadOf(method, waiting),
    cpu: cpuSpeedup(method, mine('primes')),
    io: waited(method, widest),
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

/**
 * The run on pages, and what each task added to the waiting in it. Of one round there is no interval: then the overhead
 * may as well be nothing or twice as much.
 * @param {string} method @param {CompareRow | null} run @returns {Waited | null}
 */
function waited(method, run) {
  const pace = speedup(run);
  if (!run || !pace) return null;
  const atOnce = method === 'sequential' ? 1 : method === 'async' ? run.tasks : Math.min(run.workers, run.tasks);
  const page = (pace.value * run.seconds) / run.tasks;
  const each = (/** @type {number} */ seconds) => Math.max(0, (seconds - Math.ceil(run.tasks / atOnce) * page) / run.tasks);
  const value = each(run.seconds);
  const known = run.low !== null && run.high !== null && run.high > run.low;
  return { ...pace, each: value, eachLow: known ? each(run.low ?? 0) : 0, eachHigh: known ? each(run.high ?? 0) : 2 * value };
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

/** What models do by their nature: which compute in parallel. */
export const PARALLEL = ['threads', 'interpreters', 'processes'];
/** By how much a speed-up may be above what can be: medians have their noise, and the parallelism is a short look. */
const NOISE = 1.1;
const NOISE_OF_PARALLELISM = 1.25;

/**
 * Whether a speed-up on computing can be believed. 'impossible': more than the model, its workers or the machine can
 * do; 'unsure': of a model that could be faster, and its interval holds 1. No doubt where 1 is all that can be had.
 * @param {MethodNumbers} one
 * @returns {'impossible' | 'unsure' | null}
 */
export function doubtOf({ method, cpu }) {
  if (!cpu || method === 'sequential') return null;
  if (!PARALLEL.includes(method)) return cpu.value > NOISE ? 'impossible' : null;
  const { parallelism } = cpu.source;
  if (cpu.value > cpu.workers * NOISE || (parallelism !== null && !holdsOne(cpu) && cpu.value > Math.max(1, parallelism) * NOISE_OF_PARALLELISM)) return 'impossible';
  return holdsOne(cpu) ? 'unsure' : null;
}

/** Its interval holds 1; without an interval none does. @param {Measured} speedup */
export const holdsOne = ({ low, high }) => low !== null && high !== null && low <= 1 && high >= 1;

/** What can be measured here and was not. @param {Numbers} numbers @returns {{ method: string, column: Column }[]} */
export function missing({ methods }) {
  return methods.flatMap((one) =>
    one.reason !== null ? [] : COLUMNS.filter((column) => one[column] === null && one.gaps[column] === undefined).map((column) => ({ method: one.method, column })));
}
