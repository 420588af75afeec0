// The JavaScript half of core/platform/host.h, the same for every host: takes a posted request apart, has the
// adapter do it, and answers.
//
// - A payload is copied when it arrives: its memory may be shared, and it may be freed at any time after.
// - A request (request ≠ 0) is answered exactly once, at once if the adapter did it at once. A payload without
//   a request is freed here.
// - After end() nothing is answered any more: the instance is dead or about to be.

import { ERRORS, OPS } from './abi.js';
import { asFailure, Failure } from './failure.js';
import { Fetches, readOrder } from './fetch.js';
import { Probes } from './probe.js';
import { readView } from './view.js';

/** @import { Processes } from './processes.js' */
/** @import { Web } from './fetch.js' */
/** @import { ProgramLoader } from './programs.js' */
/** @import { View } from './view.js' */

/**
 * What a host needs of an instance, whichever program it is.
 * @typedef {object} Core
 * @property {() => Uint8Array} memory  all of it, now
 * @property {(size: number) => number} alloc  0: there is none
 * @property {(address: number) => void} free
 * @property {(request: number, code: number, status: number, data: number, size: number) => void} complete
 */

/**
 * What differs between hosts. Functions that return a promise may be used only where the core can wait.
 * @typedef {object} Adapter
 * @property {(fd: number, bytes: Uint8Array) => void} write
 * @property {(json: Uint8Array) => void} event
 * @property {(view: View) => Promise<Uint8Array>} show  shows it to whoever watches; what they answer when they have looked
 * @property {(status: number, stopped: boolean) => void} done
 * @property {(name: string, text: string) => void} keep  the result so far, for when the core dies; '': there is none
 * @property {(name: string) => Uint8Array | Promise<Uint8Array>} readFile
 * @property {(name: string, bytes: Uint8Array, append: boolean) => void | Promise<void>} writeFile
 * @property {(name: string) => void} checkFile  fails where writeFile would, as far as can be told before
 * @property {(name: string, other: string) => void} checkOther  fails where both are one file whose bytes are kept
 * @property {(latencyMs: number, count: number) => string[] | Promise<string[]>} openSite
 * @property {() => void} closeSite
 * @property {Web} [web]  what reads addresses, where it is not fetch()
 * @property {(order: string) => Promise<string[]>} [peer]  asks the benchmark's peers (peers.js)
 */

const utf8 = new TextDecoder();
const toUtf8 = new TextEncoder();
const NOTHING = new Uint8Array(0);

export class Host {
  #core;
  #adapter;
  #processes;
  #program;
  #fetches;
  /** Made when they are asked for. @type {Probes | null} */
  #probes = null;
  #ended = false;

  /** @param {Core} core @param {Adapter} adapter @param {Processes | null} processes @param {ProgramLoader} program  theirs */
  constructor(core, adapter, processes, program) {
    this.#core = core;
    this.#adapter = adapter;
    this.#fetches = new Fetches(adapter.web?.get);
    this.#processes = processes;
    this.#program = program;
  }

