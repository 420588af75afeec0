// Drives an instance that cannot block: calls its turn function whenever there is news, and when it wants to
// be called again. The function returns milliseconds until then; negative: only on news.

import { soon } from './soon.js';

export class Turner {
  #turn;
  #turning = false;
  #again = false;
  #ended = false;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;
  /** Counts turns, so that a `soon` that has been overtaken by news does nothing. */
  #count = 0;

  /** @param {() => number} turn */
  constructor(turn) {
    this.#turn = turn;
  }

  /** Something was completed or delivered. May be called from inside a turn: another one follows it. */
  news() {
    if (this.#ended) return;
    if (this.#turning) {
      this.#again = true;
      return;
    }
    clearTimeout(this.#timer);
    this.#count++;
    let wait;
    this.#turning = true;
    try {
      do {
        this.#again = false;
        wait = this.#turn();
      } while (this.#again && !this.#ended);
    } finally {
      this.#turning = false;
    }
    if (this.#ended || wait < 0) return;
    // A timer may be a whole millisecond late; what is left below one is waited for in the queue of events.
    if (wait >= 1) {
      this.#timer = setTimeout(() => this.news(), Math.min(Math.floor(wait), 2 ** 31 - 1));
    } else {
      const count = this.#count;
      soon(() => count === this.#count && this.news());
    }
  }

  end() {
    this.#ended = true;
    clearTimeout(this.#timer);
  }
}
