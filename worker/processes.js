// The processes of a host: one Worker each (isolate.js), answered for through their SPAWN request when they end.
//
// The answer means that the Worker touches the shared rings no more, because the core frees them then. A Worker
// that says `exit`, `trap` or `failed` has done with them; one that is killed, or dies in another way, has when
// terminate() says so. Whoever killed it does not wait for that. One that waits for a pipe is woken to end at once.

import { ERRORS } from './abi.js';
import { firstLine, messageOf } from './failure.js';
import { Fetches } from './fetch.js';
import { READER_SLEEPS, WRITER_SLEEPS } from './pipe.js';
import { scripts } from './programs.js';
import { keepSpare, startWorker } from './workers.js';

/** @import { Web } from './fetch.js' */
/** @import { Core } from './host.js' */
/** @import { FromChild, SharedPipes } from './protocol.js' */
/** @import { StartedWorker } from './workers.js' */

const toUtf8 = new TextEncoder();

/**
 * @typedef {object} Child
 * @property {number} request
 * @property {StartedWorker | null} worker  null until its program is there
 * @property {boolean} started
 * @property {boolean} ending  its end is known, and answered or about to be
 * @property {Uint8Array[]} early  what was sent to it before it had a Worker
 * @property {SharedPipes | null} pipes
 * @property {Mailbox | null} mailbox
 */

/** Where the answers to a blocking child's fetches are put, one at a time. */
class Mailbox {
  #core;
  #words;
  #data = 0;
  /** @type {{ request: number, code: number, status: number, parts: Uint8Array[] }[]} */
  #waiting = [];
  fetches;

  /** @param {Core} core @param {SharedArrayBuffer} buffer @param {number} address  u32[5]: ready, code, status, data, size
   * @param {Web} [web] */
  constructor(core, buffer, address, web) {
    this.fetches = new Fetches(web?.get);
    this.#core = core;
    this.#words = new Int32Array(buffer, address, 5);
  }

  /** False: no memory for it. @param {number} request @param {number} code @param {number} status @param {Uint8Array[]} parts */
  put(request, code, status, parts) {
    this.#waiting.push({ request, code, status, parts });
    return this.#data !== 0 || this.#next();
  }

  /** The child has copied the last one. */
  taken() {
    this.#core.free(this.#data);
    this.#data = 0;
    return this.#next();
  }

