// Fetches for the core: whole bodies of at most so many bytes within so much time, any number at once.
// Each either gives a complete body or fails with one sentence that names its URL, worded as the native
// program words it (core/platform/reactor_native.c).
//
// Neither Node's fetch nor HTTP/2 limits the connections to one server; a browser keeps to six per server
// under HTTP/1.1, and the rest wait in its queue, their time running.

import { Failure, asFailure, messageOf } from './failure.js';

// What a connection that never was calls itself; everything else was there first and broke.
const NO_CONNECTION = new Set([
  'ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EAI_FAIL', 'EHOSTUNREACH', 'ENETUNREACH', 'EADDRNOTAVAIL', 'ETIMEDOUT', 'EMFILE', 'EACCES',
  'UND_ERR_CONNECT_TIMEOUT',
]);

const LONGEST_TIMER_MS = 2 ** 31 - 1; // setTimeout fires at once beyond it

/** @param {string} url */
function isWebAddress(url) {
  try {
    return /^https?:$/.test(new URL(url).protocol);
  } catch {
    return false;
  }
}

/**
 * @param {string} url
 * @param {{ timeoutMs: number, maxBytes: number, controller: AbortController }} options
 *   the controller's abort() gives it up: the promise then fails with LAB_E_CANCELLED
 * @returns {Promise<{ status: number, bytes: Uint8Array[], size: number }>}
 */
export async function fetchBytes(url, { timeoutMs, maxBytes, controller }) {
  let timedOut = false;
  let answered = false;
  const timer = setTimeout(() => {
    timedOut = true;
    controller.abort();
  }, Math.min(timeoutMs, LONGEST_TIMER_MS));
  try {
    if (!isWebAddress(url)) throw new Failure('LAB_E_INVALID', `${url}: not an http or https address`);
    const response = await fetch(url, { cache: 'no-store', credentials: 'same-origin', signal: controller.signal });
    answered = true;
    if (response.status < 200 || response.status > 299) {
      throw Object.assign(new Failure('LAB_E_IO', `${url}: the server answered ${response.status}`), { status: response.status });
    }
    /** @type {Uint8Array[]} */
    const bytes = [];
    let size = 0;
    const reader = response.body?.getReader();
    for (let part = await reader?.read(); part && !part.done; part = await reader?.read()) {
      size += part.value.length;
      if (size > maxBytes) throw new Failure('LAB_E_TOO_LARGE', `${url}: longer than ${maxBytes} bytes`);
      bytes.push(part.value);
    }
    return { status: response.status, bytes, size };
  } catch (error) {
    if (error instanceof Failure) {
      controller.abort(); // the rest of the body, if there is one
      throw error;
    }
    if (timedOut) throw new Failure('LAB_E_TIMEOUT', `${url}: no complete answer within ${timeoutMs / 1000} s`);
    if (controller.signal.aborted) throw new Failure('LAB_E_CANCELLED', `${url}: given up`);
    const cause = /** @type {any} */ (error)?.cause;
    const reason = cause?.code ?? messageOf(cause ?? error);
    if (cause ? NO_CONNECTION.has(cause.code) : !answered) throw new Failure('LAB_E_IO', `${url}: could not connect (${reason})`);
    throw new Failure('LAB_E_IO', `${url}: the connection was lost (${reason})`);
  } finally {
    clearTimeout(timer);
  }
}

/**
 * A fetch as the core asks for it. The payload of FETCH is f64 ms, u32 bytes, the URL.
 * @typedef {{ timeoutMs: number, maxBytes: number, url: string }} FetchOrder
 * @param {Uint8Array} payload
 * @returns {FetchOrder}
 */
export function readOrder(payload) {
  const view = new DataView(payload.buffer, payload.byteOffset, payload.byteLength);
  return { timeoutMs: view.getFloat64(0, true), maxBytes: view.getUint32(8, true), url: new TextDecoder().decode(payload.subarray(12)) };
}

/** Answers a fetch: a body in pieces, or a failure's sentence.
 * @typedef {(code: number, status: number, parts: Uint8Array[]) => void} Answer */

/** The fetches in flight of one core. Each is answered exactly once, cancelled ones too. */
export class Fetches {
  /** @type {Map<number, AbortController>} */
  #flying = new Map();

  get size() {
    return this.#flying.size;
  }

  /** @param {number} request  its name @param {FetchOrder} order @param {Answer} answer */
  start(request, { url, timeoutMs, maxBytes }, answer) {
    const controller = new AbortController();
    this.#flying.set(request, controller);
    const land = () => {
      // A core may use a request's address again as soon as it was answered.
      if (this.#flying.get(request) === controller) this.#flying.delete(request);
    };
    fetchBytes(url, { timeoutMs, maxBytes, controller }).then(
      ({ status, bytes }) => {
        land();
        answer(0, status, bytes);
      },
      error => {
        land();
        const failure = asFailure(error);
        answer(failure.code, /** @type {any} */ (error).status ?? 0, [new TextEncoder().encode(failure.message)]);
      },
    );
  }

  /** @param {number} request */
  cancel(request) {
    this.#flying.get(request)?.abort();
  }

  cancelAll() {
    for (const controller of this.#flying.values()) controller.abort();
  }
}
