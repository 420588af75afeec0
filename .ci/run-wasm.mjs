// Runs a wasm test program in Node as if it were native: its output, its exit status.
//
//   node .ci/run-wasm.mjs lab_tests.mjs [words]    Emscripten: the file only defines a factory
//   node .ci/run-wasm.mjs lab_tests.wasm [words]   WASI: a command

import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { setFlagsFromString } from 'node:v8';
import { ERRORS } from '../worker/abi.js';

const [file, ...words] = process.argv.slice(2);

if (file.endsWith('.mjs')) {
  const { default: create } = await import(pathToFileURL(resolve(file)).href);
  // Main runs in a pthread and may end long after create() resolved; until onExit the status is not known,
  // and a process that ends without it (a deadlock with nothing left to wait for) has failed.
  process.exitCode = 1;
  try {
    // A host that has nothing: what is asked of it is LAB_E_UNAVAILABLE.
    const host = { post: (/** @type {number} */ _op, /** @type {number} */ request) => request && module._lab_host_complete(request, ERRORS.LAB_E_UNAVAILABLE, 0, 0, 0) };
    const module = await create({ arguments: words, thisProgram: file, host, onExit: (/** @type {number} */ status) => process.exit(status) });
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.stack : error}\n`); // without Node's quotation of the one long line it happened in
    process.exit(1);
  }
} else {
  // node:wasi warns that it is experimental whenever it is loaded; every other warning still shows.
  process.removeAllListeners('warning');
  process.on('warning', warning => {
    if (warning.name !== 'ExperimentalWarning') console.warn(warning.stack);
  });
  // Node 20's WASI crashes at its end if a memory grew while V8 called its functions the fast way (the latency suite's
  // memory does, and asks the clock).
  setFlagsFromString('--no-turbo-fast-api-calls');
  const { WASI } = await import('node:wasi');
  const wasi = new WASI({ version: 'preview1', args: [file, ...words], returnOnExit: true });
  const module = await WebAssembly.compile(await readFile(file));
  /** @type {WebAssembly.Imports} */
  const imports = { ...wasi.getImportObject() };
  // The host that has nothing, as above; its other functions say 0.
  /** @type {any} */
  let exports;
  const post = (/** @type {number} */ _op, /** @type {number} */ request) => request && exports.lab_host_complete(request, ERRORS.LAB_E_UNAVAILABLE, 0, 0, 0);
  for (const { module: from, name } of WebAssembly.Module.imports(module))
    if (from !== 'wasi_snapshot_preview1') (imports[from] ??= {})[name] = name === 'post' ? post : () => 0;
  const instance = await WebAssembly.instantiate(module, imports);
  exports = instance.exports;
  process.exitCode = wasi.start(instance);
}
