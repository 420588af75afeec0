// lab.wasm as a host drives it: Emscripten's module, whose main() waits for commands in a pthread of its own
// (PROXY_TO_PTHREAD), so that this thread only answers, and may always start a Worker, fetch or stop.
//
// One memory, one fate: when a thread traps, aborts or exits, there is nobody left to trust. Then the instance is
// dead (one call of onCrash with one sentence), and ends all Workers.

import { ERRORS } from './abi.js';
import { Host } from './host.js';
import { firstLine, messageOf, trapReason } from './failure.js';
import { Processes, keepProcesses } from './processes.js';
import { onUncaught } from './scope.js';
import { avoidLossyWaits } from './wait-async.js';
import { superviseWorkers, terminateWorkers } from './workers.js';

/** @import { Adapter, Core } from './host.js' */
/** @import { ProgramLoader } from './programs.js' */
/** @import { Program } from './session.js' */

const TRIM_MS = 200, TRIM_TIMES = 50; // by then the Workers of a run's last threads are back, on a busy machine too
const CALM_TIMES = 5; // after a run, before Workers are made for the next one
const SHARED_FATE = 'threads share one memory, so the whole run ended';

/** The exports of lab.mjs that are used here. Addresses and sizes are u32, codes i32.
 * @typedef {{ HEAPU8: Uint8Array, _lab_host_alloc: (size: number) => number, _lab_host_free: (data: number) => void,
 *   _lab_host_complete: (request: number, code: number, status: number, data: number, size: number) => void,
 *   PThread?: { unusedWorkers: Worker[], allocateUnusedWorker?: () => void, loadWasmModuleToWorker?: (worker: Worker) => Promise<unknown> },
 *   _lab_command: (data: number, size: number) => number, _lab_stop: () => void, _lab_progress: () => number,
 *   _lab_absent: (hidden: number, frozenMs: number) => void, _lab_set_switch_interval?: (us: number) => void }} LabModule */

/**
 * @param {object} options
 * @param {(settings: object) => Promise<LabModule>} options.create  lab.mjs' default export
 * @param {ProgramLoader} options.isolate  the program of processes
 * @param {Adapter} options.adapter
 * @param {(message: string) => void} options.onCrash
 * @param {WebAssembly.Memory} options.memory
 * @returns {Promise<Program & { prepare(spare: { threads: number, processes: number }): void, terminate(): Promise<void> }>}
 */
export async function startLab({ create, isolate, adapter, onCrash, memory }) {
  superviseWorkers();
  avoidLossyWaits();
  /** @type {LabModule | null} */
  let module = null;
  let dead = false;
  const end = () => {
    dead = true;
    host.end();
    return terminateWorkers();
  };
  const crash = (/** @type {string} */ sentence) => {
    if (dead) return;
    end();
    onCrash(sentence);
  };

  const lab = () => /** @type {LabModule} */ (module);
  /** @type {Core} */
  const core = {
    memory: () => lab().HEAPU8,
    alloc: size => lab()._lab_host_alloc(size) >>> 0,
    free: data => lab()._lab_host_free(data),
    complete: (request, code, status, data, size) => lab()._lab_host_complete(request, code, status, data, size),
  };
  const processes = new Processes({
    core: () => core,
    program: isolate,
    shared: () => /** @type {SharedArrayBuffer} */ (/** @type {unknown} */ (lab().HEAPU8.buffer)),
    answer: (request, code, status, parts) => host.answer(request, code, status, parts),
    deliver: () => {},
    write: (fd, bytes) => adapter.write(fd, bytes),
    web: adapter.web,
  });
  const host = new Host(core, adapter, processes, isolate);

  const gaveUp = (/** @type {string} */ why) => crash(`a thread gave up (${why === 'OOM' ? 'out of memory' : firstLine(why)}); ${SHARED_FATE}`);
  onUncaught(error => {
    const text = messageOf(error);
    // abort() comes both ways, by onAbort and as an error, and either may be first.
    const [, aborted] = text.match(/Aborted\((.*?)\)(\. Build with|$)/) ?? [];
    if (aborted !== undefined) gaveUp(aborted);
    // A failing Worker's own message has the kind of error in it ("Uncaught RuntimeError: unreachable").
    else if (error instanceof WebAssembly.RuntimeError || /RuntimeError|RangeError|InternalError/.test(`${/** @type {any} */ (error)?.name} ${text}`))
      crash(`a task trapped (${trapReason(error)}) in a thread; ${SHARED_FATE}`);
    else crash(`a thread failed (${firstLine(text)}); ${SHARED_FATE}`);
  });
  const exit = (/** @type {number} */ status) => crash(`a task ended the program with status ${status}; ${SHARED_FATE}`);

  module = await create({
    wasmMemory: memory,
    host: {
      post: (/** @type {number} */ op, /** @type {number} */ request, /** @type {number} */ data, /** @type {number} */ size) => dead || host.post(op, request, data, size),
      exit,
    },
    // What Emscripten itself would print goes with the sentence of the crash, or is of no interest.
    print: () => {},
    printErr: () => {},
    onAbort: (/** @type {unknown} */ what) => gaveUp(String(what)),
    onExit: exit,
  });

  // Emscripten keeps the Worker of every thread that ended for the next one, and starts another if that comes before
  // the old one is back: their number would grow from run to run, and a run's start-up cost depend on the runs
  // before it. So between runs there are none, or always the same number, for the first pool of the next run: a page
  // that somebody is about to use asks for some (prepare()).
  const pool = lab().PThread;
  /** @type {ReturnType<typeof setInterval> | undefined} */
  let trimming;
  let spare = { threads: 0, processes: 0 };
  let running = false;
  const trim = () => {
    while (!dead && pool && pool.unusedWorkers.length > spare.threads) pool.unusedWorkers.pop()?.terminate();
  };
  const fill = () => {
    if (dead || running) return;
    keepProcesses(spare.processes);
    if (!pool?.allocateUnusedWorker || !pool.loadWasmModuleToWorker) return;
    while (pool.unusedWorkers.length < spare.threads) {
      pool.allocateUnusedWorker();
      void pool.loadWasmModuleToWorker(/** @type {Worker} */ (pool.unusedWorkers.at(-1)));
    }
  };

  return {
    command(block) {
      clearInterval(trimming);
      running = true;
      const data = core.alloc(block.length);
      if (!data) return ERRORS.LAB_E_NOMEM;
      core.memory().set(block, data);
      return lab()._lab_command(data, block.length);
    },
    stop: () => dead || lab()._lab_stop(),
    progress: () => (dead ? 0 : lab()._lab_progress()),
    absent: (hidden, frozenMs) => dead || lab()._lab_absent(Number(hidden), frozenMs),
    switchInterval: us => dead || lab()._lab_set_switch_interval?.(Math.min(Math.max(Math.round(us) || 1, 1), 2 ** 32 - 1)),
    rest() {
      adapter.web?.rest(); // every run's own server has another port
      running = false;
      trim();
      clearInterval(trimming);
      let left = TRIM_TIMES;
      trimming = setInterval(() => {
        trim();
        if (TRIM_TIMES - left === CALM_TIMES) fill();
        if (--left === 0) clearInterval(trimming);
      }, TRIM_MS);
    },
    prepare(count) {
      spare = count;
      fill();
    },
    terminate: end,
  };
}
