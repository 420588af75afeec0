// Workers that the page makes for a host in a browser.
//
// Firefox can hang for ever in `new Worker()` when a Worker makes Workers one after another (Firefox 153, seen within
// a few dozen of them; a page that makes them has no such trouble). So a host asks its page: by WorkerMessage, with
// one end of a channel that the new Worker (relay.js) speaks through from then on. The page does nothing but make
// and end Workers; it passes no messages on.

import { send } from './scope.js';

/** @import { WorkerErrorMessage } from './protocol.js' */

/** @type {Map<number, RemoteWorker>} */
const live = new Map();
let made = 0;

/** What Emscripten and workers.js use of a Worker. */
export class RemoteWorker {
  /** @type {((event: MessageEvent) => void) | null} */
  onmessage = null;
  /** @type {((event: { message: string, filename: string, lineno: number, preventDefault(): void }) => void) | null} */
  onerror = null;
  /** @type {((event: MessageEvent) => void) | null} */
  onmessageerror = null;
  #id = ++made;
  #port;

  /** @param {string | URL} url @param {WorkerOptions} [options] */
  constructor(url, { name = '' } = {}) {
    const { port1, port2 } = new MessageChannel();
    this.#port = port1;
    port1.onmessage = event => this.onmessage?.(event);
    port1.onmessageerror = event => this.onmessageerror?.(event);
    live.set(this.#id, this);
    send({ type: 'worker', id: this.#id, url: String(url), name, port: port2 }, [port2]);
  }

  /** @param {unknown} message @param {Transferable[]} [transfer] */
  postMessage(message, transfer = []) {
    this.#port.postMessage(message, transfer);
  }

  terminate() {
    if (!live.delete(this.#id)) return;
    send({ type: 'end-worker', id: this.#id });
    this.#port.close();
  }
}

/** The page says that a Worker failed. @param {WorkerErrorMessage} message */
export function workerFailed({ id, message }) {
  live.get(id)?.onerror?.({ message, filename: '', lineno: 0, preventDefault() {} });
}
