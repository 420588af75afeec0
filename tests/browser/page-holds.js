// The tests' end of fixtures/hold.js: which points hold a run, and the answers that are kept from those that came there.

export class Holds {
  /** By the point's name. @type {Map<string, (() => void)[]>} */
  #waiting = new Map();
  /** The points of runs to come. @type {Map<string, () => void>} */
  #held = new Map();

  /** @param {string} point */
  hold(point) {
    const reached = /** @type {Promise<void>} */ (new Promise((resolve) => this.#held.set(point, resolve)));
    return {
      /** The first run is there. */
      reached,
      /** It goes on, and no other is held here. */
      release: () => this.#release(point),
      /** No other is held here; the one that is there stays until it is stopped. */
      forget: () => void this.#held.delete(point),
    };
  }

  letGo() {
    for (const point of [...this.#held.keys(), ...this.#waiting.keys()]) this.#release(point);
  }

  /** @param {string} point */
  #release(point) {
    this.#held.delete(point);
    for (const go of this.#waiting.get(point) ?? []) go();
    this.#waiting.delete(point);
  }

  /** @param {import('node:http').IncomingMessage} request @param {import('node:http').ServerResponse} response */
  take(request, response) {
    const asked = /\/held(?:\/([^/?]*))?$/.exec(request.url ?? '');
    if (!asked) return false;
    const say = (/** @type {unknown} */ what) => {
      response.writeHead(200, { 'content-type': 'application/json', 'cache-control': 'no-store', 'cross-origin-resource-policy': 'same-origin' });
      response.end(JSON.stringify(what));
    };
    if (asked[1] === undefined) say([...this.#held.keys()]);
    else {
      const point = decodeURIComponent(asked[1]);
      const came = this.#held.get(point);
      if (came) this.#waiting.set(point, [...(this.#waiting.get(point) ?? []), () => say(null)]);
      else say(null);
      came?.();
    }
    return true;
  }
}
