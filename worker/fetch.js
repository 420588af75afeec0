// Fetches for the core: whole bodies of at most so many bytes within so much time, any number at once.
// Each either gives a complete body or fails with one sentence that names its URL, worded as the native
// program words it (core/platform/reactor_native.c).
//
// - What reads an address is the host's: fetch() in a browser, node-get.js in Node, which does not limit the connections
//   to one server; a browser keeps to six under HTTP/1.1, and the rest wait in its queue, their time running.
// - Ten thousand at once are begun in handfuls, as fast as the event loop keeps up: while it is busy with answers,
//   one begins for each that ended. More would gain nothing, open a connection for each, and overrun the server's
//   queue of connections (511 long in Node, 4096 at most in Linux), which then come through after 1 s, 3 s, 7 s …
// - What ends in one round of the event loop is answered together at its end: the core's thread wakes up once for all.

import { Failure, asFailure, messageOf } from './failure.js';
import { soon } from './soon.js';

// What a connection that never was calls itself; everything else was there first and broke.
const NO_CONNECTION = new Set([
  'ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EAI_FAIL', 'EHOSTUNREACH', 'ENETUNREACH', 'EADDRNOTAVAIL', 'ETIMEDOUT', 'EMFILE', 'EACCES',
]);

const HANDFUL = 100;
const BUSY_MS = 1; // a round of the event loop that takes longer has had something to do
const LONGEST_TIMER_MS = 2 ** 31 - 1; // setTimeout fires at once beyond it

/** @param {string} url */
function isWebAddress(url) {
  try {
    return /^https?:$/.test(new URL(url).protocol);
  } catch {
    return false;
  }
}

/** @typedef {{ status: number, bytes: Uint8Array[], size: number }} Got */
/**
 * What reads the web.
 * @typedef {object} Web
 * @property {(address: string, maxBytes: number, signal: AbortSignal) => Promise<Got>} get  a whole body; of one that is
 *   longer than maxBytes only as much as shows that, of an answer that is no success nothing. What it rejects with has
 *   the system's word for it as its own or its cause's `code`, where there is one, and is `answered` if the answer had begun
 * @property {() => void} rest  closes the connections that are kept for further reads; only between runs
 */

/** @type {Web['get']} */
async function getByFetch(address, maxBytes, signal) {
  let answered = false;
  try {
    const response = await fetch(address, { cache: 'no-store', credentials: 'same-origin', signal });
    answered = true;
    const { status } = response;
    /** @type {Uint8Array[]} */
    const bytes = [];
    let size = 0;
    if (!response.ok) return { status, bytes, size };
    const reader = response.body?.getReader();
    for (let part = await reader?.read(); part && !part.done; part = await reader?.read()) {
      size += part.value.length;
      bytes.push(part.value);
      if (size > maxBytes) break;
    }
    return { status, bytes, size };
  } catch (error) {
    throw Object.assign(new Error(messageOf(error), { cause: /** @type {any} */ (error)?.cause ?? error }), { answered });
  }
}

/**
 * @param {Web['get']} get
 * @param {string} url
 * @param {{ timeoutMs: number, maxBytes: number, controller: AbortController, startedAt?: number }} options
 *   startedAt: when the time began, by performance.now(). The controller's abort() gives it up: the promise then fails with LAB_E_CANCELLED
 * @returns {Promise<Got>}
 */
