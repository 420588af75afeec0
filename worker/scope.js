// The Worker this module runs in: its messages, its end, and errors that nobody caught. A dedicated
// Worker of a page and a worker_thread of Node differ in names only.

import { threads } from './node-threads.js';

/** The parts of DedicatedWorkerGlobalScope used here. The type checker's `self` is a Window.
 * @typedef {{ onmessage: ((event: MessageEvent) => void) | null, close(): void,
 *   postMessage(message: unknown, transfer?: Transferable[]): void,
 *   addEventListener(type: string, listener: (event: any) => void): void }} WorkerScope */
const worker = /** @type {WorkerScope} */ (/** @type {unknown} */ (globalThis));
const port = threads?.parentPort ?? null;

/** @type {any[]} */
const early = [];
/** @type {((message: any) => void) | null} */
let handler = null;

const take = (/** @type {any} */ message) => {
  if (handler) handler(message);
  else early.push(message);
};
// At once, before any await of whoever imports this: a browser drops messages that find no listener.
if (port) port.on('message', take);
else worker.onmessage = event => take(event.data);

/** Hands over every message, those that came before this call first. @param {(message: any) => void} next */
export function receive(next) {
  handler = next;
  for (const message of early.splice(0)) next(message);
}

/** @param {unknown} message @param {Transferable[]} [transfer] */
export function send(message, transfer = []) {
  if (port) port.postMessage(message, /** @type {any} */ (transfer));
  else worker.postMessage(message, transfer);
}

/** Ends this Worker once what it has sent is on its way. */
export function close() {
  if (port) port.close();
  else worker.close();
}

/** Calls listener with every error that nobody caught; without it such an error would end a worker_thread.
 * @param {(error: unknown) => void} listener */
export function onUncaught(listener) {
  if (threads) {
    process.on('uncaughtException', listener);
    return;
  }
  worker.addEventListener('error', (/** @type {ErrorEvent} */ event) => {
    event.preventDefault();
    // A Worker below threw, and Emscripten's onerror threw its ErrorEvent again: the cause is inside.
    listener(event.error ?? event);
  });
  worker.addEventListener('unhandledrejection', (/** @type {PromiseRejectionEvent} */ event) => {
    event.preventDefault();
    listener(event.reason);
  });
}
