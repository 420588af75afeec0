// The page's side of worker/protocol.js: one Worker that carries the core, one run at a time.
//
// - The Worker is started with the page (begin.js) or when the first run needs it, and anew after it crashed or had
//   to be ended.
// - run() always settles: with what `done` says, or with a HostError whose message is one sentence.
// - One that shares memory and does not start is followed by one that does not: it runs what needs no threads.
// - stop() asks first; a host in which nothing happens for STOP_PATIENCE_MS is ended with all its Workers, and so is one
//   that only goes on, after STOP_LIMIT times as long.
// - A run that was cut off gives what the core had kept of its result until then.

import { watchAbsence } from './absence.js';
import { HostWorker, build } from './host-worker.js';
import { Looks } from './looks.js';

/** @import { FromHost, DoneMessage, CoreEvent, Live, LookMessage } from '../../worker/protocol.js' */

const START_PATIENCE_MS = 30_000;
const STOP_PATIENCE_MS = 2_000;
const STOP_LIMIT = 15;
/** What is said where something of another build was met (worker/relay.js). */
const UPDATED = 'the site has been updated since this page was loaded: reload it';

/**
 * @typedef {{ onEvent?: (event: CoreEvent) => void, onLive?: (live: Live) => unknown }} RunHandlers
 *   Called in looks (looks.js), but for events of what measures nothing. The run goes on when `onLive` is fulfilled and
 *   what was changed has been drawn.
 * @typedef {{ status: number, out: string, err: string, stopped: boolean, ended: boolean }} RunEnd
 *   `ended`: the host died or was ended by force, so `out` is what it had measured until shortly before, or ''; `err` says how.
 */

export class HostError extends Error {
  name = 'HostError';
}

export class Host {
  /** @type {HostWorker | null} */
  #worker = null;
  /** @type {Promise<boolean> | null} */
  #ready = null;
  /** Settles the run under way. @type {{ run: number, handlers: RunHandlers, kept: string, resolve: (end: RunEnd) => void, reject: (error: HostError) => void } | null} */
  #current = null;
  /** Settles #ready. @type {{ resolve: (isolated: boolean) => void, reject: (error: HostError) => void } | null} */
  #starting = null;
  #runs = 0;
  /** Ends the watch over whether the page is in sight. */
  #inSight = () => {};
  /** It must be started anew before the next run. */
  #stale = false;
  #isolated;
  #processes;
  #onNoThreads;
  /** Why the host that is starting is one without threads, where another was wanted. @type {string | null} */
  #instead = null;
  #prepared = false;
  #looks = new Looks();
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #startTimer;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #stopTimer;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #limitTimer;
  #patienceMs = STOP_PATIENCE_MS;

  /**
   * @param {object} options
   * @param {boolean} options.isolated
   * @param {boolean} [options.processes] what it runs may start processes, which are made ready ahead
   * @param {(why: string) => void} [options.onNoThreads] there are none after all, for its core did not start with them
   */
  constructor({ isolated, processes = true, onNoThreads = () => {} }) {
    this.#isolated = isolated;
    this.#processes = processes;
    this.#onNoThreads = onNoThreads;
  }

