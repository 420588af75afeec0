// Probes (core/platform/probe.h): does an operation of this host so many times, and is done. It measures nothing;
// the core takes the time from its order to the answer. Loaded when the first probe is asked for.
//
// - There is one probe at a time, of a kind and a size. The first order for it makes what it needs (a Worker, a file),
//   and an order of no operations waits until nothing of the last one is under way any more.
// - What a probe made is removed when it is closed: by the core, by another kind's order, by the end of the host. What
//   is under way ends first, because everything in it that waits is told by an AbortSignal.
// - A host that is ended by force removes nothing more. What it left is found by its name and removed by the next.

import { PROBES } from './abi.js';
import { Failure, messageOf } from './failure.js';
import { threads } from './node-threads.js';
import { importsFor, wasi } from './wasi.js';
import { startWorker } from './workers.js';

/** @import { Adapter } from './host.js' */
/** @import { FromChild } from './protocol.js' */
/** @import { ProgramLoader } from './programs.js' */
/** @import { StartedWorker } from './workers.js' */

const MOST_TIMES = 1_000_000;
const MOST_BYTES = 16 << 20;

/**
 * @typedef {object} Probe
 * @property {(signal: AbortSignal) => void | Promise<void>} open  makes what it needs
 * @property {() => void | Promise<unknown>} [settle]  waits for what an order may leave under way
 * @property {(count: number, signal: AbortSignal) => void | Promise<void>} go  the operation, count times
 * @property {() => void | Promise<unknown>} close  removes what it made, a failed open()'s too. Nothing is under way then
 *
 * @typedef {{ program: ProgramLoader, site: Pick<Adapter, 'openSite' | 'closeSite'> }} Surroundings
 */

const unavailable = (/** @type {string} */ sentence) => new Failure('LAB_E_UNAVAILABLE', sentence);

// ---- messages ----

