// The Workers that a host asks for (worker/remote-worker.js says why it does not make them itself).

/** @import { AboutWorkers, FromHost } from '../worker/protocol.js' */

export class HostWorkers {
  /** @type {Map<number, Worker>} */
  #workers = new Map();
  #host;

  /** @param {Worker} host */
  constructor(host) {
    this.#host = host;
  }

  /** True if the message was about a Worker. @param {FromHost | AboutWorkers} message @returns {message is AboutWorkers} */
  take(message) {
    if (message.type === 'worker') this.#make(message.id, message.url, message.name, message.port);
    else if (message.type === 'end-worker') this.#end(message.id);
    else return false;
    return true;
  }

  /** Ends them all. */
  end() {
    for (const id of [...this.#workers.keys()]) this.#end(id);
  }

  /** @param {number} id @param {string} url @param {string} name @param {MessagePort} port */
  #make(id, url, name, port) {
    try {
      const worker = new Worker(new URL('../worker/relay.js', import.meta.url), { type: 'module', name });
      this.#workers.set(id, worker);
      worker.addEventListener('error', (event) => {
        event.preventDefault();
        this.#fail(id, event.message || 'its script could not be loaded');
      });
      worker.postMessage({ url, port }, [port]);
    } catch (error) {
      this.#fail(id, error instanceof Error ? error.message : String(error));
    }
  }

  /** @param {number} id @param {string} message */
  #fail(id, message) {
    this.#host.postMessage({ type: 'worker-error', id, message });
  }

  /** @param {number} id */
  #end(id) {
    this.#workers.get(id)?.terminate();
    this.#workers.delete(id);
  }
}