  /** What the core's lab_host_post() arrives at. @param {number} op @param {number} request @param {number} data @param {number} size */
  post(op, request, data, size) {
    if (this.#ended) return;
    const start = data >>> 0;
    const payload = this.#core.memory().slice(start, start + (size >>> 0));
    if (!request) this.#core.free(data);
    const view = new DataView(payload.buffer);
    const adapter = this.#adapter;
    switch (op) {
      case OPS.WRITE:
        return adapter.write(view.getUint32(0, true), payload.subarray(4));
      case OPS.EVENT:
        return adapter.event(payload);
      case OPS.DONE:
        return adapter.done(view.getInt32(0, true), view.getUint32(4, true) !== 0);
      case OPS.KEEP: {
        const end = 4 + view.getUint32(0, true);
        return adapter.keep(utf8.decode(payload.subarray(4, end)), utf8.decode(payload.subarray(end)));
      }
      case OPS.READ_FILE:
        return this.#serve(request, () => adapter.readFile(utf8.decode(payload)));
      case OPS.WRITE_FILE: {
        const how = view.getUint32(0, true);
        const end = 8 + view.getUint32(4, true);
        const name = utf8.decode(payload.subarray(8, end));
        if (how === 2) return this.#serve(request, () => adapter.checkFile(name));
        if (how === 3) return this.#serve(request, () => adapter.checkOther(name, utf8.decode(payload.subarray(end))));
        return this.#serve(request, () => adapter.writeFile(name, payload.subarray(end), how === 1));
      }
      case OPS.FETCH:
        return this.#fetches.start(request, readOrder(payload), (code, status, parts) => this.answer(request, code, status, parts));
      case OPS.FETCH_CANCEL:
        return this.#fetches.cancel(view.getUint32(0, true));
      case OPS.SPAWN:
        if (this.#processes) return this.#processes.spawn(request, payload);
        break;
      case OPS.KILL:
        return this.#processes?.kill(view.getUint32(0, true));
      case OPS.SEND:
        return this.#processes?.send(view.getUint32(0, true), payload.subarray(4));
      case OPS.SITE_OPEN:
        return this.#serve(request, () => adapter.openSite(view.getUint32(0, true), view.getUint32(4, true)));
      case OPS.SITE_CLOSE:
        return adapter.closeSite();
      case OPS.PROBE:
        return this.#serve(request, () => this.#probe(view.getUint32(0, true), view.getUint32(4, true), view.getUint32(8, true)));
      case OPS.SHOW:
        return this.#serve(request, () => adapter.show(readView(this.#core.memory(), view)));
      case OPS.PEER:
        return this.#serve(request, () => {
          if (!adapter.peer) throw new Failure('LAB_E_UNAVAILABLE', '`npm run bench` has it');
          return adapter.peer(utf8.decode(payload));
        });
    }
    if (request) this.#refuse(request, new Failure('LAB_E_UNAVAILABLE', `this host has no operation ${op}`));
  }

  /**
   * Answers a request. The answer is allocated in the core's memory; where there is none left it becomes LAB_E_NOMEM.
   * @param {number} request @param {number} code @param {number} status @param {Uint8Array[]} parts  the data, in pieces
   */
  answer(request, code, status, parts) {
    if (this.#ended) return;
    const size = parts.reduce((sum, part) => sum + part.length, 0);
    const data = size ? this.#core.alloc(size) : 0;
    if (size && !data) {
      this.#core.complete(request, ERRORS.LAB_E_NOMEM, 0, 0, 0);
      return;
    }
    if (size) {
      const memory = this.#core.memory();
      let at = data >>> 0;
      for (const part of parts) {
        memory.set(part, at);
        at += part.length;
      }
    }
    this.#core.complete(request, code, status, data, size);
  }

  /** Gives up whatever is under way; the instance will not be touched again. */
  end() {
    this.#ended = true;
    this.#fetches.cancelAll();
    this.#probes?.close();
  }

  /** @param {number} kind  0: closes the probe there is @param {number} count @param {number} bytes */
  async #probe(kind, count, bytes) {
    if (kind === 0) return this.#probes?.close();
    this.#probes ??= new Probes({ program: this.#program, site: this.#adapter });
    return this.#probes.run(kind, count, bytes);
  }

  /**
   * Has the adapter do something and answers with what it gives: bytes, lines of text, or nothing.
   * @param {number} request @param {() => Given | Promise<Given>} work
   * @typedef {Uint8Array | string[] | void} Given
   */
  #serve(request, work) {
    const give = (/** @type {Given} */ given) => this.answer(request, 0, 0, [Array.isArray(given) ? toUtf8.encode(given.join('\n')) : given ?? NOTHING]);
    let given;
    try {
      given = work();
    } catch (error) {
      return this.#refuse(request, error);
    }
    if (given instanceof Promise) given.then(give, error => this.#refuse(request, error));
    else give(given);
  }

  /** @param {number} request @param {unknown} error */
  #refuse(request, error) {
    const failure = asFailure(error);
    this.answer(request, failure.code, 0, [toUtf8.encode(failure.message)]);
  }
}