async function fetchBytes(get, url, { timeoutMs, maxBytes, controller, startedAt = performance.now() }) {
  let timedOut = false;
  const timer = setTimeout(() => {
    timedOut = true;
    controller.abort();
  }, Math.max(0, Math.min(startedAt + timeoutMs - performance.now(), LONGEST_TIMER_MS)));
  try {
    if (!isWebAddress(url)) throw new Failure('LAB_E_IO', `${url}: not an http or https address`);
    const got = await get(url, maxBytes, controller.signal);
    if (got.status < 200 || got.status > 299)
      throw Object.assign(new Failure('LAB_E_IO', `${url}: the server answered ${got.status}`), { status: got.status });
    if (got.size > maxBytes) throw new Failure('LAB_E_TOO_LARGE', `${url}: longer than ${maxBytes} bytes`);
    return got;
  } catch (error) {
    if (error instanceof Failure) {
      controller.abort(); // the rest of the body, if there is one
      throw error;
    }
    if (timedOut) throw new Failure('LAB_E_TIMEOUT', `${url}: no complete answer within ${timeoutMs / 1000} s`);
    if (controller.signal.aborted) throw new Failure('LAB_E_CANCELLED', `${url}: given up`);
    const { answered, code = undefined, cause = error } = /** @type {any} */ (error);
    const known = code ?? cause?.code;
    const reason = known ?? messageOf(cause);
    if (/redirect/.test(reason)) throw new Failure('LAB_E_IO', `${url}: too many redirects`);
    if (known ? NO_CONNECTION.has(known) : !answered) throw new Failure('LAB_E_IO', `${url}: could not connect (${reason})`);
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
  #get;
  /** @type {Map<number, AbortController>} */
  #flying = new Map();
  /** Not begun yet: #waiting[#first…]. @type {(() => void)[]} */
  #waiting = [];
  #first = 0;
  #pacing = false;
  /** How many may begin until the loop comes round again. */
  #room = HANDFUL;
  /** How many ended since it last did. */
  #landed = 0;
  #restedAt = 0;
  /** What has ended and is not answered yet. @type {(() => void)[]} */
  #ended = [];

  /** @param {Web['get']} [get] */
  constructor(get = getByFetch) {
    this.#get = get;
  }

  get size() {
    return this.#flying.size;
  }

  /** @param {number} request  its name @param {FetchOrder} order @param {Answer} answer */
  start(request, order, answer) {
    const controller = new AbortController();
    this.#flying.set(request, controller);
    const startedAt = performance.now();
    const begin = () => this.#begin(request, order, controller, startedAt, answer);
    if (this.#room > 0) {
      this.#room--;
      begin();
    } else {
      this.#waiting.push(begin);
    }
    if (this.#pacing) return;
    this.#pacing = true;
    this.#restedAt = performance.now();
    soon(() => this.#pace());
  }

  /** Comes once in every round of the event loop while fetches wait to begin. */
  #pace() {
    const busy = performance.now() - this.#restedAt > BUSY_MS;
    this.#room = busy ? Math.max(1, this.#landed) : HANDFUL;
    this.#landed = 0;
    for (; this.#room > 0 && this.#first < this.#waiting.length; this.#room--) this.#waiting[this.#first++]();
    if (this.#first < this.#waiting.length) {
      this.#restedAt = performance.now();
      soon(() => this.#pace());
      return;
    }
    this.#waiting = [];
    this.#first = 0;
    this.#room = HANDFUL;
    this.#pacing = false;
  }

  /** @param {number} request @param {FetchOrder} order @param {AbortController} controller @param {number} startedAt @param {Answer} answer */
  #begin(request, { url, timeoutMs, maxBytes }, controller, startedAt, answer) {
    const land = (/** @type {Parameters<Answer>} */ ...answered) => {
      this.#landed++;
      if (this.#ended.length === 0) soon(() => this.#answer());
      this.#ended.push(() => {
        // A core may use a request's address again as soon as it was answered.
        if (this.#flying.get(request) === controller) this.#flying.delete(request);
        answer(...answered);
      });
    };
    fetchBytes(this.#get, url, { timeoutMs, maxBytes, controller, startedAt }).then(
      ({ status, bytes }) => land(0, status, bytes),
      error => {
        const failure = asFailure(error);
        land(failure.code, /** @type {any} */ (error).status ?? 0, [new TextEncoder().encode(failure.message)]);
      },
    );
  }

  #answer() {
    const ended = this.#ended;
    this.#ended = [];
    for (const answer of ended) answer();
  }

  /** @param {number} request */
  cancel(request) {
    this.#flying.get(request)?.abort();
  }

  cancelAll() {
    for (const controller of this.#flying.values()) controller.abort();
  }
}
