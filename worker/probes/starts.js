// Probes of how the processes' program begins: an instance of the compiled module, and a process from its bytes.

import { messageOf } from '../failure.js';
import { scripts } from '../programs.js';
import { importsFor, wasi } from '../wasi.js';
import { startWorker } from '../workers.js';
import { orStopped, unavailable } from './operation.js';

/** @import { Probe } from './operation.js' */
/** @import { FromChild } from '../protocol.js' */
/** @import { ProgramLoader } from '../programs.js' */
/** @import { StartedWorker } from '../workers.js' */

/** An instance of the processes' program, of the compiled module. @implements {Probe} */
export class Instances {
  #program;
  /** @type {WebAssembly.Module | null} */
  #module = null;

  /** @param {ProgramLoader} program */
  constructor(program) {
    this.#program = program;
  }

  async open() {
    this.#module = await this.#program();
  }

  /** @param {number} count */
  go(count) {
    const none = () => 0;
    const lab = { post: none, block: none, can_block: none };
    for (let i = 0; i < count; i++) {
      /** @type {any} */
      let exports;
      const streams = wasi({ memory: () => exports.memory.buffer, read: none, write: none });
      const module = /** @type {WebAssembly.Module} */ (this.#module);
      exports = new WebAssembly.Instance(module, importsFor(module, { lab, env: { lab_host_post: none }, wasi_snapshot_preview1: streams })).exports;
      exports._initialize?.();
    }
  }

  close() {}
}

/** A process from its program's bytes: compiled, a Worker, an instance in it that could take tasks. @implements {Probe} */
export class ColdStarts {
  #program;
  #bytes = new Uint8Array(0);
  #made = 0;
  /** @type {Set<StartedWorker>} */
  #live = new Set();
  /** @type {Promise<void>[]} */
  #ending = [];

  /** @param {ProgramLoader} program */
  constructor(program) {
    this.#program = program;
  }

  async open() {
    this.#bytes = await this.#program.bytes();
  }

  async settle() {
    await Promise.all(this.#ending.splice(0));
  }

  /** @param {number} count @param {AbortSignal} signal */
  async go(count, signal) {
    for (let i = 0; i < count && !signal.aborted; i++) {
      const module = await WebAssembly.compile(this.#another());
      await orStopped(signal, this.#start(module));
    }
  }

  /** The program with a section of its own that means nothing: engines compile the same bytes only once. */
  #another() {
    const made = ++this.#made;
    const section = [0, 9, 4, 0x63, 0x6f, 0x6c, 0x64, made & 255, (made >> 8) & 255, (made >> 16) & 255, made >>> 24];
    const bytes = new Uint8Array(this.#bytes.length + section.length);
    bytes.set(this.#bytes);
    bytes.set(section, this.#bytes.length);
    return bytes;
  }

  /** @param {WebAssembly.Module} module @returns {Promise<void>} */
  #start(module) {
    return new Promise((resolve, reject) => {
      const worker = startWorker(scripts.process, {
        name: 'cold start',
        onMessage: (/** @type {FromChild} */ message) => {
          if (message.type === 'started') {
            this.#end(worker);
            resolve();
          } else if (message.type === 'failed' || message.type === 'trap') reject(unavailable(`a process could not be started: ${message.reason}`));
        },
        onError: error => reject(unavailable(`a process could not be started: ${messageOf(error)}`)),
      });
      this.#live.add(worker);
      worker.post({ type: 'start', module, pipes: null });
    });
  }

  /** @param {StartedWorker} worker */
  #end(worker) {
    this.#live.delete(worker);
    this.#ending.push(worker.terminate());
  }

  close() {
    for (const worker of [...this.#live]) this.#end(worker);
    return this.settle();
  }
}
