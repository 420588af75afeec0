// Brings batches into the model a few milliseconds at a time, so that the page stays fluent however much
// comes at once.

import { EVENT_BYTES } from './events.js';

/** @typedef {import('./model.js').Model} Model */
/** @typedef {{ lanes?: import('../../worker/protocol.js').Lane[], events: ArrayBuffer, lost?: number }} LiveParts
 *   parts of what is live in a look; `lost` counts since the look before */

const SLICE_MS = 6;
const CHUNK = 4096;

export class Feed {
  /** @param {Model} model @param {() => void} changed called after every slice */
  constructor(model, changed) {
    this.model = model;
    this.changed = changed;
    /** @type {{ events: ArrayBuffer, at: number }[]} */
    this.waiting = [];
    /** @type {(() => void)[]} */
    this.onDrained = [];
    // A message port, not a timer: timers are held back to one a second in a hidden page.
    this.channel = new MessageChannel();
    this.channel.port1.onmessage = () => this.#slice();
    this.scheduled = false;
  }

  /** @param {LiveParts} parts */
  push({ lanes, events, lost = 0 }) {
    if (lanes && lanes.length > 0) this.model.describe(lanes);
    this.model.lost += lost;
    if (events.byteLength >= EVENT_BYTES) this.waiting.push({ events, at: 0 });
    this.#schedule();
  }

  /** Appends everything that waits, now. */
  drain() {
    this.#take(Infinity);
  }

  /** Fulfilled when nothing waits. @returns {Promise<void>} */
  drained() {
    if (this.waiting.length === 0) return Promise.resolve();
    return new Promise((resolve) => this.onDrained.push(resolve));
  }

  clear() {
    this.waiting = [];
    this.#tellDrained();
  }

  close() {
    this.clear();
    this.channel.port1.close();
  }

  #schedule() {
    if (this.scheduled) return;
    this.scheduled = true;
    this.channel.port2.postMessage(null);
  }

  #slice() {
    this.scheduled = false;
    this.#take(performance.now() + SLICE_MS);
    this.changed();
    if (this.waiting.length > 0) this.#schedule();
  }

  /** @param {number} deadline */
  #take(deadline) {
    while (this.waiting.length > 0) {
      const first = this.waiting[0];
      const count = Math.floor(first.events.byteLength / EVENT_BYTES);
      const to = Math.min(count, first.at + CHUNK);
      this.model.append(first.events, first.at, to);
      first.at = to;
      if (to === count) this.waiting.shift();
      if (performance.now() >= deadline) break;
    }
    if (this.waiting.length === 0) this.#tellDrained();
  }

  #tellDrained() {
    for (const resolve of this.onDrained.splice(0)) resolve();
  }
}
