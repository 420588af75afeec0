// The Workers that this Worker started: all of them are counted and can be ended, those that Emscripten
// starts for pthreads as well.

import { threads } from './node-threads.js';
import { RemoteWorker } from './remote-worker.js';

// When has a terminated Worker really stopped? Node's terminate() says it. A browser does not: Chromium lets it run on
// for two seconds (kForcibleTerminationDelay in blink's worker_thread.cc), blocked or computing. What can be known is
// who holds a lock of navigator.locks: a Worker that took one loses it when it is gone. So a Worker that must not
// touch something any more takes a lock first, then looks whether it is still allowed to, and whoever has forbidden it
// waits for that lock: either the Worker had it, and is gone, or it will find that it may not.
// Where there are no locks it is given longer than any browser takes.
const BROWSER_LINGERS_MS = 3000;
const LOCKS = !threads && Boolean(globalThis.navigator?.locks);
const LOCK_PREFIX = LOCKS ? `concurrency-lab ${crypto.randomUUID()} ` : '';

/** @type {typeof Worker} */
const Base = /** @type {any} */ (threads ? threads.Worker : RemoteWorker);
/** @type {Set<SupervisedWorker>} */
const live = new Set();

class SupervisedWorker extends Base {
  /** @param {string | URL} url @param {WorkerOptions} options */
  constructor(url, options) {
    super(url, options);
    live.add(this);
    if (threads) /** @type {any} */ (this).once('exit', () => live.delete(this));
  }

  /** @override @returns {any} */
  terminate() {
    if (!threads) live.delete(this);
    return super.terminate();
  }
}

/**
 * From now on every Worker of this scope is counted, whoever starts it. Only for Workers that are all ours.
 * In Node Emscripten's module assigns global.Worker itself before it uses it: that has no effect then.
 */
export function superviseWorkers() {
  Object.defineProperty(globalThis, 'Worker', { configurable: true, get: () => SupervisedWorker, set: () => {} });
}

export function workers() {
  return live.size;
}

/** Ends them all. Resolves when they have stopped. */
export async function terminateWorkers() {
  spares.clear();
  await Promise.all([...live].map(worker => stop(worker)));
}

/** Resolves when it has stopped, as certainly as can be known. @param {SupervisedWorker} worker @param {string} [lock] @returns {Promise<void>} */
async function stop(worker, lock) {
  await worker.terminate();
  if (threads) return;
  const lingers = () => new Promise(resolve => setTimeout(resolve, BROWSER_LINGERS_MS));
  if (lock) await navigator.locks.request(lock, () => {}).catch(lingers);
  else await lingers();
}

/**
 * @typedef {object} StartedWorker
 * @property {(message: unknown, transfer?: Transferable[]) => void} post
 * @property {string} lock  the name of a lock for it to take; '' where there are none
 * @property {() => Promise<void>} terminate  resolves when it has certainly stopped
 */

let started = 0;

/** Workers that have loaded a module and wait to be wanted, by its address. @type {Map<string, SupervisedWorker[]>} */
const spares = new Map();

/**
 * Sees to it that so many Workers of a module are ready: what startWorker() then takes has been started and loaded. For
 * modules that do nothing until they are spoken to; in a browser.
 * @param {URL} url @param {number} count
 */
export function keepSpare(url, count) {
  const list = spares.get(url.href) ?? [];
  spares.set(url.href, list);
  while (list.length < count) {
    const worker = new SupervisedWorker(url, { type: 'module', name: 'spare' });
    const drop = () => {
      const at = list.indexOf(worker);
      if (at >= 0) list.splice(at, 1);
      worker.terminate();
    };
    worker.onerror = event => {
      event.preventDefault();
      drop();
    };
    list.push(worker);
  }
}

/**
 * Starts a module as a Worker. `onError` is called at most once: when it cannot be loaded, when it throws
 * what nobody catches, or (Node only, where this is known) when it ends by itself.
 * @param {URL} url
 * @param {{ name: string, onMessage: (message: any) => void, onError: (error: unknown) => void, data?: unknown }} options
 * @returns {StartedWorker}
 */
export function startWorker(url, { name, onMessage, onError, data }) {
  const worker = (threads ? undefined : spares.get(url.href)?.shift()) ?? new SupervisedWorker(url, /** @type {any} */ ({ type: 'module', name, workerData: data }));
  const lock = LOCKS ? `${LOCK_PREFIX}${++started}` : '';
  let failed = false;
  let ended = false;
  const fail = (/** @type {unknown} */ error) => {
    if (failed || ended) return;
    failed = true;
    onError(error);
  };
  if (threads) {
    const thread = /** @type {import('node:worker_threads').Worker} */ (/** @type {unknown} */ (worker));
    thread.on('message', message => ended || onMessage(message));
    thread.on('messageerror', fail);
    thread.on('error', fail);
    thread.on('exit', code => fail(new Error(`its thread ended with status ${code}`)));
  } else {
    worker.onmessage = event => ended || onMessage(event.data);
    worker.onmessageerror = () => fail(new Error('a message could not be read'));
    worker.onerror = event => {
      event.preventDefault();
      fail(new Error(event.message || 'its script could not be loaded'));
    };
  }
  return {
    lock,
    post: (message, transfer = []) => worker.postMessage(message, transfer),
    terminate: () => {
      ended = true;
      return stop(worker, lock);
    },
  };
}
