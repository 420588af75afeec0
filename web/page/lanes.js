// The place of the timeline. It is loaded with the first run, not with the page, and what happens before
// it is there waits for it.

import { byId } from './dom.js';

/** @import { Live } from '../../worker/protocol.js' */
/** @import { Cell } from '../timeline/sections.js' */
/** @typedef {ReturnType<typeof import('../timeline/index.js').createTimeline>} Timeline */

export class Lanes {
  /** @type {Timeline | null} */
  #timeline = null;
  /** @type {((timeline: Timeline) => void)[]} */
  #waiting = [];
  /** @type {Promise<void> | null} */
  #loaded = null;
  #state = /** @type {'none' | 'loading' | 'there' | 'failed'} */ ('none');

  /** Loads it before a run: where it is the main thing. */
  prepare() {
    if (this.#state === 'none') this.#loaded = this.#load();
  }

  /** A new run begins. */
  begin() {
    if (this.#state === 'failed') return;
    this.show();
    if (this.#state === 'none') this.#loaded = this.#load();
    this.#do((timeline) => timeline.reset());
  }

  show() {
    byId('lanes').hidden = this.#state === 'failed';
  }

  hide() {
    byId('lanes').hidden = true;
  }

  /** @param {Cell[]} cells */
  setPlan(cells) {
    this.#do((timeline) => timeline.setPlan(cells));
  }

  /** Fulfilled when it is in the timeline. @param {Pick<Live, 'lanes' | 'events' | 'lost'>} live @returns {Promise<void>} */
  async append(live) {
    await this.#loaded;
    await this.#timeline?.append(live);
  }

  finish() {
    this.#do((timeline) => timeline.finish());
  }

  /** How much of the run is followed, and for how long each picture stands. @param {number} seconds @param {number} standMs */
  setFollow(seconds, standMs) {
    this.#do((timeline) => timeline.setFollow(seconds, standMs));
  }

  /** Keeps room for lanes to come. @param {number} groups @param {number} lanes */
  reserve(groups, lanes) {
    this.#do((timeline) => timeline.reserve(groups, lanes));
  }

  /** That much out of the middle of what a method's lanes did. @param {string} method @param {number} seconds */
  showPart(method, seconds) {
    this.#do((timeline) => void timeline.showPart(method, seconds));
  }

  /** Chrome's trace format, which Perfetto opens. @returns {Promise<Blob | null>} */
  async chromeTrace() {
    return (await this.#timeline?.exportChromeTraceBlob()) ?? null;
  }

  /** @param {(timeline: Timeline) => void} act */
  #do(act) {
    if (this.#timeline) act(this.#timeline);
    else if (this.#state === 'loading') this.#waiting.push(act);
  }

  async #load() {
    this.#state = 'loading';
    try {
      const { createTimeline } = await import('../timeline/index.js');
      const timeline = createTimeline(byId('timeline'));
      this.#timeline = timeline;
      this.#state = 'there';
      for (const act of this.#waiting) act(timeline);
    } catch {
      // A run without its timeline is still a run.
      this.#state = 'failed';
      this.hide();
    }
    this.#waiting = [];
  }
}
