// The host of a cross-origin isolated page: a Worker with lab.wasm, its pthreads and its processes below it. Where the
// page only compares (`browser-host.js?compare`) it is lab-compare.wasm, which has fewer commands and is there sooner.

import { messageOf } from './failure.js';
import { startLab } from './lab-instance.js';
import { browserSettings } from './browser-settings.js';
import { builtPrograms, compareProgram, loader } from './programs.js';
import { workerFailed } from './remote-worker.js';
import { close, receive, send } from './scope.js';
import { Session } from './session.js';
import { Site } from './site.js';
import { workers } from './workers.js';

/** @import { PrepareMessage, RunMessage, ToBrowserHost } from './protocol.js' */

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
const starting = import(new URL(import.meta.url).search === '?compare' ? compareProgram : builtPrograms.lab).then(({ default: create }) =>
  startLab({
    create, isolate, adapter: session.adapter(),
    onCrash(message) {
      session.crash(message);
      setTimeout(close); // its Workers have been ended
    },
  }));
starting.then(
  lab => session.begin(lab, true),
  error => session.crash(`the core could not be started: ${messageOf(error)}`),
);

/** What the first pools of a run take: as many as the machine has cores, and a thread for what else a run has. @param {PrepareMessage} message */
async function prepare({ processes }) {
  const lab = await starting;
  const count = Math.min(MOST_SPARE, browserSettings().cores);
  if (processes) await isolate().catch(() => {});
  lab.prepare({ threads: count + 1, processes: processes ? count : 0 });
}

/** The beginning of the last run: what follows it must not overtake it. @type {Promise<unknown>} */
let begun = starting;

/** Its processes' program first: loading it is no part of what starting a process takes. @param {RunMessage} message */
async function begin(message) {
  await starting;
  if (!ALONE.has(message.argv[0] ?? '')) await isolate().catch(() => {}); // who starts a process is told why not
  session.run(message);
}

receive((/** @type {ToBrowserHost} */ message) => {
  if (message.type === 'stop') begun.then(() => session.stop(message), () => {});
  else if (message.type === 'switch-interval') begun.then(() => session.switchInterval(message), () => {});
  else if (message.type === 'prepare') prepare(message).catch(() => {}); // a run says why, if it is not to be had
  else if (message.type === 'worker-error') workerFailed(message);
  else if (message.type === 'count') send({ type: 'workers', count: workers() });
  else {
    // A run that came early waits; if the core cannot be started the page has been told.
    begun = begin(message);
    begun.catch(() => {});
  }
});
