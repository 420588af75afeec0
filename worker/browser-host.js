// The host of a cross-origin isolated page: a Worker with lab.wasm, its pthreads and its processes below it.

import { messageOf } from './failure.js';
import { startLab } from './lab-instance.js';
import { browserSettings } from './browser-settings.js';
import { builtPrograms, loader } from './programs.js';
import { workerFailed } from './remote-worker.js';
import { close, receive, send } from './scope.js';
import { Session } from './session.js';
import { Site } from './site.js';
import { workers } from './workers.js';

/** @import { ToBrowserHost } from './protocol.js' */

const site = new Site();
const session = new Session({
  settings: () => ({ ...browserSettings(), isolated: 1 }),
  site: { openSite: (latencyMs, count) => site.open(latencyMs, count), closeSite: () => {} },
  files: null,
});

const isolate = loader(builtPrograms.isolate);
const starting = import(builtPrograms.lab).then(({ default: create }) =>
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

receive((/** @type {ToBrowserHost} */ message) => {
  if (message.type === 'stop') starting.then(() => session.stop(message), () => {}); // after the run it may have overtaken
  else if (message.type === 'switch-interval') starting.then(() => session.switchInterval(message), () => {});
  else if (message.type === 'worker-error') workerFailed(message);
  else if (message.type === 'count') send({ type: 'workers', count: workers() });
  // A run that came early waits; if the core cannot be started the page has been told.
  else starting.then(() => session.run(message), () => {});
});
