// What the visitor's last runs measured, kept in this browser for the guide: of each document only what the guide
// reads, the newest for each row. It survives a browser that stores nothing, a full store, and content that
// somebody else wrote: what cannot be kept is not, what cannot be read was never there.

/** @import { Environment } from './types.js' */

export const KEY = 'concurrency-lab.runs';
export const VERSION = 1;
const MOST_ROWS = 200;
const MOST_WORDS = 300;

/**
 * When and where something was measured.
 * @typedef {{ at: number, runtime: string, cores: number, parallelism: number | null, stepSeconds: number | null }} Source
 *   `at`: ms since 1970; `stepSeconds`: of the clock, what is shorter was not seen
 *
 * @typedef {{ workload: string, method: string, workers: number, tasks: number, seconds: number, low: number | null, high: number | null,
 *             speedup: number | null, speedupLow: number | null, speedupHigh: number | null, startupSeconds: number | null,
 *             memoryBytes: number | null, tasksPerSecond: number | null, source: Source }} CompareRow
 * @typedef {{ workload: string, method: string, reason: string, source: Source }} CompareGap  it could not be measured
 * @typedef {{ name: string, seconds: number | null, low: number | null, high: number | null, reason: string, source: Source }} LatencyRow
 * @typedef {{ method: string, slow: string, seconds: number, longestFreezeSeconds: number, source: Source }} SpinRow
 * @typedef {{ name: string, unit: string, ours: number, source: Source }} BenchRow
 * @typedef {{ intervalUs: number, responseSeconds: number | null, cpuTasksPerSecond: number, freeResponseSeconds: number | null, freeCpuTasksPerSecond: number, threads: number,
 *             source: Source }} GilRow
 * @typedef {{ compare: CompareRow[], gaps: CompareGap[], latency: LatencyRow[], spin: SpinRow[], bench: BenchRow[], gil: GilRow[] }} Runs
 */

/** What a burst of tiny tasks is kept as: the same workload as another, but another question. */
export const BURST = 'burst';

/** @returns {Runs} */
export function nothing() {
  return { compare: [], gaps: [], latency: [], spin: [], bench: [], gil: [] };
}

/** What is kept. @returns {Runs} */
export function recall() {
  try {
    const kept = JSON.parse(localStorage.getItem(KEY) ?? 'null');
    return kept?.version === VERSION ? readRuns(kept) : nothing();
  } catch {
    return nothing();
  }
}

/**
 * Keeps what a document says, in place of what was kept about the same.
 * @param {unknown} result a document of the core
 * @param {string} [as] the name to keep its workload under (BURST)
 */
export function keep(result, as) {
  write(merge(recall(), take(result, Date.now(), as)));
}

export function forget() {
  try {
    localStorage.removeItem(KEY);
  } catch {
    // Then there was nothing.
  }
}

/** @param {Runs} runs */
function write(runs) {
  try {
    localStorage.setItem(KEY, JSON.stringify({ version: VERSION, ...runs }));
  } catch {
    // A private window or a full store: the guide will say that nothing was measured.
  }
}

/**
 * @param {Runs} old
 * @param {Runs} fresh
 * @returns {Runs}
 */
export function merge(old, fresh) {
  const about = (/** @type {{ workload: string, method: string }} */ one) => `${one.workload} ${one.method}`;
  // What could not be measured the last time is a gap until it can.
  const seen = new Set([...fresh.compare, ...fresh.gaps].map(about));
  return {
    compare: byName(fresh.compare, old.compare, (run) => `${about(run)} ${run.workers} ${run.tasks}`),
    gaps: newest([...fresh.gaps, ...old.gaps.filter((one) => !seen.has(about(one)))]),
    latency: byName(fresh.latency, old.latency, (one) => one.name),
    spin: byName(fresh.spin, old.spin, (one) => `${one.method} ${one.slow}`),
    bench: byName(fresh.bench, old.bench, (one) => one.name),
    gil: fresh.gil.length > 0 ? fresh.gil : old.gil,
  };
}

/** @template T @param {T[]} fresh @param {T[]} old @param {(one: T) => string} name @returns {T[]} */
function byName(fresh, old, name) {
  const names = new Set(fresh.map(name));
  return newest([...fresh, ...old.filter((one) => !names.has(name(one)))]);
}

/** @template T @param {T[]} rows newest first */
const newest = (rows) => rows.slice(0, MOST_ROWS);

/**
 * What of a document is kept; of anything else nothing.
 * @param {any} result
 * @param {number} at
 * @param {string} [as]
 * @returns {Runs}
 */
