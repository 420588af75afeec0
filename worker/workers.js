// The Workers that this Worker started: all of them are counted and can be ended, those that Emscripten
// starts for pthreads as well.

import { threads } from './node-threads.js';
import { RemoteWorker } from './remote-worker.js';

// A browser does not say when a terminated Worker has really stopped. Chromium gives its loop two seconds
// only if it is deep inside something that cannot be interrupted; WebAssembly and Atomics.wait are left at once.
const BROWSER_LINGERS_MS = 500;

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

/** Ends them all. Resolves when they have certainly stopped. */
export async function terminateWorkers() {
  await Promise.all([...live].map(stop));
}

/** @param {SupervisedWorker} worker @returns {Promise<void>} */
async function stop(worker) {
  await worker.terminate();
  if (!threads) await new Promise(resolve => setTimeout(resolve, BROWSER_LINGERS_MS));
}

/**
 * @typedef {object} StartedWorker
 * @property {(message: unknown, transfer?: Transferable[]) => void} post
 * @property {() => Promise<void>} terminate  resolves when it has certainly stopped
 */

/**
 * Starts a module as a Worker. `onError` is called at most once: when it cannot be loaded, when it throws
 * what nobody catches, or (Node only, where this is known) when it ends by itself.
 * @param {URL} url
 * @param {{ name: string, onMessage: (message: any) => void, onError: (error: unknown) => void, data?: unknown }} options
 * @returns {StartedWorker}
 */
export function startWorker(url, { name, onMessage, onError, data }) {
  const worker = new SupervisedWorker(url, /** @type {any} */ ({ type: 'module', name, workerData: data }));
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
    post: (message, transfer = []) => worker.postMessage(message, transfer),
    terminate: () => {
      ended = true;
      return stop(worker);
    },
  };
}
