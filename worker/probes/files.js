// Probes of small files: a browser's private file system, and Node's folder for temporary files.

import { Failure, messageOf } from '../failure.js';
import { unavailable } from './operation.js';

/** @import { Probe } from './operation.js' */

const FILE_PREFIX = 'concurrency-lab probe ';

/** A file of the site's Origin Private File System. It stays open: opening it is a matter between processes of the
 * browser, and takes a hundred times what the operation takes. @implements {Probe} */
export class PrivateFile {
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
export class TemporaryFile {
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
