// The size table: every workload × every method × 1, 2, 4, 8 and 16 workers at the whole default size, in one run. Words for
// `lab`, and what its document must hold, for every program and browser.

import assert from 'node:assert/strict';

const WORKLOADS = ['primes', 'mandelbrot', 'sha256', 'sort', 'matmul', 'pages', 'mixed'];
const WORKERS = [1, 2, 4, 8, 16];
/** How many different numbers of workers a method has. @type {Record<string, number>} */
const METHODS = { sequential: 1, threads: 5, 'threads-gil': 5, interpreters: 5, processes: 5, async: 1 };

// One round, because whether it fits is what is asked, and near pages, because waiting is not.
export const sizeWords = ['compare', ...WORKLOADS, '--size', 'full', '--workers', WORKERS.join(','), '--rounds', '1', '--seconds', '0.1', '--latency', '5', '--json', '-'];

/** Every cell is there and verified. @param {{ runs: { workload: string, method: string, workers: number, verified: boolean, error?: string }[], unavailable: unknown[] }} result */
export function checkSizes({ runs, unavailable }) {
  assert.deepEqual(unavailable, []);
  const wrong = runs.filter(run => !run.verified).map(run => `${run.workload}, ${run.method}, ${run.workers}: ${run.error}`);
  assert.deepEqual(wrong, []);
  for (const workload of WORKLOADS)
    for (const [method, count] of Object.entries(METHODS))
      assert.equal(runs.filter(run => run.workload === workload && run.method === method).length, count, `${workload}, ${method}`);
}

/** Its defaults were those of a machine with so many cores, and all of it is verified.
 * @param {{ runs: { workers: number, verified: boolean }[], environment: { logicalCores: number } }} result @param {number} cores */
export function checkCores({ runs, environment }, cores) {
  assert.equal(environment.logicalCores, cores);
  assert.ok(runs.some(({ workers }) => workers === cores));
  for (const one of runs) assert.ok(one.verified, JSON.stringify(one));
}
