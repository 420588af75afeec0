// The host where no memory can be shared: a Worker with isolate.wasm as coordinator. Nothing in it blocks: its
// lab_turn() is called whenever there is news. Files and pages are answered before lab_host_post() returns,
// because the core cannot wait. Processes are Workers that are spoken to by messages.

import { ERRORS } from './abi.js';
import { firstLine, messageOf, trapReason } from './failure.js';
import { Host } from './host.js';
import { browserSettings } from './browser-settings.js';
import { threads } from './node-threads.js';
import { Processes } from './processes.js';
import { builtPrograms, loader } from './programs.js';
import { onUncaught, receive, send } from './scope.js';
import { workerFailed } from './remote-worker.js';
import { Session } from './session.js';
import { Site } from './site.js';
import { Turner } from './turner.js';
import { Exit, importsFor, wasi } from './wasi.js';
import { terminateWorkers, workers } from './workers.js';

/** @import { Core } from './host.js' */
/** @import { ProgramLoader } from './programs.js' */
/** @import { ToBrowserHost } from './protocol.js' */
/** @import { Program } from './session.js' */

/** isolate.wasm's exports, when it is a coordinator. @typedef {{ memory: WebAssembly.Memory, _initialize?: () => void,
 *   lab_host_alloc: (size: number) => number, lab_host_free: (data: number) => void,
 *   lab_host_complete: (request: number, code: number, status: number, data: number, size: number) => void,
 *   lab_process_deliver: (process: number, data: number, size: number) => void,
 *   lab_command: (data: number, size: number) => number, lab_turn: () => number, lab_stop: () => void, lab_progress: () => number,
 *   lab_absent: (hidden: number, frozenMs: number) => void }} Coordinator */

/** @param {WebAssembly.Module} module @param {ProgramLoader} program @returns {Program} */
function startCoordinator(module, program) {
  const adapter = session.adapter();
  let memory = new Uint8Array(0);
  /** @type {Coordinator} */
  let exports;

  /** @type {Core} */
  const core = {
    memory() {
      if (memory.buffer !== exports.memory.buffer) memory = new Uint8Array(exports.memory.buffer);
      return memory;
    },
    alloc: size => exports.lab_host_alloc(size) >>> 0,
    free: data => exports.lab_host_free(data),
    complete(request, code, status, data, size) {
      exports.lab_host_complete(request, code, status, data, size);
      turner.news();
    },
  };
  const processes = new Processes({
    core: () => core,
    program,
    shared: () => null,
    answer: (request, code, status, parts) => host.answer(request, code, status, parts),
    deliver(request, bytes) {
      const data = core.alloc(bytes.length);
      if (!data) return processes.kill(request);
      core.memory().set(bytes, data);
      exports.lab_process_deliver(request, data, bytes.length);
      turner.news();
    },
    write: (fd, bytes) => adapter.write(fd, bytes),
  });
  const host = new Host(core, adapter, processes, program);
  const turner = new Turner(() => exports.lab_turn());

  onUncaught(error => {
    host.end();
    turner.end();
    terminateWorkers();
    if (error instanceof Exit) session.crash(`a task ended the program with status ${error.status}; it was the coordinator itself that ran it`);
    else if (error instanceof WebAssembly.RuntimeError) session.crash(`a task trapped (${trapReason(error)}) in the coordinator itself, so the whole run ended`);
    else session.crash(`the coordinator failed: ${firstLine(messageOf(error))}`);
  });

  const post = (/** @type {number} */ op, /** @type {number} */ request, /** @type {number} */ data, /** @type {number} */ size) => host.post(op, request, data, size);
  const streams = wasi({ memory: () => exports.memory.buffer, read: () => 0, write: (fd, bytes) => adapter.write(fd, bytes) });
  const lab = { post, block: () => 0, can_block: () => 0 };
  const instance = new WebAssembly.Instance(module, importsFor(module, { lab, env: { lab_host_post: post }, wasi_snapshot_preview1: streams }));
  exports = /** @type {Coordinator} */ (/** @type {unknown} */ (instance.exports));
  exports._initialize?.();

  return {
    command(block) {
      const data = core.alloc(block.length);
      if (!data) return ERRORS.LAB_E_NOMEM;
      core.memory().set(block, data);
      const code = exports.lab_command(data, block.length);
      if (code === 0) turner.news();
      return code;
    },
    stop() {
      exports.lab_stop();
      turner.news();
    },
    progress: () => exports.lab_progress(),
    absent: (hidden, frozenMs) => exports.lab_absent(Number(hidden), frozenMs),
  };
}

const site = new Site();
const session = new Session({
  settings: () => ({ ...browserSettings(), isolated: 0 }),
  prepare: ([command]) => (command === 'compare' ? site.look() : site.prepare()),
  site: { openSite: (latencyMs, count) => site.list(latencyMs, count), closeSite: () => {} },
  files: null,
});

// In Node, where there is no site around this file, whoever starts it says where the program is.
const program = loader(threads?.workerData?.isolate ?? builtPrograms.isolate);
const starting = program().then(module => session.begin(startCoordinator(module, program), false));
starting.catch(error => session.crash(`the core could not be started: ${messageOf(error)}`));

receive((/** @type {ToBrowserHost} */ message) => {
  if (message.type === 'stop') starting.then(() => session.stop(message), () => {}); // after the run it may have overtaken
  else if (message.type === 'looked') session.looked(message);
  else if (message.type === 'absence') starting.then(() => session.absence(message), () => {});
  else if (message.type === 'switch-interval') starting.then(() => session.switchInterval(message), () => {});
  else if (message.type === 'worker-error') workerFailed(message);
  else if (message.type === 'count') send({ type: 'workers', count: workers() });
  else if (message.type === 'run') starting.then(() => session.run(message), () => {});
});
