// The lab in Node with a wasm that knows the lines of its C: where a thread traps, its stack is shown with them.
//
//   node .ci/debug-wasm.mjs compare fault --fault trap --methods threads

import { readFileSync, writeSync } from 'node:fs';
import { SourceMap } from 'node:module';
import { join, relative } from 'node:path';
import { isMainThread, workerData } from 'node:worker_threads';
import { createLab } from '../worker/node-host.js';
import { buildPreset } from './build.mjs';
import { ensureEmscripten, ensureWasi, root, script } from './setup.mjs';

const core = join(root, 'build/emscripten-debug/core');

/** A stack whose frames in WebAssembly say file and line. @param {string} stack */
function withLines(stack) {
  const map = new SourceMap(JSON.parse(readFileSync(join(core, 'lab.wasm.map'), 'utf8')));
  return stack.replace(/^( +at )lab\.wasm\.(.*) \(wasm:.*:(0x[0-9a-f]+)\)$/gm, (frame, at, name, address) => {
    const { originalSource, originalLine } = /** @type {{ originalSource?: string, originalLine: number }} */ (map.findEntry(0, Number(address)));
    return originalSource ? `${at}${name} (${relative(root, join(core, originalSource))}:${originalLine + 1})` : frame;
  });
}

async function main() {
  await buildPreset('emscripten-debug', { ensure: ensureEmscripten, targets: ['lab'] });
  await buildPreset('wasi', { ensure: ensureWasi, targets: ['isolate'] });
  const lab = createLab({
    programs: { lab: join(core, 'lab.mjs'), isolate: join(root, 'build/wasi/core/isolate.wasm') },
    execArgv: ['--import', import.meta.url],
  });
  const { status } = await lab.run(process.argv.slice(2), { onText: (fd, text) => (fd === 1 ? process.stdout : process.stderr).write(text) });
  await lab.close();
  return status;
}

if (isMainThread) await script(main);
// In the lab's thread, which is told of what the threads below it throw, and then makes a sentence of it.
else if (workerData?.lab) process.on('uncaughtExceptionMonitor', ({ stack, message }) => writeSync(2, `${withLines(stack ?? message)}\n`));