/** A buffer that goes to a Worker and back, copied or handed over. @implements {Probe} */
class Messages {
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
    this.#worker = startWorker(new URL('./echo.js', import.meta.url), {
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
class Clones {
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

// ---- programs ----

/** An instance of the processes' program, of the compiled module. @implements {Probe} */
class Instances {
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
class ColdStarts {
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
      const worker = startWorker(new URL('./isolate.js', import.meta.url), {
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

// ---- fetches ----

/** A small file, of which all is read: from the lab's own server in Node, from the page's site elsewhere. @implements {Probe} */
class FetchTimes {
  #site;
  #cached;
  #url = '';

  /** @param {Surroundings['site']} site @param {boolean} cached */
  constructor(site, cached) {
    this.#site = site;
    this.#cached = cached;
  }

  async open() {
    if (threads) {
      if (this.#cached) throw unavailable("Node's fetch() keeps no cache: every fetch asks the server");
      [this.#url] = await this.#site.openSite(0, 1);
      return;
    }
    // The query keeps the service worker out of it (web/service-worker.js).
    this.#url = new URL('../favicon.svg?direct', import.meta.url).href;
    if (!this.#cached) return;
    await this.#fetch('reload');
    performance.clearResourceTimings();
    await this.#fetch('force-cache');
    const entry = performance.getEntriesByName(this.#url).at(-1);
    if (entry && /** @type {PerformanceResourceTiming} */ (entry).transferSize > 0)
      throw unavailable("this browser's cache does not keep the site's files: every fetch asks the server");
  }

  /** @param {number} count @param {AbortSignal} signal */
  async go(count, signal) {
    const mode = this.#cached ? 'force-cache' : 'no-store';
    for (let i = 0; i < count && !signal.aborted; i++) await this.#fetch(mode, signal);
  }

  /** @param {RequestCache} cache @param {AbortSignal} [signal] */
  async #fetch(cache, signal) {
    let response;
    try {
      response = await fetch(this.#url, { cache, signal });
      await response.arrayBuffer();
    } catch (error) {
      throw unavailable(`${this.#url}: no answer (${messageOf(error)})`);
    }
    if (!response.ok) throw unavailable(`${this.#url}: the server answered ${response.status}`);
  }

  close() {
    if (threads && this.#url) this.#site.closeSite();
  }
}

// ---- files ----

const FILE_PREFIX = 'concurrency-lab probe ';

/** A file of the site's Origin Private File System. It stays open: opening it is a matter between processes of the
 * browser, and takes a hundred times what the operation takes. @implements {Probe} */
class PrivateFile {
  #data;
  #write;
  #name = FILE_PREFIX + crypto.randomUUID();
  /** @type {FileSystemDirectoryHandle | null} */
  #folder = null;
  /** @type {any} FileSystemSyncAccessHandle, which the type checker does not know here */
  #handle = null;
  #release = () => {};

  /** @param {number} bytes @param {boolean} write */
  constructor(bytes, write) {
    this.#data = new Uint8Array(bytes).fill(1);
    this.#write = write;
  }

  async open() {
    if (!navigator.storage?.getDirectory) throw unavailable('this browser has no Origin Private File System, or not in a page without https');
    /** @type {any} */
    let file;
    try {
      this.#folder = await navigator.storage.getDirectory();
      await this.#hold();
      await this.#sweep(this.#folder);
      file = await this.#folder.getFileHandle(this.#name, { create: true });
    } catch (error) {
      throw unavailable(`this window has no Origin Private File System: ${messageOf(error)}`);
    }
    if (!file.createSyncAccessHandle) throw unavailable('this browser opens no file of the Origin Private File System for reading and writing at once');
    this.#handle = await file.createSyncAccessHandle();
    this.#once(true);
  }

  /** Holds a lock of the file's name as long as it is used: a file whose lock is free was left behind. */
  async #hold() {
    await new Promise(resolve => {
      navigator.locks?.request(this.#name, () => {
        resolve(null);
        return /** @type {Promise<void>} */ (new Promise(release => (this.#release = release)));
      }) ?? resolve(null);
    });
  }

  /** @param {any} folder */
  async #sweep(folder) {
    if (!navigator.locks) return;
    for await (const name of folder.keys()) {
      if (!name.startsWith(FILE_PREFIX)) continue;
      await navigator.locks.request(name, { ifAvailable: true }, async lock => {
        if (lock) await folder.removeEntry(name).catch(() => {});
      });
    }
  }

  /** @param {number} count */
  go(count) {
    for (let i = 0; i < count; i++) this.#once(this.#write);
  }

  /** @param {boolean} write */
  #once(write) {
    const done = write ? this.#handle.write(this.#data, { at: 0 }) : this.#handle.read(this.#data, { at: 0 });
    if (done !== this.#data.length)
      throw new Failure('LAB_E_IO', `the Origin Private File System took ${done} of ${this.#data.length} bytes: there may be no room`);
  }

  async close() {
    this.#handle?.close();
    await this.#folder?.removeEntry(this.#name).catch(() => {});
    this.#release();
  }
}

const FOLDER_PREFIX = 'lab-probe-';

/** A file in the folder for temporary files, opened for each operation. For Node. @implements {Probe} */
class TemporaryFile {
  #data;
  #write;
  #folder = '';
  #file = '';
  /** @type {any} */
  #fs = null;

  /** @param {number} bytes @param {boolean} write */
  constructor(bytes, write) {
    this.#data = new Uint8Array(bytes).fill(1);
    this.#write = write;
  }

  open() {
    const fs = (this.#fs = process.getBuiltinModule('node:fs'));
    const { join } = process.getBuiltinModule('node:path');
    const tmp = process.getBuiltinModule('node:os').tmpdir();
    for (const name of fs.readdirSync(tmp))
      if (abandoned(name)) fs.rmSync(join(tmp, name), { recursive: true, force: true });
    this.#folder = fs.mkdtempSync(join(tmp, `${FOLDER_PREFIX}${process.pid}-`));
    this.#file = join(this.#folder, 'file');
    fs.writeFileSync(this.#file, this.#data);
  }

  /** @param {number} count */
  go(count) {
    for (let i = 0; i < count; i++) this.#once(this.#write);
  }

  /** @param {boolean} write */
  #once(write) {
    // Not truncated: a file system may see to it that what replaces a file is on the disk when it is closed.
    const file = this.#fs.openSync(this.#file, write ? 'r+' : 'r');
    let done;
    try {
      done = write ? this.#fs.writeSync(file, this.#data) : this.#fs.readSync(file, this.#data);
    } finally {
      this.#fs.closeSync(file);
    }
    if (done !== this.#data.length) throw new Failure('LAB_E_IO', `${this.#file}: ${done} of ${this.#data.length} bytes`);
  }

  close() {
    if (this.#folder) this.#fs.rmSync(this.#folder, { recursive: true, force: true });
  }
}

/** Whether it is the folder of a process that is no more. @param {string} name */
function abandoned(name) {
  const [, pid] = name.match(/^lab-probe-(\d+)-/) ?? [];
  if (!pid) return false;
  try {
    process.kill(Number(pid), 0);
    return false;
  } catch (error) {
    return /** @type {NodeJS.ErrnoException} */ (error).code === 'ESRCH';
  }
}

// ---- all of them ----

/** @param {number} kind @param {number} bytes @param {Surroundings} around @returns {Probe} */
function make(kind, bytes, { program, site }) {
  const File = threads ? TemporaryFile : PrivateFile;
  switch (kind) {
    case PROBES.MESSAGE:
      return new Messages(bytes, false);
    case PROBES.TRANSFER:
      return new Messages(bytes, true);
    case PROBES.CLONE:
      return new Clones(bytes);
    case PROBES.INSTANTIATE:
      return new Instances(program);
    case PROBES.START_COLD:
      return new ColdStarts(program);
    case PROBES.FETCH_CACHE:
      return new FetchTimes(site, true);
    case PROBES.FETCH_NETWORK:
      return new FetchTimes(site, false);
    case PROBES.WRITE:
      return new File(bytes, true);
    case PROBES.READ:
      return new File(bytes, false);
    case PROBES.FORK:
      throw unavailable('a process of this host cannot be forked');
  }
  throw new Failure('LAB_E_INVALID', `there is no probe ${kind}; there are 1 to ${Math.max(...Object.values(PROBES))}`);
}

/** The probe of a host. */
export class Probes {
  #around;
  /** busy: what is under way, or was; it never fails.
   * @type {{ kind: number, bytes: number, probe: Probe, opened: Promise<void>, controller: AbortController, busy: Promise<void> } | null} */
  #current = null;
  #working = false;

  /** @param {Surroundings} around */
  constructor(around) {
    this.#around = around;
  }

  /**
   * Resolves when the operation has been done count times. Rejects with a Failure: LAB_E_STOPPED if it was closed
   * meanwhile, LAB_E_UNAVAILABLE if it cannot be done here.
   * @param {number} kind  of PROBES @param {number} count  0: makes ready @param {number} bytes
   */
  async run(kind, count, bytes) {
    if (this.#working) throw new Failure('LAB_E_STATE', 'a probe is under way already');
    if (count > MOST_TIMES) throw new Failure('LAB_E_TOO_LARGE', `a probe is done at most ${MOST_TIMES} times at once, not ${count}`);
    if (bytes > MOST_BYTES) throw new Failure('LAB_E_TOO_LARGE', `a probe has at most ${MOST_BYTES} bytes, not ${bytes}`);
    this.#working = true;
    try {
      const current = await this.#open(kind, bytes);
      const { probe, controller: { signal } } = current;
      const work = (async () => {
        if (count) await probe.go(count, signal);
        else await probe.settle?.();
      })();
      current.busy = work.catch(() => {});
      await orStopped(signal, work);
    } finally {
      this.#working = false;
    }
  }

  /** @param {number} kind @param {number} bytes */
  async #open(kind, bytes) {
    let current = this.#current;
    if (current && (current.kind !== kind || current.bytes !== bytes)) {
      await this.close();
      current = null;
    }
    if (!current) {
      const probe = make(kind, bytes, this.#around);
      const controller = new AbortController();
      const opened = (async () => probe.open(controller.signal))();
      current = this.#current = { kind, bytes, probe, opened, controller, busy: opened.catch(() => {}) };
    }
    try {
      await orStopped(current.controller.signal, current.opened);
    } catch (error) {
      if (this.#current === current) await this.close();
      throw error;
    }
    return current;
  }

  /** Ends what is under way, and removes what was made. */
  async close() {
    const current = this.#current;
    if (!current) return;
    this.#current = null;
    current.controller.abort();
    await current.busy;
    await current.probe.close();
  }
}

/** What becomes of work, or LAB_E_STOPPED as soon as the signal says so.
 * @template T @param {AbortSignal} signal @param {Promise<T>} work @returns {Promise<T>} */
function orStopped(signal, work) {
  return new Promise((resolve, reject) => {
    const stop = () => reject(new Failure('LAB_E_STOPPED', 'stopped'));
    if (signal.aborted) stop();
    signal.addEventListener('abort', stop);
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', stop));
  });
}
