// The host of a cross-origin isolated page: a Worker with the core, its pthreads and its processes below it.
// browser-host.js is its first script.

import { messageOf } from './failure.js';
import { startLab } from './lab-instance.js';
import { makeMemory } from './memory.js';
import { browserSettings } from './browser-settings.js';
import { builtPrograms, loader } from './programs.js';
import { workerFailed } from './remote-worker.js';
import { close, receive, send } from './scope.js';
import { Session } from './session.js';
import { Site } from './site.js';
import { workers } from './workers.js';

/** @import { LabModule } from './lab-instance.js' */
/** @import { PrepareMessage, RunMessage, ToBrowserHost } from './protocol.js' */

/** Chromium's alone, and only roughly, at most 8 GiB. */
const deviceBytes = (/** @type {{ deviceMemory?: number }} */ (navigator).deviceMemory ?? Infinity) * 2 ** 30;

const site = new Site();
const session = new Session({
  settings: () => ({ ...browserSettings(), isolated: 1 }),
  site: { openSite: (latencyMs, count) => site.open(latencyMs, count), closeSite: () => {} },
  files: null,
});

/** Commands that start no process. The processes' program is as large as the core: a page that only looks does without. */
const ALONE = new Set(['list', 'gil']);
const MOST_SPARE = 4;
const isolate = loader(builtPrograms.isolate, { later: true });

/** Takes the program, which the page sends. @type {(module: WebAssembly.Module | null) => void} */
let onProgram;
/** @type {ReturnType<typeof startLab>} */
let starting;
/** The beginning of the last run: what follows it must not overtake it. @type {Promise<unknown>} */
let begun;

/** Emscripten's module, of a program that is compiled. @param {(settings: object) => Promise<LabModule>} create @param {object} settings @param {WebAssembly.Module} module */
function instantiate(create, settings, module) {
  return new Promise((/** @type {(lab: LabModule) => void} */ resolve, reject) => {
    const instantiateWasm = (/** @type {WebAssembly.Imports} */ imports, /** @type {(instance: WebAssembly.Instance, module: WebAssembly.Module) => void} */ take) => {
      WebAssembly.instantiate(module, imports).then(instance => take(instance, module)).catch(reject);
      return {}; // later
    };
    create({ ...settings, instantiateWasm }).then(resolve, reject);
  });
}

/**
 * What the first pools of a run take: as many as the machine has cores, and one for what else a run has, which is a thread, and
 * the process that makes the reference where no method is sequential.
 * @param {PrepareMessage} message
 */
async function prepare({ processes }) {
  const lab = await starting;
  const count = Math.min(MOST_SPARE, browserSettings().cores);
  if (processes) await isolate().catch(() => {});
  lab.prepare({ threads: count + 1, processes: processes ? count + 1 : 0 });
}

/** Its processes' program first: loading it is no part of what starting a process takes. @param {RunMessage} message */
async function run(message) {
  await starting;
  if (!ALONE.has(message.argv[0] ?? '')) await isolate().catch(() => {}); // who starts a process is told why not
  session.run(message);
}

const take = (/** @type {ToBrowserHost} */ message) => {
  if (message.type === 'program') onProgram(message.module);
  else if (message.type === 'stop') begun.then(() => session.stop(message), () => {});
  else if (message.type === 'looked') session.looked(message);
  else if (message.type === 'absence') begun.then(() => session.absence(message), () => {});
  else if (message.type === 'switch-interval') begun.then(() => session.switchInterval(message), () => {});
  else if (message.type === 'prepare') prepare(message).catch(() => {}); // a run says why, if it is not to be had
  else if (message.type === 'worker-error') workerFailed(message);
  else if (message.type === 'count') send({ type: 'workers', count: workers() });
  else {
    // A run that came early waits; if the core cannot be started the page has been told.
    begun = run(message);
    begun.catch(() => {});
  }
};

/** Begins. @param {Promise<{ default: (settings: object) => Promise<LabModule> }>} script  the core's */
export function begin(script) {
  /** @type {Promise<WebAssembly.Module | null>} */
  const program = new Promise(resolve => (onProgram = resolve));
  begun = starting = Promise.all([script, program]).then(([{ default: create }, module]) =>
    startLab({
      create: settings => (module ? instantiate(create, settings, module) : create(settings)), isolate, adapter: session.adapter(), memory: makeMemory({ deviceBytes }),
      onCrash(message) {
        session.crash(message);
        setTimeout(close); // its Workers have been ended
      },
    }));
  starting.then(
    lab => session.begin(lab, true),
    error => session.crash(`the core could not be started: ${messageOf(error)}`),
  );
  receive(take);
}
