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

/** The Workers' scripts: that of a process, and that of the other end of messages that are timed. */
export const scripts = {
  process: new URL('./isolate.js', import.meta.url),
  echo: new URL('./echo.js', import.meta.url),
};

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
      module = compile(url);
      module.catch(() => {
        module = null;
      });
    }
    return module;
  };
  if (!later) load();
  return Object.assign(load, { bytes: () => read(url) });
}

/** While it arrives, where that can be done. @param {string} url */
async function compile(url) {
  const from = await find(url);
  // compileStreaming() insists on a type that not every static server sends.
  const streams = from instanceof Response && /^application\/wasm\b/.test(from.headers.get('content-type') ?? '');
  return streams ? WebAssembly.compileStreaming(from) : WebAssembly.compile(await bytesOf(from));
}

/** @param {string} url */
async function read(url) {
  return bytesOf(await find(url));
}

/** @param {Response | Uint8Array<ArrayBuffer>} from @returns {Promise<Uint8Array<ArrayBuffer>>} */
async function bytesOf(from) {
  return from instanceof Response ? new Uint8Array(await from.arrayBuffer()) : from;
}

/** @param {string} url @returns {Promise<Response | Uint8Array<ArrayBuffer>>} */
async function find(url) {
  if (threads && url.startsWith('file:')) {
    const { readFile } = await import('node:fs/promises');
    return new Uint8Array(await readFile(new URL(url)));
  }
  const response = await fetch(url);
  if (!response.ok) throw new Error(`${url}: the server answered ${response.status}`);
  return response;
}
