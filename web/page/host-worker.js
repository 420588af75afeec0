// A host's Worker, and those below it, which it asks its page for (worker/remote-worker.js says why). The first ones of an
// isolated page were begun by begin.js.

/** @import { AboutWorkers, FromHost, ToBrowserHost } from '../../worker/protocol.js' */
/** @typedef {{ message: (message: FromHost) => void, error: (message: string) => void, garbled: () => void }} Listener */
/**
 * `module`: what `thread` has loaded already; null: the program could not be.
 * @typedef {{ host: Worker, thread: Worker, module: string, program: Promise<WebAssembly.Module | null>, early: Event[], keep: (event: Event) => void }} Begun
 */

/** Of which build the page is, and what it starts must be (worker/relay.js). */
export const build = () => document.documentElement.dataset.build;

/** The page's core. */
const core = () => document.documentElement.dataset.core ?? 'lab';

/** Not taken yet. @type {Begun | null} */
let begun = /** @type {any} */ (globalThis).begun ?? null;

/** Nobody will take over what the page began. */
export function dropBegun() {
  begun?.host.terminate();
  begun?.thread.terminate();
  begun = null;
}

/**
 * Null where that fails: the host then loads it by itself, and says what is wrong. Each host has it anew, together with its
 * script: the site may have another build by now.
 * @returns {Promise<WebAssembly.Module | null>}
 */
const compile = () => fetch(`${core()}.wasm`).then((answer) => WebAssembly.compileStreaming(answer)).catch(() => null);

export class HostWorker {
  #worker;
  #listener;
  /** Those below it. @type {Map<number, Relay>} */
  #below = new Map();
  /** One that it will ask for. @type {Relay | null} */
  #ahead = null;

  /** @param {boolean} isolated @param {Listener} listener */
  constructor(isolated, listener) {
    this.#listener = listener;
    const taken = isolated ? begun : null;
    if (taken) begun = null;
    const script = isolated ? `worker/browser-host.js?${core()}` : 'worker/solo-host.js';
    this.#worker = taken?.host ?? new Worker(script, { type: 'module', name: 'concurrency-lab' });
    for (const type of ['message', 'messageerror', 'error']) this.#worker.addEventListener(type, this.#hear);
    if (taken) this.#takeOver(taken);
    if (isolated) void (taken?.program ?? compile()).then((module) => this.post({ type: 'program', module }));
  }

  /** @param {ToBrowserHost} message */
  post(message) {
    this.#worker.postMessage(message);
  }

  /** Ends it and all below it; nothing of it is heard any more. */
  end() {
    for (const type of ['message', 'messageerror', 'error']) this.#worker.removeEventListener(type, this.#hear);
    this.#worker.terminate();
    this.#ahead?.end();
    for (const relay of this.#below.values()) relay.end();
    this.#below.clear();
  }

  /** @param {Begun} taken */
  #takeOver({ host, thread, module, early, keep }) {
    for (const type of ['message', 'messageerror', 'error']) host.removeEventListener(type, keep);
    thread.removeEventListener('error', keep);
    this.#ahead = new Relay(thread, module, early.find(({ target }) => target === thread));
    for (const event of early) if (event.target === host) queueMicrotask(() => this.#hear(event));
  }

  #hear = (/** @type {Event} */ event) => {
    event.preventDefault();
    if (event instanceof MessageEvent && event.type === 'message') this.#take(event.data);
    else if (event instanceof ErrorEvent) this.#listener.error(event.message);
    else if (event.type === 'error') this.#listener.error('');
    else this.#listener.garbled();
  };

  /** @param {FromHost | AboutWorkers} message */
  #take(message) {
    if (message.type === 'worker') this.#make(message.id, message.url, message.name, message.port);
    else if (message.type === 'end-worker') this.#end(message.id);
    else this.#listener.message(message);
  }

  /** @param {number} id @param {string} url @param {string} name @param {MessagePort} port */
  #make(id, url, name, port) {
    try {
      let relay = this.#ahead;
      if (relay?.url === url) this.#ahead = null;
      else relay = new Relay(new Worker('worker/relay.js', { type: 'module', name }));
      this.#below.set(id, relay);
      relay.connect(url, port, (message) => this.#fail(id, message));
    } catch (error) {
      this.#fail(id, error instanceof Error ? error.message : String(error));
    }
  }

  /** @param {number} id @param {string} message */
  #fail(id, message) {
    this.post({ type: 'worker-error', id, message });
  }

  /** @param {number} id */
  #end(id) {
    this.#below.get(id)?.end();
    this.#below.delete(id);
  }
}

/** A Worker below a host (worker/relay.js). */
class Relay {
  #worker;
  /** How it failed before anybody asked for it. @type {string | null} */
  #failure = null;
  /** @type {((message: string) => void) | null} */
  #onFailure = null;

  /** @param {Worker} worker @param {string} [url] the module that it loads already @param {Event} [failure] */
  constructor(worker, url = '', failure) {
    this.#worker = worker;
    this.url = url;
    worker.addEventListener('error', (event) => this.#fail(event));
    if (failure) this.#fail(failure);
  }

  /** @param {string} url @param {MessagePort} port @param {(message: string) => void} onFailure */
  connect(url, port, onFailure) {
    this.#onFailure = onFailure;
    if (this.#failure !== null) onFailure(this.#failure);
    this.#worker.postMessage({ url, port, build: build() }, [port]);
  }

  end() {
    this.#worker.terminate();
  }

  /** @param {Event} event */
  #fail(event) {
    event.preventDefault();
    this.#failure = (event instanceof ErrorEvent && event.message) || 'its script could not be loaded';
    this.#onFailure?.(this.#failure);
  }
}
