// What people in JavaScript use today, with two Workers each and their defaults otherwise: a function that has a task run,
// which gives back what it got. A module is loaded when its pool is first wanted.

import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';

const WORKERS = 2;
const file = (/** @type {string} */ name) => fileURLToPath(new URL(`workers/${name}.mjs`, import.meta.url));

/** @typedef {(what: unknown) => PromiseLike<unknown>} Run */

/** @type {Record<string, () => Promise<Run>>} */
export const pools = {
  async piscina() {
    const { Piscina } = await import('piscina');
    const pool = new Piscina({ filename: file('task'), minThreads: WORKERS, maxThreads: WORKERS });
    return what => pool.run(what);
  },
  async tinypool() {
    const { Tinypool } = await import('tinypool');
    const pool = new Tinypool({ filename: file('task'), minThreads: WORKERS, maxThreads: WORKERS });
    return what => pool.run(what);
  },
  async workerpool() {
    const { default: workerpool } = await import('workerpool');
    const pool = workerpool.pool(file('workerpool'), { minWorkers: WORKERS, maxWorkers: WORKERS, workerType: 'thread' });
    return what => /** @type {any} */ (pool.exec('task', [what]));
  },
  async poolifier() {
    const { FixedThreadPool } = await import('poolifier');
    const pool = new FixedThreadPool(WORKERS, file('poolifier'));
    return what => pool.execute(/** @type {any} */ (what));
  },
  // Which is no pool: the calls go to its Workers in turn.
  async comlink() {
    const { wrap } = await import('comlink');
    // @ts-expect-error the package has no types for it
    const { default: nodeEndpoint } = await import('comlink/dist/esm/node-adapter.mjs');
    const workers = Array.from({ length: WORKERS }, () => wrap(nodeEndpoint(new Worker(file('comlink')))));
    let next = 0;
    return what => /** @type {any} */ (workers[next++ % WORKERS])(what);
  },
};
