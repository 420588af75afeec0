// Probes of what a fetch takes, from the cache and past it.

import { messageOf } from '../failure.js';
import { threads } from '../node-threads.js';
import { ROOT } from '../site.js';
import { unavailable } from './operation.js';

/** @import { Probe, Surroundings } from './operation.js' */

const MOST_BYTES = 1 << 20;

/** A small file, of which all is read: from the lab's own server in Node, from the page's site elsewhere. @implements {Probe} */
export class FetchTimes {
  #site;
  #cached;
  #url = '';

  /** @param {Surroundings['site']} site @param {boolean} cached */
  constructor(site, cached) {
    this.#site = site;
    this.#cached = cached;
  }

  async open() {
    if (threads) {
      if (this.#cached) throw unavailable("Node's fetch() keeps no cache: every fetch asks the server");
      [this.#url] = await this.#site.openSite(0, 1);
      return;
    }
    // The query keeps the service worker out of it (web/service-worker.js).
    this.#url = new URL('favicon.svg?direct', ROOT).href;
    if (!this.#cached) return;
    await this.#fetch('reload');
    performance.clearResourceTimings();
    await this.#fetch('force-cache');
    const entry = performance.getEntriesByName(this.#url).at(-1);
    if (entry && /** @type {PerformanceResourceTiming} */ (entry).transferSize > 0)
      throw unavailable("this browser's cache does not keep the site's files: every fetch asks the server");
  }

  /** @param {number} count @param {AbortSignal} signal */
  async go(count, signal) {
    const mode = this.#cached ? 'force-cache' : 'no-store';
    for (let i = 0; i < count && !signal.aborted; i++) await this.#fetch(mode, signal);
  }

  /** @param {RequestCache} cache @param {AbortSignal} [signal] */
  async #fetch(cache, signal = new AbortController().signal) {
    const { web } = this.#site;
    let status;
    try {
      if (web) {
        ({ status } = await web.get(this.#url, MOST_BYTES, signal));
      } else {
        const response = await fetch(this.#url, { cache, signal });
        await response.arrayBuffer();
        ({ status } = response);
      }
    } catch (error) {
      throw unavailable(`${this.#url}: no answer (${messageOf(error)})`);
    }
    if (status < 200 || status > 299) throw unavailable(`${this.#url}: the server answered ${status}`);
  }

  close() {
    if (threads && this.#url) this.#site.closeSite();
  }
}