  #load() {
    this.#startTimer = setTimeout(() => this.#lose(`The core did not start within ${START_PATIENCE_MS / 1000} seconds.`), START_PATIENCE_MS);
    try {
      this.#worker = new HostWorker(this.#isolated, {
        message: (message) => this.#take(message),
        error: (message) => this.#lose(message ? `The core failed: ${sentence(message)}` : 'The core could not be loaded.'),
        garbled: () => this.#lose('A message from the core could not be read.'),
      });
    } catch (error) {
      this.#lose(`The browser refused the core a Worker: ${sentence(error instanceof Error ? error.message : String(error))}`);
    }
  }

  get running() {
    return this.#current !== null;
  }

  /** Starts the host if there is none. @returns {Promise<boolean>} whether it shares memory */
  start() {
    if (this.#ready) return this.#ready;
    const ready = new Promise((resolve, reject) => {
      this.#starting = { resolve, reject };
      this.#load();
    });
    this.#ready = ready;
    this.#prepare();
    return ready;
  }

  /**
   * Runs the words that a person would type after `lab`. Live messages come only if there is a handler for them.
   * @param {string[]} argv
   * @param {Record<string, string>} [files] what the words name
   * @param {RunHandlers} [handlers]
   * @returns {Promise<RunEnd>}
   */
  async run(argv, files = {}, handlers = {}) {
    if (this.#current) throw new HostError('A run is under way already.');
    if (this.#stale) {
      this.#stale = false;
      this.#drop();
    }
    const run = ++this.#runs;
    /** @type {Promise<RunEnd>} */
    const end = new Promise((resolve, reject) => {
      this.#current = { run, handlers, kept: '', resolve, reject };
    });
    this.#looks.begin();
    // A failing start rejects `end` by #lose(), and a stop meanwhile resolves it.
    this.start().then(
      () => {
        if (this.#current?.run !== run) return;
        this.#worker?.post({ type: 'run', run, argv, files, wants: { events: true, live: Boolean(handlers.onLive) } });
        this.#inSight = watchAbsence((hidden, frozenMs) => this.#worker?.post({ type: 'absence', run, hidden, frozenMs }));
      },
      () => {},
    );
    return end;
  }

  /**
   * Ends the run under way, gently if the host answers, else by force.
   * @param {number} [patienceMs] how long it may take to answer
   */
  stop(patienceMs = STOP_PATIENCE_MS) {
    const current = this.#current;
    if (!current || this.#stopTimer !== undefined) return;
    if (this.#starting) {
      this.#end();
      return;
    }
    // After the message that begins it, which waits for the same promise.
    void this.#ready?.then(() => this.#worker?.post({ type: 'stop', run: current.run }));
    this.#patienceMs = patienceMs;
    this.#limitTimer = setTimeout(() => this.#end(), STOP_LIMIT * patienceMs);
    this.#wait();
  }

  /** Gives the run that is to stop so much time from now, or from the next sign of life. */
  #wait() {
    clearTimeout(this.#stopTimer);
    this.#stopTimer = setTimeout(() => this.#end(), this.#patienceMs);
  }

  /** Somebody is about to run something: Workers for it are made ready, now and after every run. */
  prepare() {
    this.#prepared = true;
    this.#prepare();
  }

  #prepare() {
    if (this.#prepared && this.#isolated) void this.#ready?.then(() => this.#worker?.post({ type: 'prepare', processes: this.#processes }), () => {});
  }

  /** Changes the interval of every GIL of the run under way. @param {number} us */
  setSwitchInterval(us) {
    if (this.#current && !this.#starting) this.#worker?.post({ type: 'switch-interval', run: this.#current.run, us });
  }

  /** Starts the host anew, after the run that may be under way. */
  restart() {
    this.#stale = this.#current !== null || this.#starting !== null;
    if (this.#stale || !this.#worker) return;
    this.#drop();
    this.start().catch(() => {});
  }

  /** Ends the host and whatever it runs. */
  destroy() {
    this.#drop();
    this.#starting?.reject(new HostError('The core was ended.'));
    this.#starting = null;
    this.#settle()?.reject(new HostError('The core was ended.'));
  }

  #end() {
    const starting = this.#starting;
    this.#drop();
    this.#starting = null;
    const current = this.#settle();
    current?.resolve({ status: 1, out: current.kept, err: '', stopped: true, ended: true });
    starting?.reject(new HostError('The core was stopped while it started.'));
    // The next run should not have to wait for the core to load.
    this.start().catch(() => {});
  }

  /** @param {string} reason */
  #lose(reason) {
    // Whoever met the other build: that is all there is to say.
    const message = reason.includes(UPDATED) ? sentence(UPDATED) : reason;
    if (this.#starting && this.#isolated) return this.#doWithout(message);
    const error = new HostError(message);
    if (this.#starting && this.#instead !== null) this.#isolated = true; // there is none at all: it may be the network
    this.#instead = null;
    this.#drop();
    this.#starting?.reject(error);
    this.#starting = null;
    const current = this.#settle();
    // What was measured until then is a result, though not a whole one.
    if (current?.kept) current.resolve({ status: 1, out: current.kept, err: message, stopped: false, ended: true });
    else current?.reject(error);
  }

  /** Starts the host that needs no threads. @param {string} why */
  #doWithout(why) {
    clearTimeout(this.#startTimer);
    this.#worker?.end();
    this.#worker = null;
    this.#isolated = false;
    this.#instead = why;
    this.#load();
  }

  #drop() {
    clearTimeout(this.#startTimer);
    this.#worker?.end();
    this.#worker = null;
    this.#ready = null;
  }

  #settle() {
    this.#inSight();
    clearTimeout(this.#stopTimer);
    clearTimeout(this.#limitTimer);
    this.#stopTimer = undefined;
    const current = this.#current;
    this.#current = null;
    this.#looks.end();
    return current;
  }

  /** @param {FromHost} message */
  #take(message) {
    if (message.type === 'ready') {
      clearTimeout(this.#startTimer);
      if (message.build !== undefined && message.build !== build()) {
        this.#isolated = false; // one that does without threads would be of that build, too
        return this.#lose(UPDATED);
      }
      if (this.#instead !== null) this.#onNoThreads(this.#instead);
      this.#instead = null;
      this.#starting?.resolve(message.isolated);
      this.#starting = null;
      return;
    }
    if (message.type === 'crashed') {
      this.#lose(sentence(message.message || 'The core stopped working.'));
      return;
    }
    // What a stopped run still had under way belongs to nobody.
    if (message.run !== this.#current?.run) return;
    const { handlers } = this.#current;
    if (this.#stopTimer !== undefined) this.#wait();
    if (message.type === 'event') handlers.onEvent?.(message.event);
    else if (message.type === 'look') void this.#look(handlers, message);
    else if (message.type === 'kept') this.#current.kept = message.name ? message.text : '';
    else if (message.type === 'alive') return;
    else this.#done(message);
  }

  /** @param {RunHandlers} handlers @param {LookMessage} look */
  async #look({ onEvent, onLive }, { run, events, live }) {
    try {
      for (const event of events) onEvent?.(event);
      await onLive?.(live);
    } finally {
      // Whatever could not be shown: the run is not held up by it.
      const busy = await this.#looks.looked();
      if (this.#current?.run === run) this.#worker?.post({ type: 'looked', run, busy });
    }
  }

  /** @param {DoneMessage} done */
  #done({ status, out, err, stopped }) {
    this.#settle()?.resolve({ status, out, err, stopped, ended: false });
  }
}

/** One sentence of a message that may be of many lines. @param {string} message */
export function sentence(message) {
  const line = message.split('\n').map((part) => part.trim()).find(Boolean) ?? '';
  const text = line.replace(/^(Uncaught )?(Error: )?(lab: )?/, '');
  const capital = text.charAt(0).toUpperCase() + text.slice(1);
  return /[.!?]$/.test(capital) ? capital : `${capital}.`;
}