  /** The child is gone, nothing may be written any more. */
  close() {
    this.fetches.cancelAll();
    this.#waiting.length = 0;
    if (this.#data) this.#core.free(this.#data);
    this.#data = -1;
  }

  #next() {
    const answer = this.#waiting.shift();
    if (!answer) return true;
    let { code, status, parts } = answer;
    let size = parts.reduce((sum, part) => sum + part.length, 4);
    this.#data = this.#core.alloc(size);
    if (!this.#data) {
      [code, status, parts, size] = [ERRORS.LAB_E_NOMEM, 0, [], 4];
      this.#data = this.#core.alloc(size);
      if (!this.#data) return false;
    }
    const memory = this.#core.memory();
    new DataView(memory.buffer, memory.byteOffset).setUint32(this.#data, answer.request, true);
    let at = this.#data + 4;
    for (const part of parts) {
      memory.set(part, at);
      at += part.length;
    }
    this.#words.set([code, status, this.#data, size], 1);
    Atomics.store(this.#words, 0, 1);
    Atomics.notify(this.#words, 0);
    return true;
  }
}

/** Forbids the pipes, and wakes a process that waits for one of them: to read, to write, or for an answer.
 * @param {SharedPipes} pipes */
function close({ buffer, input, output, answer, closed }) {
  Atomics.store(closed, 0, 1);
  for (const address of [input + 4 * READER_SLEEPS, output + 4 * WRITER_SLEEPS, answer]) Atomics.notify(new Int32Array(buffer, address, 1), 0);
}

/** So many Workers for processes to come are loaded ahead of them. @param {number} count */
export const keepProcesses = count => keepSpare(scripts.process, count);

export class Processes {
  /** @type {Map<number, Child>} */
  #children = new Map();
  #started = 0;
  #options;

  /**
   * @param {object} options
   * @param {() => Core} options.core
   * @param {() => Promise<WebAssembly.Module>} options.program  isolate.wasm, compiled
   * @param {() => SharedArrayBuffer | null} options.shared  lab.wasm's memory; null: children are spoken to by messages
   * @param {(request: number, code: number, status: number, parts: Uint8Array[]) => void} options.answer
   * @param {(request: number, bytes: Uint8Array) => void} options.deliver  what a child wrote, where nothing is shared
   * @param {(fd: number, bytes: Uint8Array) => void} options.write  what it says to people
   * @param {Web} [options.web]  what reads addresses for them, where it is not fetch()
   */
  constructor(options) {
    this.#options = options;
  }

  get size() {
    return this.#children.size;
  }

  /** @param {number} request @param {Uint8Array} payload  struct lab_host_spawn */
  spawn(request, payload) {
    /** @type {Child} */
    const child = { request, worker: null, started: false, ending: false, early: [], pipes: null, mailbox: null };
    this.#children.set(request, child);
    this.#options.program().then(
      module => {
        if (!child.ending) this.#start(child, module, payload);
      },
      error => this.#fail(child, error),
    );
  }

  /** @param {number} request */
  kill(request) {
    const child = this.#children.get(request);
    if (!child || child.ending) return;
    this.#end(child, ERRORS.LAB_E_DIED, 'the process was killed', false);
  }

  /** @param {number} request @param {Uint8Array} bytes */
  send(request, bytes) {
    const child = this.#children.get(request);
    if (!child || child.ending) return;
    if (child.worker) child.worker.post({ type: 'input', bytes });
    else child.early.push(bytes);
  }

  /** @param {Child} child @param {WebAssembly.Module} module @param {Uint8Array} payload */
  #start(child, module, payload) {
    try {
      const buffer = this.#options.shared();
      const worker = startWorker(scripts.process, {
        name: `process ${++this.#started}`,
        onMessage: message => this.#take(child, message),
        onError: error => this.#fail(child, error),
      });
      child.worker = worker;
      if (buffer) {
        const view = new DataView(payload.buffer, payload.byteOffset, 20);
        const [input, output, bell, answer, grant] = [0, 4, 8, 12, 16].map(at => view.getUint32(at, true));
        child.pipes = { buffer, input, output, bell, answer, grant, closed: new Int32Array(new SharedArrayBuffer(4)), lock: worker.lock };
        child.mailbox = new Mailbox(this.#options.core(), buffer, answer, this.#options.web);
      }
      worker.post({ type: 'start', module, pipes: child.pipes });
      for (const bytes of child.early.splice(0)) worker.post({ type: 'input', bytes });
    } catch (error) {
      this.#fail(child, error);
    }
  }

  /** @param {Child} child @param {FromChild} message */
  #take(child, message) {
    if (child.ending) return;
    switch (message.type) {
      case 'started':
        child.started = true;
        return;
      case 'output':
        return this.#options.deliver(child.request, message.bytes);
      case 'text':
        return this.#options.write(message.fd, message.bytes);
      case 'fetch': {
        const { mailbox } = child;
        const { request, order } = message;
        return mailbox?.fetches.start(request, order, (code, status, parts) => {
          if (!child.ending) this.#room(child, mailbox.put(request, code, status, parts));
        });
      }
      case 'cancel':
        return child.mailbox?.fetches.cancel(message.request);
      case 'taken':
        return this.#room(child, child.mailbox?.taken() ?? true);
      case 'exit':
        return this.#end(child, message.code, '', true);
      case 'trap':
        return this.#end(child, ERRORS.LAB_E_DIED, `the process trapped: ${message.reason}`, true);
      case 'failed':
        return this.#end(child, ERRORS.LAB_E_UNAVAILABLE, `a process could not be started: ${firstLine(message.reason)}`, true);
    }
  }

  /** @param {Child} child @param {boolean} enough */
  #room(child, enough) {
    // A child that waits for an answer which cannot be written would wait for ever.
    if (!enough) this.#end(child, ERRORS.LAB_E_DIED, 'out of memory for the answer to a process', false);
  }

  /** It broke without a word of its own. @param {Child} child @param {unknown} error */
  #fail(child, error) {
    if (child.ending) return;
    const reason = firstLine(messageOf(error));
    if (child.started) this.#end(child, ERRORS.LAB_E_DIED, `the process died: ${reason}`, false);
    else this.#end(child, ERRORS.LAB_E_UNAVAILABLE, `a process could not be started: ${reason}`, false);
  }

  /**
   * @param {Child} child @param {number} code @param {string} sentence
   * @param {boolean} quiet  it has said that it is done with the rings
   */
  #end(child, code, sentence, quiet) {
    child.ending = true;
    child.mailbox?.close();
    if (child.pipes) close(child.pipes);
    const answer = () => {
      this.#children.delete(child.request);
      this.#options.answer(child.request, code, 0, sentence ? [toUtf8.encode(sentence)] : []);
    };
    const stopped = child.worker?.terminate();
    if (quiet || !stopped) answer();
    else stopped.then(answer);
  }
}
