// The lab for programs in Node:
//
//     const lab = createLab();
//     const { status, out } = await lab.run(['compare', 'primes', '--json', '-']);
//     await lab.close();
//
// Each lab has one thread (node-thread.js), started by the first run and kept; a lab that has no run under way does
// not keep the process alive. run() never rejects for what happens in the core: a crash, or a stop that had to be
// forced, is a run with status 1, a sentence in err and what was measured until then, and the next run has a new thread.

import { existsSync, writeFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { Worker } from 'node:worker_threads';
import { messageOf } from './failure.js';

/** @import { Programs } from './programs.js' */
/** @import { CoreEvent, FromHost, FromHostOnRequest, KeptMessage, Live, LookMessage, Wants } from './protocol.js' */

/**
 * @typedef {{ files?: Record<string, string>, onEvent?: (event: CoreEvent) => void, onLive?: (live: Live) => void,
 *   onText?: (fd: number, text: string) => void, terminal?: boolean }} RunOptions
 *   onEvent, onLive: called between two measurements, a few times a second; the run goes on when they have returned.
 *   files: contents for names that the words use, before those on disk. onText: stdout (1) and stderr (2) as they come
 * @typedef {{ status: number, out: string, err: string, stopped: boolean }} RunResult
 * @typedef {{ run(argv: string[], options?: RunOptions): Promise<RunResult>, stop(): void, setSwitchInterval(us: number): void, close(): Promise<void>,
 *   workers(): Promise<number>, inspect(): Promise<Inspection> }} Lab
 *   stop: ends the run under way, with what was measured until then. close: leaves no thread behind.
 *   setSwitchInterval: of the GIL of the run under way, if it is `lab gil`, in microseconds.
 *   workers: threads of the lab. inspect: the same, and the bytes its host's JavaScript holds; for tests
 * @typedef {{ workers: number, heapBytes: number }} Inspection
 */

// What Node would let the garbage of a thousand fetches grow to is several times this; collecting it more often costs
// a few percent, and the memory of a long series of runs stays where it was.
const YOUNG_MB = 8;

const UNFINISHED = 'lab: the result is what was measured until shortly before\n';

/** A run whose end is awaited. @typedef {{ options: RunOptions, out: string[], err: string[], kept: KeptMessage | null, resolve: (result: RunResult) => void }} Pending */

/** Where the two programs are: beside this folder, in the built site, or in CMake's folders.
 * @returns {Programs} */
export function findPrograms() {
  const here = import.meta.url;
  for (const [lab, isolate] of [
    ['../lab.mjs', '../isolate.wasm'],
    ['../dist/lab.mjs', '../dist/isolate.wasm'],
    ['../build/emscripten/core/lab.mjs', '../build/wasi/core/isolate.wasm'],
  ]) {
    const [labUrl, isolateUrl] = [new URL(lab, here), new URL(isolate, here)];
    if (existsSync(labUrl) && existsSync(isolateUrl)) return { lab: labUrl.href, isolate: isolateUrl.href };
  }
  throw new Error('lab.mjs and isolate.wasm are not built: `npm run build` first');
}

/**
 * @param {{ programs?: Programs, stopPatienceMs?: number, peers?: string[] | null, cores?: number, memoryBytes?: number, execArgv?: string[] }} [options]
 *   programs: URLs or paths. cores: as if there were so many; memoryBytes: what the core's threads share, else as much as there
 *   is, at most 1 GiB. stopPatienceMs: how long nothing may happen in a
 *   run that was stopped and has not ended. peers: the command of
 *   the benchmark's peers (peers.js). execArgv: Node's options for the lab's thread, for whoever debugs it
 * @returns {Lab}
 */
export function createLab({ programs = findPrograms(), stopPatienceMs = 5000, peers = null, cores, memoryBytes, execArgv = [] } = {}) {
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major < 20 || (major === 20 && minor < 19)) throw new Error(`Node 20.19 or later is needed, and ${process.execPath} is ${process.versions.node}`);
  const urls = { lab: asUrl(programs.lab), isolate: asUrl(programs.isolate) };
  /** @type {Worker | null} */
  let thread = null;
  let closed = false;
  let runs = 0;
  /** By number; more than one only while a second is being refused. @type {Map<number, Pending>} */
  const pending = new Map();
  /** @type {((inspection: Inspection) => void)[]} */
  const counting = [];
  /** The run that was asked to stop; 0: none. */
  let stopping = 0;
  /** @type {NodeJS.Timeout | undefined} */
  let patience;

  /** A thread that nobody waits for does not keep the process alive. */
  function rest() {
    if (pending.size === 0 && counting.length === 0) thread?.unref();
  }

  /** @param {number} run @param {Omit<RunResult, 'out' | 'err'>} result @param {string} out @param {string} err */
  function settle(run, result, out, err) {
    const one = pending.get(run);
    if (!one) return;
    pending.delete(run);
    if (out) text(one, 1, out);
    if (err) text(one, 2, err);
    if (run === stopping) {
      clearTimeout(patience);
      stopping = 0;
    }
    rest();
    one.resolve({ ...result, out: one.out.join(''), err: one.err.join('') });
  }

  /** @param {Pending} one @param {number} fd @param {string} words */
  function text(one, fd, words) {
    (fd === 1 ? one.out : one.err).push(words);
    one.options.onText?.(fd, words);
  }

  /** The thread is of no more use: whoever waits for it learns why.
   * @param {string} sentence @param {boolean} stopped */
  function lose(sentence, stopped) {
    const lost = thread;
    thread = null;
    const gone = lost?.terminate();
    for (const [run, { kept }] of [...pending]) {
      const [out, err] = kept?.name ? deliver(kept) : ['', ''];
      settle(run, { status: 1, stopped }, out, sentence && `lab: ${sentence}\n${err}`);
    }
    for (const answer of counting.splice(0)) answer({ workers: 0, heapBytes: 0 });
    return gone;
  }

  /** @param {Worker} worker @param {RunOptions} options @param {LookMessage} message */
  function look(worker, options, { run, events, live }) {
    try {
      for (const event of events) options.onEvent?.(event);
      options.onLive?.(live);
    } finally {
      worker.postMessage({ type: 'looked', run, busy: [] });
    }
  }

  function start() {
    // execArgv, and not this process's: a thread cannot take all the options that a program may have been started with (--input-type).
    const worker = new Worker(new URL('./node-thread.js', import.meta.url), {
      name: 'lab', workerData: { ...urls, peers, cores, memoryBytes }, execArgv, resourceLimits: { maxYoungGenerationSizeMb: YOUNG_MB },
    });
    const isCurrent = () => worker === thread;
    worker.on('message', (/** @type {FromHost | FromHostOnRequest} */ message) => {
      if (!isCurrent()) return;
      if (message.type === 'crashed') return void lose(message.message, false);
      if (message.type === 'workers') {
        counting.shift()?.({ workers: message.count + 1, heapBytes: message.heapBytes ?? 0 });
        return rest();
      }
      if (message.type === 'ready') return;
      const one = pending.get(message.run);
      if (!one) return;
      if (message.run === stopping) wait();
      if (message.type === 'kept') one.kept = message;
      else if (message.type === 'alive') return;
      else if (message.type === 'write') text(one, message.fd, message.text);
      else if (message.type === 'event') one.options.onEvent?.(message.event);
      else if (message.type === 'look') look(worker, one.options, message);
      else settle(message.run, { status: message.status, stopped: message.stopped }, message.out, message.err);
    });
    worker.on('error', error => isCurrent() && lose(`the host failed: ${messageOf(error)}`, false));
    worker.on('exit', () => isCurrent() && lose('the host ended unexpectedly', false));
    return worker;
  }

  /** Gives the run that is to stop so much time from now, or from the next sign of life. */
  function wait() {
    clearTimeout(patience);
    patience = setTimeout(() => lose(`the run did not stop: for ${stopPatienceMs / 1000} s nothing happened in it, and it was ended`, true), stopPatienceMs);
  }

  /** @returns {Promise<Inspection>} */
  function inspect() {
    const worker = thread;
    if (!worker) return Promise.resolve({ workers: 0, heapBytes: 0 });
    return new Promise(resolve => {
      counting.push(resolve);
      worker.ref();
      worker.postMessage({ type: 'count' });
    });
  }

  return {
    run(argv, options = {}) {
      if (closed) return Promise.reject(new Error('this lab is closed'));
      const run = ++runs;
      return new Promise(resolve => {
        pending.set(run, { options, out: [], err: [], kept: null, resolve });
        thread ??= start();
        thread.ref();
        /** @type {Wants} */
        const wants = { events: Boolean(options.onEvent), live: Boolean(options.onLive), text: true, terminal: Boolean(options.terminal) };
        thread.postMessage({ type: 'run', run, argv, files: options.files, wants });
      });
    },
    stop() {
      const run = pending.keys().next().value;
      if (run === undefined || stopping) return;
      thread?.postMessage({ type: 'stop', run });
      stopping = run;
      wait();
    },
    setSwitchInterval(us) {
      const run = pending.keys().next().value;
      if (run !== undefined) thread?.postMessage({ type: 'switch-interval', run, us });
    },
    async close() {
      closed = true;
      await lose('', true);
    },
    workers: async () => (await inspect()).workers,
    inspect,
  };
}

/** Brings a run's result so far to where its words want it. @param {KeptMessage} kept @returns {[out: string, err: string]} */
function deliver({ name, text }) {
  if (name === '-') return [text, UNFINISHED];
  try {
    writeFileSync(name, text);
    return ['', UNFINISHED];
  } catch (error) {
    return ['', `lab: ${name}: ${messageOf(error)}\n`];
  }
}

/** @param {string} place */
function asUrl(place) {
  return /^[a-z]{2,}:/i.test(place) ? place : pathToFileURL(place).href;
}
