// How the page keeps still while something is measured.
//
// The core shows a run in looks, between two measurements, and measures on when the page has answered that it has
// looked (core/lab/look.h). So what shows a run draws in the frame of a look and at no other time: it has no timers, no
// transitions and no frames of its own. What a person does is drawn at once, at any time; when the page was busy with
// that is told with the next answer, as plain facts: the core says what they mean.

import { drawing, nextFrame } from './frames.js';

const OF_A_PERSON = ['pointerdown', 'pointermove', 'pointerup', 'wheel', 'touchmove', 'keydown', 'keyup', 'input', 'scroll', 'resize', 'visibilitychange'];
/** So long a page that scrolls, or draws and draws, is waited for. */
const MOST_MS = 5000;
const SCROLLS_ON_MS = 120;
/** A frame may never come: in a window that nobody sees. */
const FRAME_MS = 2000;

/** What everybody's clock says: the core's Workers have another zero. */
const now = () => performance.timeOrigin + performance.now();

export class Looks {
  #channel = new MessageChannel();
  /** Pairs of begin and end, in order. @type {number[]} */
  #busy = [];
  /** When the task began whose end is awaited; 0: none. */
  #since = 0;
  /** @type {(() => void)[]} */
  #turns = [];
  #frame = 0;
  #scrolledAt = -Infinity;

  constructor() {
    this.#channel.port1.onmessage = () => {
      if (this.#since > 0) this.#busy.push(this.#since, now());
      this.#since = 0;
      for (const resolve of this.#turns.splice(0)) resolve();
    };
  }

  /** A run begins: what a person does is noted. */
  begin() {
    this.#busy = [];
    for (const type of OF_A_PERSON) addEventListener(type, this.#person, { capture: true, passive: true });
  }

  end() {
    for (const type of OF_A_PERSON) removeEventListener(type, this.#person, { capture: true });
  }

  /** Fulfilled when what has changed until now has been drawn: when the page was busy since the last time. */
  async looked() {
    const until = performance.now() + MOST_MS;
    do {
      // A frame is over, as far as a page can know, when the next one begins.
      await this.#next();
      await this.#next();
    } while (!document.hidden && performance.now() < until && (drawing() || performance.now() - this.#scrolledAt < SCROLLS_ON_MS));
    await this.#turn();
    return this.#busy.splice(0);
  }

  #person = (/** @type {Event} */ event) => {
    if (event.type === 'scroll') this.#scrolledAt = performance.now();
    this.#note();
    this.#frame ||= nextFrame(() => {
      this.#frame = 0;
      this.#note();
    });
  };

  /** The page is busy from now to the end of this task, and of the frame if it is one: until the next message. */
  #note() {
    if (this.#since > 0) return;
    this.#since = now();
    this.#channel.port2.postMessage(null);
  }

  /** @returns {Promise<void>} */
  #turn() {
    return new Promise((resolve) => {
      this.#turns.push(resolve);
      this.#channel.port2.postMessage(null);
    });
  }

  /** The next frame. @returns {Promise<unknown>} */
  #next() {
    if (document.hidden) return Promise.resolve();
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, FRAME_MS);
      requestAnimationFrame(() => {
        clearTimeout(timer);
        resolve(undefined);
      });
    });
  }
}
