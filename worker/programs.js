// The wasm programs: where they are, and isolate.wasm compiled once for all processes.

import { threads } from './node-threads.js';

/** @typedef {{ lab: string, isolate: string }} Programs  URLs of lab.mjs and isolate.wasm */

/** Gives a compiled module; bytes: its program, read anew.
 * @typedef {(() => Promise<WebAssembly.Module>) & { bytes: () => Promise<Uint8Array<ArrayBuffer>> }} ProgramLoader */

/** Where they are in the built site, beside this folder. @type {Programs} */
export const builtPrograms = {
  lab: new URL('../lab.mjs', import.meta.url).href,
  isolate: new URL('../isolate.wasm', import.meta.url).href,
};

/** lab.mjs with the commands that the page needs which people open first. */
export const compareProgram = new URL('../lab-compare.mjs', import.meta.url).href;

/**
 * A function that gives the compiled module, from now on already loading, or from its first call on. A failure is
 * tried again next time.
 * @param {string} url
 * @param {{ later?: boolean }} [options]
 * @returns {ProgramLoader}
 */
export function loader(url, { later = false } = {}) {
  /** @type {Promise<WebAssembly.Module> | null} */
  let module = null;
  const load = () => {
    if (!module) {
      // compileStreaming insists on the type application/wasm, which not every static server sends.
      module = read(url).then(bytes => WebAssembly.compile(bytes));
      module.catch(() => {
        module = null;
      });
    }
    return module;
  };
  if (!later) load();
  return Object.assign(load, { bytes: () => read(url) });
}

/** @param {string} url @returns {Promise<Uint8Array<ArrayBuffer>>} */
async function read(url) {
  if (threads && url.startsWith('file:')) {
    const { readFile } = await import('node:fs/promises');
    return new Uint8Array(await readFile(new URL(url)));
  }
  const response = await fetch(url);
  if (!response.ok) throw new Error(`${url}: the server answered ${response.status}`);
  return new Uint8Array(await response.arrayBuffer());
}