export function take(result, at, as) {
  const runs = nothing();
  if (result?.schema !== 'concurrency-lab/1' || typeof result.environment !== 'object') return runs;
  const source = sourceOf(result.environment, at);
  const list = (/** @type {unknown} */ rows) => (Array.isArray(rows) ? rows : []);
  /** @type {Record<string, unknown>} */
  const found = {};
  if (result.command === 'compare') {
    const workload = (/** @type {any} */ run) => as ?? run?.workload;
    found.compare = list(result.runs).filter((run) => run?.verified === true && run.error === undefined && run.seconds).map((run) => ({
      workload: workload(run), method: run.method, workers: run.workers, tasks: run.tasks, seconds: run.seconds.median, low: run.seconds.low, high: run.seconds.high,
      speedup: run.speedup?.median, speedupLow: run.speedup?.low, speedupHigh: run.speedup?.high, startupSeconds: run.startupSeconds,
      memoryBytes: run.memoryBytes, tasksPerSecond: run.tasksPerSecond, source,
    }));
    const workloads = [...new Set(list(result.runs).map(workload))];
    found.gaps = [
      // What a person stopped can still be measured.
      ...list(result.runs).filter((run) => run?.error !== undefined && !String(run.error).startsWith('stopped')).map((run) => ({ workload: workload(run), method: run.method, reason: run.error, source })),
      ...list(result.unavailable).flatMap(({ method, reason }) => workloads.map((one) => ({ workload: one, method, reason, source }))),
    ];
  } else if (result.command === 'latency')
    found.latency = list(result.rows).filter((row) => typeof row?.seconds === 'number' || (row?.reason && !result.stopped)).map((row) => ({ ...row, source }));
  else if (result.command === 'spin')
    found.spin = list(result.runs).filter((run) => !run?.reason && run?.correct && !result.stopped).map((run) => ({ ...run, source }));
  else if (result.command === 'bench')
    found.bench = list(result.rows).filter((row) => typeof row?.ours === 'number').map((row) => ({ ...row, source }));
  else if (result.command === 'gil' && result.gil && result.noGil && !result.stopped)
    found.gil = [{
      intervalUs: result.gil.intervalUs, responseSeconds: result.gil.responseSeconds?.p50, cpuTasksPerSecond: result.gil.cpuTasksPerSecond,
      freeResponseSeconds: result.noGil.responseSeconds?.p50, freeCpuTasksPerSecond: result.noGil.cpuTasksPerSecond, threads: result.gil.threads, source,
    }];
  return readRuns(found);
}

/** @param {Partial<Environment>} environment @param {number} at */
function sourceOf({ runtime, logicalCores, measuredParallelism, timerResolutionNs }, at) {
  return {
    at, runtime: runtime ?? '', cores: logicalCores ?? 0, parallelism: measuredParallelism ?? null,
    stepSeconds: typeof timerResolutionNs === 'number' ? timerResolutionNs / 1e9 : null,
  };
}

// ---- reading what may be anything ----

class Wrong extends Error {}

/** @param {any} value @returns {number} */
function number(value) {
  if (typeof value !== 'number' || !Number.isFinite(value) || value < 0) throw new Wrong();
  return value;
}
/** @param {any} value */
const numberOrNull = (value) => (value === null || value === undefined ? null : number(value));
/** @param {any} value @returns {string} */
function words(value) {
  if (typeof value !== 'string') throw new Wrong();
  return value.slice(0, MOST_WORDS);
}
/** @param {any} value @returns {Source} */
const source = (value) => ({
  at: number(value?.at), runtime: words(value.runtime), cores: number(value.cores), parallelism: numberOrNull(value.parallelism), stepSeconds: numberOrNull(value.stepSeconds),
});

/** Every row that is right; the others are left out. @template T @param {unknown} rows @param {(row: any) => T} read @returns {T[]} */
function each(rows, read) {
  if (!Array.isArray(rows)) return [];
  return rows.slice(0, MOST_ROWS).flatMap((row) => {
    try {
      return [read(row)];
    } catch {
      return [];
    }
  });
}

/** @param {any} kept @returns {Runs} */
function readRuns(kept) {
  return {
    compare: each(kept.compare, (row) => ({
      workload: words(row.workload), method: words(row.method), workers: number(row.workers), tasks: number(row.tasks), seconds: number(row.seconds),
      low: numberOrNull(row.low), high: numberOrNull(row.high), speedup: numberOrNull(row.speedup), speedupLow: numberOrNull(row.speedupLow),
      speedupHigh: numberOrNull(row.speedupHigh), startupSeconds: numberOrNull(row.startupSeconds), memoryBytes: numberOrNull(row.memoryBytes),
      tasksPerSecond: numberOrNull(row.tasksPerSecond), source: source(row.source),
    })),
    gaps: each(kept.gaps, (row) => ({ workload: words(row.workload), method: words(row.method), reason: words(row.reason), source: source(row.source) })),
    latency: each(kept.latency, (row) => ({ name: words(row.name), seconds: numberOrNull(row.seconds), low: numberOrNull(row.low), high: numberOrNull(row.high), reason: words(row.reason ?? ''), source: source(row.source) })),
    spin: each(kept.spin, (row) => ({ method: words(row.method), slow: words(row.slow), seconds: number(row.seconds), longestFreezeSeconds: number(row.longestFreezeSeconds), source: source(row.source) })),
    bench: each(kept.bench, (row) => ({ name: words(row.name), unit: words(row.unit), ours: number(row.ours), source: source(row.source) })),
    gil: each(kept.gil, (row) => ({
      intervalUs: number(row.intervalUs), responseSeconds: numberOrNull(row.responseSeconds), cpuTasksPerSecond: number(row.cpuTasksPerSecond),
      freeResponseSeconds: numberOrNull(row.freeResponseSeconds), freeCpuTasksPerSecond: number(row.freeCpuTasksPerSecond), threads: number(row.threads), source: source(row.source),
    })),
  };
}
