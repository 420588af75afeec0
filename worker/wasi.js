// The few WASI preview 1 functions that isolate.wasm imports: a clock, random bytes, three streams, an exit.
// There is no file system, no argument and no environment.

const ERRNO = { SUCCESS: 0, BADF: 8, INVAL: 28, NOSYS: 52, SPIPE: 70 };
const CLOCK_REALTIME = 0;
const CLOCK_MONOTONIC = 1;
const CHARACTER_DEVICE = 2;

/** Thrown by proc_exit through the instance's frames. */
export class Exit {
  /** @param {number} status */
  constructor(status) {
    this.status = status;
  }
}

// performance.timeOrigin + performance.now() is one clock for all Workers, but their sum in milliseconds fills a
// double: it steps by 244 ns. So nanoseconds are added up as two halves of 32 bits.
const originUs = Math.round(performance.timeOrigin * 1000);
const originNs = BigInt(originUs) * 1000n;
const ORIGIN_LOW = Number(originNs & 0xffffffffn);
const ORIGIN_HIGH = Number(originNs >> 32n);

/** Writes the time in ns as a u64. @param {DataView} view @param {number} at */
export function writeNow(view, at) {
  const ns = Math.round(performance.now() * 1e6);
  const low = ORIGIN_LOW + (ns % 2 ** 32);
  view.setUint32(at, low % 2 ** 32, true);
  view.setUint32(at + 4, ORIGIN_HIGH + Math.floor(ns / 2 ** 32) + (low >= 2 ** 32 ? 1 : 0), true);
}

/**
 * @param {object} io
 * @param {() => ArrayBuffer} io.memory  the instance's, now: it moves when it grows
 * @param {(target: Uint8Array) => number} io.read  of fd 0; 0: the end
 * @param {(fd: number, source: Uint8Array) => void} io.write  to fd 1 or 2; source is borrowed
 * @returns {Record<string, (...args: any[]) => number>}
 */
export function wasi({ memory, read, write }) {
  let latest = new DataView(new ArrayBuffer(0));
  const view = () => (latest.buffer === memory() ? latest : (latest = new DataView(memory())));
  /** The buffers of an iovec array. @param {number} iovs @param {number} count @returns {Uint8Array[]} */
  const buffers = (iovs, count) =>
    Array.from({ length: count }, (_, i) => new Uint8Array(memory(), view().getUint32(iovs + 8 * i, true), view().getUint32(iovs + 8 * i + 4, true)));
  const nothing = (/** @type {number} */ countAt, /** @type {number} */ sizeAt) => {
    view().setUint32(countAt, 0, true);
    view().setUint32(sizeAt, 0, true);
    return ERRNO.SUCCESS;
  };

  return {
    fd_read(fd, iovs, count, readAt) {
      if (fd !== 0) return ERRNO.BADF;
      const target = buffers(iovs, count).find(bytes => bytes.length > 0); // a short read is legal
      view().setUint32(readAt, target ? read(target) : 0, true);
      return ERRNO.SUCCESS;
    },
    fd_write(fd, iovs, count, writtenAt) {
      if (fd !== 1 && fd !== 2) return ERRNO.BADF;
      const sources = buffers(iovs, count);
      for (const source of sources) write(fd, source);
      view().setUint32(writtenAt, sources.reduce((sum, source) => sum + source.length, 0), true);
      return ERRNO.SUCCESS;
    },
    fd_close: fd => (fd <= 2 ? ERRNO.SUCCESS : ERRNO.BADF),
    fd_seek: fd => (fd <= 2 ? ERRNO.SPIPE : ERRNO.BADF),
    fd_fdstat_get(fd, at) {
      if (fd > 2) return ERRNO.BADF;
      new Uint8Array(memory(), at, 24).fill(0);
      view().setUint8(at, CHARACTER_DEVICE); // unbuffered, as a terminal is
      view().setBigUint64(at + 8, 0xffffffffffffffffn, true);
      return ERRNO.SUCCESS;
    },
    clock_time_get(clock, _precision, at) {
      if (clock !== CLOCK_REALTIME && clock !== CLOCK_MONOTONIC) return ERRNO.INVAL;
      writeNow(view(), at);
      return ERRNO.SUCCESS;
    },
    clock_res_get(_clock, at) {
      view().setBigUint64(at, 1000n, true);
      return ERRNO.SUCCESS;
    },
    random_get(at, size) {
      for (let done = 0; done < size; done += 65536) // as many as one call gives
        crypto.getRandomValues(new Uint8Array(memory(), at + done, Math.min(65536, size - done)));
      return ERRNO.SUCCESS;
    },
    proc_exit(status) {
      throw new Exit(status);
    },
    environ_sizes_get: nothing,
    environ_get: () => ERRNO.SUCCESS,
    args_sizes_get: nothing,
    args_get: () => ERRNO.SUCCESS,
    sched_yield: () => ERRNO.SUCCESS,
  };
}

/**
 * The imports of a module: ours, and for anything else that it names a function that answers "not here", so
 * that a libc that mentions more than it uses can be instantiated.
 * @param {WebAssembly.Module} module
 * @param {Record<string, Record<string, Function>>} ours
 * @returns {WebAssembly.Imports}
 */
export function importsFor(module, ours) {
  /** @type {Record<string, Record<string, any>>} */
  const imports = {};
  for (const { module: from, name, kind } of WebAssembly.Module.imports(module))
    if (kind === 'function') (imports[from] ??= {})[name] = ours[from]?.[name] ?? (() => ERRNO.NOSYS);
  return imports;
}
