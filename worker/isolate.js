// A process: the Worker of one instance of isolate.wasm, which has a memory of its own. The host (processes.js)
// sends one `start`, and gets one `exit`, `trap` or `failed` at the end; after that this Worker touches nothing.
//
// - With shared memory the instance blocks: its pipes, fd 0 and fd 1 too, are rings in lab.wasm's memory, and a fetch is the
//   host's, which puts its answer into five words there (struct lab_host_spawn, `answer`) and wakes us.
//   The answer's data begins with the u32 request that it answers: a cancelled fetch is answered too, and its
//   answer must not be taken for that of the next one.
// - Without it the instance is driven by messages, never blocks, and fetches by itself.

import { ERRORS, OPS } from './abi.js';
import { messageOf, trapReason } from './failure.js';
import { Fetches, readOrder } from './fetch.js';
import { Bell, Closed, Grant, PipeReader, PipeWriter, checkOpen } from './pipe.js';
import { receive, send } from './scope.js';
import { Turner } from './turner.js';
import { Exit, importsFor, wasi } from './wasi.js';

/** @import { ChildStart, ToChild, FromChild, SharedPipes } from './protocol.js' */

/** Of the site (relay.js). */
export const build = '__BUILD_VERSION__';

const WANTS_TO_EXIT = -2; // minus the status

/** @type {(message: FromChild, transfer?: Transferable[]) => void} */
const tell = send;

/** One instance, and what both ways of driving it have in common. */
class Process {
  /** @type {any} */
  exports = null;
  #memory = { bytes: new Uint8Array(0), words: new Int32Array(0) };

  /**
   * @param {WebAssembly.Module} module
   * @param {{ read: (target: Uint8Array) => number, write: (bytes: Uint8Array) => void, request: (op: number, request: number, payload: Uint8Array) => boolean,
   *   block: (ms: number) => number, canBlock: boolean, more?: (process: Process) => Record<string, Function> }} ways
   *   `request`: false when it is none that can be served. `more`: further imports
   */
  constructor(module, ways) {
    const post = (/** @type {number} */ op, /** @type {number} */ request, /** @type {number} */ data, /** @type {number} */ size) => {
      const payload = this.memory().slice(data >>> 0, (data >>> 0) + (size >>> 0));
      if (!request) this.exports.lab_host_free(data);
      if (op === OPS.WRITE) tell({ type: 'text', fd: new DataView(payload.buffer).getUint32(0, true), bytes: payload.subarray(4) });
      else if (!ways.request(op, request, payload) && request) this.complete(request, ERRORS.LAB_E_UNAVAILABLE, 0, []);
    };
    const lab = { post, block: ways.block, can_block: () => (ways.canBlock ? 1 : 0), ...ways.more?.(this) };
    const streams = wasi({
      memory: () => this.exports.memory.buffer,
      read: ways.read,
      write: (fd, bytes) => (fd === 1 ? ways.write(bytes) : tell({ type: 'text', fd, bytes: bytes.slice() })),
    });
    const instance = new WebAssembly.Instance(module, importsFor(module, { lab, env: { lab_host_post: post }, wasi_snapshot_preview1: streams }));
    this.exports = instance.exports;
    this.exports._initialize?.();
  }

