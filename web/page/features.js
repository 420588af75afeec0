// What the core needs of a browser. Each is tried, not read off another one: there are browsers that isolate a page and
// give it no SharedArrayBuffer, and such as have one that no program can use.

/** @typedef {{ what: string, works: () => boolean }} Feature */

/** A WebAssembly module of these sections. @param {number[][]} sections */
const module = (...sections) => new Uint8Array([0, 0x61, 0x73, 0x6d, 1, 0, 0, 0, ...sections.flat()]);

/** A function that returns an i64, exported as "f". */
const RETURNS_I64 = module([1, 5, 1, 0x60, 0, 1, 0x7e], [3, 2, 1, 0], [7, 5, 1, 1, 0x66, 0, 0], [10, 6, 1, 4, 0, 0x42, 0, 0x0b]);
/** One that returns a v128: i32.const 0, i8x16.splat. */
const RETURNS_V128 = module([1, 5, 1, 0x60, 0, 1, 0x7b], [3, 2, 1, 0], [10, 8, 1, 6, 0, 0x41, 0, 0xfd, 0x0f, 0x0b]);
/** One with a shared memory, which loads from it: i32.atomic.load. */
const LOADS_ATOMICALLY = module([1, 4, 1, 0x60, 0, 0], [3, 2, 1, 0], [5, 4, 1, 3, 1, 1], [10, 11, 1, 9, 0, 0x41, 0, 0xfe, 0x10, 2, 0, 0x1a, 0x0b]);

/** Whatever is run needs these. @type {Feature[]} */
const NEEDED = [
  { what: 'WebAssembly', works: () => WebAssembly.validate(module()) && new WebAssembly.Instance(new WebAssembly.Module(module())) !== null },
  {
    what: 'WebAssembly with 64-bit integers (BigInt)',
    works: () => typeof (/** @type {any} */ (new WebAssembly.Instance(new WebAssembly.Module(RETURNS_I64)).exports).f()) === 'bigint' && typeof BigInt64Array === 'function',
  },
  { what: 'WebAssembly with vectors (SIMD)', works: () => WebAssembly.validate(RETURNS_V128) },
  { what: 'Workers that are modules', works: asksForType },
];

/** Threads need these as well. @type {Feature[]} */
const NEEDED_BY_THREADS = [
  { what: 'SharedArrayBuffer', works: () => new SharedArrayBuffer(8).byteLength === 8 },
  { what: 'Atomics', works: () => Atomics.notify(new Int32Array(new SharedArrayBuffer(8)), 0) === 0 },
  { what: 'WebAssembly with threads', works: () => WebAssembly.validate(LOADS_ATOMICALLY) && sharedMemory().buffer instanceof SharedArrayBuffer },
  { what: 'memory of WebAssembly that can be sent to a Worker', works: canSendMemory },
];

/** Whether `new Worker()` looks what kind it is to be. The address is none, so nothing is started. */
function asksForType() {
  let asked = false;
  const options = {
    get type() {
      asked = true;
      return /** @type {const} */ ('module');
    },
  };
  try {
    new Worker('http://:', options).terminate();
  } catch {
    // as it must
  }
  return asked;
}

const sharedMemory = () => new WebAssembly.Memory({ initial: 1, maximum: 1, shared: true });

function canSendMemory() {
  const { port1 } = new MessageChannel();
  port1.postMessage(sharedMemory()); // throws where it may not be sent
  port1.close();
  return true;
}

/** The first that does not work. @param {Feature[]} features @returns {string | null} */
function missing(features) {
  const works = (/** @type {Feature} */ feature) => {
    try {
      return feature.works();
    } catch {
      return false;
    }
  };
  return features.find((feature) => !works(feature))?.what ?? null;
}

/** Why nothing can run here, in a sentence; null: it can. */
export function whyNothing() {
  const what = missing(NEEDED);
  return what && `Nothing can run here: the core needs ${what}, which this browser does not have. Chrome 91, Firefox 114, Safari 16.4 and all later ones do.`;
}

/** Why a page that is isolated has no threads all the same, in a sentence; null: it has. */
export function whyNoThreads() {
  const what = missing(NEEDED_BY_THREADS);
  return what && noThreads(`this page is isolated, and this browser has no ${what} all the same`);
}

/** @param {string} why */
export function noThreads(why) {
  return `Threads need shared memory, which is not to be had here: ${why}.`;
}
