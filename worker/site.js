// Web pages to read when a run names none, in a browser: the site's own files. Their latency is added by the one
// route delay/<ms>/<path>, which the service worker answers, or the development server. The query is ignored
// there; it makes equal files unequal addresses.

import { Failure } from './failure.js';

/** Its address. */
export const ROOT = new URL('../', import.meta.url);
const LONGEST_DELAY_MS = 10_000;
const TEXT = /\.(html|c|m?js|css|json)$/;
const MOST_BYTES = 100_000;

export class Site {
  #pages = ['index.html'];
  /** Somebody adds the latency; found out before a core that cannot wait asks. */
  #answers = true;
  /** @type {Promise<void> | null} */
  #prepared = null;

  /** Learns which files there are; without the list it is the first page again and again. */
  prepare() {
    this.#prepared ??= fetch(new URL('files.json', ROOT))
      .then(answer => (answer.ok ? answer.json() : Promise.reject(new Error(`${answer.status}`))))
      .then((/** @type {{ files: { path: string, size: number }[] }} */ { files }) => {
        const pages = files.filter(({ path, size }) => TEXT.test(path) && size > 0 && size <= MOST_BYTES && path !== 'service-worker.js');
        if (pages.length) this.#pages = pages.map(({ path }) => path);
      })
      .catch(() => {
        this.#prepared = null;
      });
    return this.#prepared;
  }

  /** For a core that cannot wait: a look whether anybody answers, too. */
  async look() {
    await this.prepare();
    const answer = await fetch(new URL(`delay/0/${this.#pages[0]}`, ROOT), { cache: 'no-store' }).catch(() => null);
    await answer?.body?.cancel();
    this.#answers = Boolean(answer?.ok);
  }

  /** At once, for a core that cannot wait. @param {number} latencyMs @param {number} count @returns {string[]} */
  list(latencyMs, count) {
    if (!this.#answers)
      throw new Failure('LAB_E_UNAVAILABLE', 'nobody adds latency to the pages of this site: its service worker is not running yet, or this browser window has none');
    if (latencyMs > LONGEST_DELAY_MS) throw new Failure('LAB_E_INVALID', `the latency must be 0 to ${LONGEST_DELAY_MS} ms, not ${latencyMs}`);
    return Array.from({ length: count }, (_, i) => new URL(`delay/${latencyMs}/${this.#pages[i % this.#pages.length]}?page=${i}`, ROOT).href);
  }

  /** The same, after a look whether anybody answers them. @param {number} latencyMs @param {number} count */
  async open(latencyMs, count) {
    await this.look();
    return this.list(latencyMs, count);
  }
}