  /** As it is now: it moves when it grows. */
  views() {
    const { buffer } = this.exports.memory;
    if (this.#memory.bytes.buffer !== buffer) this.#memory = { bytes: new Uint8Array(buffer), words: new Int32Array(buffer) };
    return this.#memory;
  }

  memory() {
    return this.views().bytes;
  }

  /** A copy in the instance's memory; 0: no room. @param {Uint8Array[]} parts */
  place(parts) {
    const size = parts.reduce((sum, part) => sum + part.length, 0);
    const address = this.exports.lab_host_alloc(size) >>> 0;
    let at = address;
    for (const part of address ? parts : []) {
      this.memory().set(part, at);
      at += part.length;
    }
    return { address, size };
  }

  /** @param {number} request @param {number} code @param {number} status @param {Uint8Array[]} parts */
  complete(request, code, status, parts) {
    if (!parts.some(part => part.length)) return this.exports.lab_host_complete(request, code, status, 0, 0);
    const { address, size } = this.place(parts);
    if (address) this.exports.lab_host_complete(request, code, status, address, size);
    else this.exports.lab_host_complete(request, ERRORS.LAB_E_NOMEM, 0, 0, 0);
  }
}

/** How the instance's code ended. @param {unknown} error */
function ended(error) {
  if (error instanceof Closed) return; // nobody listens any more
  // Eight bits, as everywhere: what is larger, or negative, means something else to the core (platform/process.h).
  if (error instanceof Exit) tell({ type: 'exit', code: error.status & 255 });
  else tell({ type: 'trap', reason: trapReason(error) });
}

/** @param {WebAssembly.Module} module @param {SharedPipes} pipes */
function runBlocking(module, { buffer, input, output, bell: bellAt, answer, grant: grantAt, closed }) {
  const READY = 0, CODE = 1, STATUS = 2, DATA = 3, SIZE = 4;
  const words = new Int32Array(buffer, answer, 5);
  const bell = new Bell(buffer, bellAt);
  const grant = new Grant(buffer, grantAt);
  const reader = new PipeReader(buffer, input, { bell, grant, closed });
  const writer = new PipeWriter(buffer, output, { bell, grant, closed });
  const process = new Process(module, {
    read: target => reader.read(target),
    write: bytes => writer.write(bytes),
    canBlock: true,
    more: own => ({
      pipe_read: (/** @type {number} */ at, /** @type {number} */ size) => reader.read(own.memory().subarray(at >>> 0, (at >>> 0) + (size >>> 0))),
      pipe_write: (/** @type {number} */ at, /** @type {number} */ size, /** @type {number} */ urgent) =>
        writer.writeFrom(own.views(), at >>> 0, size >>> 0, urgent !== 0),
      claim: () => (grant.claim() ? 1 : 0),
    }),
    request(op, request, payload) {
      if (op === OPS.FETCH) tell({ type: 'fetch', request, order: readOrder(payload) });
      else if (op === OPS.FETCH_CANCEL) tell({ type: 'cancel', request: new DataView(payload.buffer).getUint32(0, true) });
      else return false;
      return true;
    },
    block(ms) {
      checkOpen(closed);
      if (Atomics.load(words, READY) === 0) Atomics.wait(words, READY, 0, ms < 0 ? Infinity : ms);
      checkOpen(closed);
      if (Atomics.load(words, READY) === 0) return 0;
      const data = words[DATA] >>> 0;
      const [code, status, bytes] = [words[CODE], words[STATUS], new Uint8Array(buffer, data + 4, words[SIZE] - 4).slice()];
      const request = new DataView(buffer, data).getUint32(0, true);
      Atomics.store(words, READY, 0);
      tell({ type: 'taken' });
      process.complete(request, code, status, [bytes]);
      return 1;
    },
  });
  tell({ type: 'started' });
  try {
    tell({ type: 'exit', code: process.exports.lab_child_main() });
  } catch (error) {
    ended(error);
  }
}

/** @param {WebAssembly.Module} module @returns {(message: ToChild) => void} */
function runByMessages(module) {
  const fetches = new Fetches();
  let over = false;
  const process = new Process(module, {
    read: () => 0,
    write: bytes => {
      const copy = bytes.slice();
      tell({ type: 'output', bytes: copy }, [copy.buffer]);
    },
    block: () => 0,
    canBlock: false,
    request(op, request, payload) {
      if (op === OPS.FETCH) {
        fetches.start(request, readOrder(payload), (code, status, parts) =>
          guarded(() => {
            process.complete(request, code, status, parts);
            turner.news();
          }));
      } else if (op === OPS.FETCH_CANCEL) {
        fetches.cancel(new DataView(payload.buffer).getUint32(0, true));
      } else {
        return false;
      }
      return true;
    },
  });
  const finish = (/** @type {() => void} */ last) => {
    over = true;
    turner.end();
    fetches.cancelAll();
    last();
  };
  const guarded = (/** @type {() => void} */ work) => {
    if (over) return;
    try {
      work();
    } catch (error) {
      finish(() => ended(error));
    }
  };
  // A turn that comes from a timer has no other guard than this one.
  const turner = new Turner(() => {
    let wait = -1;
    guarded(() => {
      wait = process.exports.lab_child_turn();
      if (wait <= WANTS_TO_EXIT) finish(() => tell({ type: 'exit', code: WANTS_TO_EXIT - wait }));
    });
    return wait;
  });
  tell({ type: 'started' });
  guarded(() => {
    process.exports.lab_child_begin();
    turner.news();
  });
  return message =>
    guarded(() => {
      if (message.type !== 'input') return;
      const { address, size } = process.place([message.bytes]);
      if (!address) return finish(() => tell({ type: 'trap', reason: 'out of memory for what it was sent' }));
      process.exports.lab_child_input(address, size);
      turner.news();
    });
}

/** @type {((message: ToChild) => void) | null} */
let driver = null;

/** Does something that may fail to start. @param {() => void} work */
function starting(work) {
  try {
    work();
  } catch (error) {
    if (!(error instanceof Closed)) tell({ type: 'failed', reason: messageOf(error) });
  }
}

receive((/** @type {ToChild} */ message) => {
  if (driver) return driver(message);
  const { module, pipes } = /** @type {ChildStart} */ (message);
  if (!pipes) return starting(() => (driver = runByMessages(module)));
  const run = () => starting(() => {
    checkOpen(pipes.closed); // with the lock in hand: see workers.js
    runBlocking(module, pipes);
  });
  if (!pipes.lock) return run();
  const forLife = () => {
    run();
    return new Promise(() => {});
  };
  navigator.locks.request(pipes.lock, forLife).catch(error => tell({ type: 'failed', reason: messageOf(error) }));
});
