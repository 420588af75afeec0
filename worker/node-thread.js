// The host in Node: a worker_thread with lab.wasm, its pthreads, its processes and its web server below it. So a
// crash of the core ends this thread and not the program that embeds the lab, whose event loop stays free.

import { accessSync, constants as fs, lstatSync, readFileSync, readlinkSync, realpathSync, statSync, writeFileSync } from 'node:fs';
import { availableParallelism, constants, totalmem } from 'node:os';
import { basename, dirname, join, resolve } from 'node:path';
import { getSystemErrorMap } from 'node:util';
import { workerData } from 'node:worker_threads';
import { Failure, messageOf } from './failure.js';
import { startLab } from './lab-instance.js';
import { makeMemory } from './memory.js';
import { closeConnections, get } from './node-get.js';
import { Peers } from './peers.js';
import { loader } from './programs.js';
import { receive, send } from './scope.js';
import { Session } from './session.js';
import { startWorker, workers } from './workers.js';

/** @import { Programs } from './programs.js' */
/** @import { CountMessage, ToHost } from './protocol.js' */
/** @import { StartedWorker } from './workers.js' */

const LONGEST_FILE = 64 << 20;
const programs = /** @type {Programs & { peers: string[] | null, cores?: number, memoryBytes?: number }} */ (workerData);
const peers = programs.peers && new Peers(programs.peers);

/** Has a file read or written, and says what the native program would if it cannot be.
 * @template T @param {string} name @param {() => T} work @returns {T} */
function withFile(name, work) {
  try {
    return work();
  } catch (error) {
    if (error instanceof Failure) throw error;
    const [, text] = getSystemErrorMap().get(/** @type {NodeJS.ErrnoException} */ (error).errno ?? 0) ?? ['', messageOf(error)];
    throw new Failure('LAB_E_IO', `${name}: ${text[0].toUpperCase()}${text.slice(1)}`);
  }
}

/** Fails as writing the file would, without touching it. @param {string} name */
function checkWritable(name) {
  const there = statSync(name, { throwIfNoEntry: false });
  if (there?.isDirectory() || name.endsWith('/')) throw Object.assign(new Error(name), { errno: -constants.errno.EISDIR });
  accessSync(there ? name : dirname(name), there ? fs.W_OK : fs.W_OK | fs.X_OK);
}

/** As many as Linux follows. */
const MOST_LINKS = 40;

/** A file that is there by what it is, a terminal aside, which takes both; else by its place. @param {string} name */
function identity(name) {
  const there = statSync(name, { throwIfNoEntry: false, bigint: true }); // a number does not hold every inode's
  if (there) return there.isFile() ? `${there.dev} ${there.ino}` : null;
  let place = name;
  for (let i = 0; i < MOST_LINKS && lstatSync(place, { throwIfNoEntry: false })?.isSymbolicLink(); i++) place = resolve(dirname(place), readlinkSync(place));
  return join(realpathSync(dirname(place)), basename(place));
}

/** @param {string} name @param {string} other */
function checkOther(name, other) {
  const one = identity(name);
  if (one !== null && one === identity(other)) throw new Failure('LAB_E_INVALID', `${name} and ${other} are the same file`);
}

/** @type {StartedWorker | null} */
let server = null;

function closeSite() {
  server?.terminate();
  server = null;
}

/** @param {number} latencyMs @param {number} count @returns {Promise<string[]>} */
function openSite(latencyMs, count) {
  closeSite();
  return new Promise((resolve, reject) => {
    server = startWorker(new URL('./site-server.js', import.meta.url), {
      name: 'site',
      onMessage: ({ port }) => resolve(Array.from({ length: count }, (_, i) => `http://127.0.0.1:${port}/delay/${latencyMs}/page/${i}`)),
      onError: error => reject(new Failure('LAB_E_UNAVAILABLE', `the web server for the pages could not be started: ${messageOf(error)}`)),
    });
  });
}

const session = new Session({
  settings: () => ({
    runtime: `node ${process.versions.node}`,
    engine: `V8 ${process.versions.v8.split('.').slice(0, 2).join('.')}`,
    platform: `${process.platform} ${process.arch}`,
    cores: programs.cores ?? availableParallelism(),
    isolated: 1,
  }),
  site: { openSite, closeSite },
  files: {
    read: name =>
      withFile(name, () => {
        if (statSync(name).size > LONGEST_FILE) throw new Failure('LAB_E_TOO_LARGE', `${name}: longer than 64 MiB`);
        return readFileSync(name);
      }),
    check: name => withFile(name, () => checkWritable(name)),
    checkOther,
    write: (name, bytes, append) => withFile(name, () => writeFileSync(name, bytes, { flag: append ? 'a' : 'w' })),
  },
});

const starting = import(programs.lab).then(({ default: create }) =>
  startLab({
    create, memory: makeMemory({ bytes: programs.memoryBytes, deviceBytes: totalmem() }), isolate: loader(programs.isolate),
    onCrash: message => session.crash(message),
    adapter: { ...session.adapter(), web: { get, rest: closeConnections }, ...(peers && { peer: (/** @type {string} */ order) => peers.ask(order) }) },
  }));
starting.then(
  lab => session.begin(lab, true),
  error => session.crash(`the core could not be started: ${messageOf(error)}`),
);

/** For tests: they let Node collect garbage on demand (--expose-gc), so that memory can be compared too. */
function count() {
  /** @type {{ gc?: () => void }} */ (globalThis).gc?.();
  const { heapUsed, external } = process.memoryUsage();
  send({ type: 'workers', count: workers(), heapBytes: heapUsed + external });
}

receive((/** @type {ToHost | CountMessage} */ message) => {
  if (message.type === 'stop') starting.then(() => session.stop(message), () => {}); // after the run it may have overtaken
  else if (message.type === 'looked') session.looked(message);
  else if (message.type === 'switch-interval') starting.then(() => session.switchInterval(message), () => {});
  else if (message.type === 'count') count();
  else starting.then(() => session.run(message), () => {});
});
