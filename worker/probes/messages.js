// Probes of what crosses between Workers: messages, copied or handed over, and the copy alone.

import { messageOf } from '../failure.js';
import { scripts } from '../programs.js';
import { startWorker } from '../workers.js';
import { orStopped, unavailable } from './operation.js';

/** @import { Probe } from './operation.js' */
/** @import { StartedWorker } from '../workers.js' */

/** A buffer that goes to a Worker and back, copied or handed over. @implements {Probe} */
export class Messages {
  #bytes;
  #transfer;
  /** @type {StartedWorker | null} */
  #worker = null;
  #left = 0;
  #resolve = () => {};
  #reject = (/** @type {unknown} */ _error) => {};

  /** @param {number} bytes @param {boolean} transfer */
  constructor(bytes, transfer) {
    this.#bytes = bytes ? new Uint8Array(bytes).fill(1).buffer : null;
    this.#transfer = transfer;
  }

  /** @param {AbortSignal} signal */
  open(signal) {
    this.#worker = startWorker(scripts.echo, {
      name: 'echo',
      onMessage: message => this.#take(message),
      onError: error => this.#reject(unavailable(`the Worker that answers could not be started: ${messageOf(error)}`)),
    });
    return this.#exchange(1, signal, () => this.#worker?.post(this.#transfer ? 'transfer' : 'copy'));
  }

  /** @param {number} count @param {AbortSignal} signal */
  go(count, signal) {
    return this.#exchange(count, signal, () => this.#send());
  }

  /** Sends one, and another for each that comes back, but the last.
   * @param {number} count @param {AbortSignal} signal @param {() => void} first */
  #exchange(count, signal, first) {
    return orStopped(signal, new Promise((/** @type {(nothing: void) => void} */ resolve, reject) => {
      this.#left = count;
      this.#resolve = resolve;
      this.#reject = reject;
      first();
    }));
  }

  #send() {
    if (this.#transfer && this.#bytes) this.#worker?.post(this.#bytes, [this.#bytes]);
    else this.#worker?.post(this.#bytes);
  }

  /** @param {string | ArrayBuffer | null} message */
  #take(message) {
    if (this.#transfer && message instanceof ArrayBuffer) this.#bytes = message;
    if (--this.#left > 0) this.#send();
    else this.#resolve();
  }

  close() {
    return this.#worker?.terminate();
  }
}

/** Half of the bytes in one buffer, half in records of 64 bytes: a number, 24 letters, four numbers. @implements {Probe} */
export class Clones {
  #content;
  kept = /** @type {unknown} */ (null); // so that no engine finds the clone to be for nothing

  /** @param {number} bytes */
  constructor(bytes) {
    const records = Array.from({ length: bytes >> 7 }, (_, i) => ({
      number: i + 0.5, name: `record ${i}`.padEnd(24, '.'), values: [i, i / 2, i / 3, i / 4],
    }));
    this.#content = { buffer: new Uint8Array(bytes - records.length * 64).fill(1).buffer, records };
  }

  open() {
    if (typeof structuredClone !== 'function') throw unavailable('this engine has no structuredClone()');
  }

  /** @param {number} count */
  go(count) {
    for (let i = 0; i < count; i++) this.kept = structuredClone(this.#content);
  }

  close() {}
}
