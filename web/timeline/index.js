// The timeline of what every thread, process and event loop did.
//
//   const timeline = createTimeline(host);
//   timeline.setPlan(planEvent.cells);        // names the samples
//   await timeline.append(live);              // what is live in a look; the work is sliced
//   timeline.finish();                        // the run is over
//   timeline.exportChromeTrace();             // for Perfetto
//
// While a run goes on the picture follows it, until the reader takes it in hand.

import { least, most } from '../page/extent.js';
import { dropFrame, nextFrame } from '../page/frames.js';
import { chromeTrace, chromeTraceText } from './chrome-trace.js';
import { Feed } from './feed.js';
import { Hands } from './hands.js';
import { Model } from './model.js';
import { Panel } from './panel.js';
import { HEIGHTS, pinned } from './rows.js';
import { Theme } from './theme.js';
import { AXIS, View } from './view.js';
import { duration, plural } from './words.js';

/** @typedef {import('./sections.js').Cell} Cell */
/** @typedef {import('./feed.js').LiveParts} LiveParts */
/** @typedef {import('./rows.js').Choice} Choice */
/** @typedef {{ maxRecords?: number, maxHeight?: number, followSeconds?: number }} Options
 *   `maxRecords` bounds memory (model.js); `maxHeight` is in CSS pixels, beyond it lanes scroll */

/** @param {HTMLElement} host @param {Options} [options] */
export function createTimeline(host, options = {}) {
  return new Timeline(host, options);
}

class Timeline {
  /** @param {HTMLElement} host @param {Options} options */
  constructor(host, { maxRecords, maxHeight = 620, followSeconds = 5 }) {
    style();
    this.maxRecords = maxRecords;
    this.maxHeight = maxHeight;
    this.followed = followSeconds * 1e9;
    /** Above 0 the followed window stands this many milliseconds before it shows the newest. */
    this.standing = 0;
    this.stoodSince = 0;
    this.leastHeight = 96;
    this.model = new Model({ maxRecords });
    this.panel = new Panel(host, {
      choose: (choice) => this.choose(choice),
      zoom: (factor) => this.hands.zoomMiddle(factor),
      fit: () => this.hands.fit(),
      follow: () => this.follow(),
    });
    this.theme = new Theme(this.panel.root);
    this.view = new View(this.model, this.theme, this.panel.canvas);
    this.feed = new Feed(this.model, () => this.invalidate());
    this.live = false;
    this.following = false;
    this.stillQuery = matchMedia('(prefers-reduced-motion: reduce)');
    this.hands = new Hands(this.view, this.panel, {
      invalidate: () => this.invalidate(),
      taken: () => this.#letGo(),
      still: () => this.stillQuery.matches,
    });
    this.#watch();
    this.invalidate();
  }
  #control = new AbortController();
  #frame = 0;
  #slow = 0;

  /** What the cells of the run are: of `lab compare`'s plan. @param {Cell[]} cells */
  setPlan(cells) {
    this.model.sections.setPlan(cells);
    this.model.shape++;
    this.invalidate();
  }

  /** Takes what is live in a look; the picture follows the run from the first on. Fulfilled when it is in the model. @param {LiveParts} parts */
  append(parts) {
    if (!this.live && this.model.events === 0 && this.feed.waiting.length === 0) {
      this.live = true;
      this.following = true;
      this.view.leastDomain = this.followed;
      clearTimeout(this.#slow); // from now on in the frames of looks
      this.#slow = 0;
    }
    this.feed.push(parts);
    return this.feed.drained();
  }

  /**
   * How much is followed. With `standMs` the window moves on by leaps: what happens in milliseconds can be
   * read, where gliding would be a blur.
   * @param {number} seconds @param {number} [standMs]
   */
  setFollow(seconds, standMs = 0) {
    if (seconds === this.followed / 1e9 && standMs === this.standing) return;
    this.followed = seconds * 1e9;
    this.standing = standMs;
    this.stoodSince = -Infinity;
    if (this.live) this.view.leastDomain = this.followed;
    this.invalidate();
  }

  /**
   * Shows that much out of the middle of what the lanes of a method did, once everything is in the model.
   * @param {string} method @param {number} seconds
   */
  async showPart(method, seconds) {
    await this.settled();
    const lanes = this.model.lanes.filter((lane) => lane.method === method && lane.spans.length > 0);
    if (lanes.length === 0) return;
    const first = least(lanes.map(({ spans }) => spans.start[0]));
    const last = most(lanes.map(({ spans }) => (spans.isOpen ? spans.start[spans.count] : spans.end[spans.count - 1])));
    const from = Math.max(first, (first + last) / 2 - seconds * 5e8);
    this.#letGo();
    this.view.update();
    this.view.viewport.show(from, Math.min(from + seconds * 1e9, Math.max(last, from + 1000)));
    this.invalidate();
  }

  /** Keeps room for so many groups and lanes, which are still to come: what lies below should not move. @param {number} groups @param {number} lanes */
  reserve(groups, lanes) {
    this.leastHeight = AXIS + groups * HEIGHTS.heading + lanes * HEIGHTS.lane + 6;
    this.invalidate();
  }

  /** Forgets everything: a new run begins. */
  reset() {
    this.feed.close();
    this.model = new Model({ maxRecords: this.maxRecords });
    this.feed = new Feed(this.model, () => this.invalidate());
    this.view.model = this.model;
    this.live = this.following = false;
    this.leastHeight = 96;
    this.stoodSince = -Infinity;
    this.view.leastDomain = 0;
    this.panel.words.textContent = '';
    this.choose({ what: 'run' });
  }

  /** The run is over: the whole of it is shown, unless the reader looks at something. */
  finish() {
    const wasFollowing = this.following;
    this.feed.drained().then(() => {
      this.live = this.following = false;
      this.view.leastDomain = 0;
      this.model.shape++;
      this.view.update();
      if (wasFollowing) this.view.viewport.fit();
      this.invalidate();
    });
  }

  /** Fulfilled when everything appended so far is in the model. */
  settled() {
    return this.feed.drained();
  }

  /** Shows the last finished sample of a cell. @param {number} cell */
  showCell(cell) {
    this.choose({ what: 'cell', cell, round: null });
  }

  /** @param {Choice} choice */
  choose(choice) {
    this.#letGo();
    this.view.choose(pinned(this.model, choice));
    this.panel.stage.scrollTop = 0;
    this.invalidate();
  }

  follow() {
    if (!this.live) return;
    if (this.view.choice.what !== 'run') this.view.choose({ what: 'run' });
    this.following = true;
    this.stoodSince = -Infinity;
    this.invalidate();
  }

  /** Everything known, in Chrome's trace format. */
  exportChromeTrace() {
    this.feed.drain();
    return chromeTrace(this.model);
  }

  /** The same as a file, made without holding up the page. @returns {Promise<Blob>} */
  async exportChromeTraceBlob() {
    await this.feed.drained();
    const pieces = [];
    let rest = performance.now() + 8;
    for (const piece of chromeTraceText(this.model)) {
      pieces.push(piece);
      if (performance.now() < rest) continue;
      await new Promise((resolve) => setTimeout(resolve));
      rest = performance.now() + 8;
    }
    return new Blob(pieces, { type: 'application/json' });
  }

  destroy() {
    if (this.#frame > 0) dropFrame(this.#frame);
    clearTimeout(this.#slow);
    this.#frame = -1;
    this.#control.abort();
    this.hands.destroy();
    this.feed.close();
    this.theme.destroy();
    this.panel.root.remove();
  }

  /** Draws in the next frame. */
  invalidate() {
    if (this.#frame !== 0) return;
    this.#frame = nextFrame((time) => {
      this.#frame = 0;
      this.#draw(time);
    });
  }

  #letGo() {
    this.following = false;
    this.invalidate();
  }

  /** @param {number} time */
  #draw(time) {
    const { view, panel } = this;
    const changed = view.update();
    if (this.following) this.#advance(time);
    if (view.viewport.step(time)) this.invalidate();
    this.#fitStage();
    view.scroll = panel.stage.scrollTop;
    view.draw();
    panel.follow.hidden = !this.live || this.following;
    this.hands.refresh();
    // While a run is shown, in the look's own frame: a timer would come while something is measured.
    if (this.live) {
      if (changed) this.#drawWords();
    } else if (changed || this.#slow === 0) this.#drawSlowly();
  }

  /** Legend, choices and table: four times a second are enough. */
  #drawSlowly() {
    if (this.#slow !== 0) return;
    this.#slow = window.setTimeout(() => {
      this.#slow = 0;
      this.#drawWords();
    }, 250);
  }

  #drawWords() {
    const { panel, view, model } = this;
    panel.update(model, view.choice);
    panel.drawLegend(model, this.theme, view);
    if (panel.details.open) panel.drawTable(view);
    if (panel.words.textContent === '' && model.events > 0 && !this.live) {
      panel.words.textContent = `${plural(model.lanes.length, 'lane', 'lanes')}, ${plural(model.events, 'event', 'events')} in ${duration(model.now - model.begin)}.`;
    }
  }

  /**
   * Moves the followed window on, in leaps: nothing glides while something is measured. With reduced motion by pages of
   * half a window. The next batch asks again.
   * @param {number} time
   */
  #advance(time) {
    const { model, view, followed } = this;
    if (model.events === 0 || time - this.stoodSince < this.standing) return;
    this.stoodSince = time;
    const page = followed / 2;
    const newest = model.now - followed;
    const from = Math.max(model.begin, this.standing === 0 && this.stillQuery.matches ? Math.ceil((newest - model.begin) / page) * page + model.begin : newest);
    view.viewport.show(from, from + followed);
  }

  /** Makes stage and canvas as large as the rows, up to the maximum. */
  #fitStage() {
    const { view, panel } = this;
    const { stage, spacer } = panel;
    const height = `${Math.min(this.maxHeight, Math.max(view.contentHeight + 6, this.leastHeight))}px`;
    if (stage.style.height !== height) stage.style.height = height;
    const content = `${view.contentHeight}px`;
    if (spacer.style.minHeight !== content) spacer.style.minHeight = content;
    const ratio = window.devicePixelRatio || 1;
    const { clientWidth, clientHeight } = stage;
    if (clientWidth === view.width && clientHeight === view.height && ratio === view.ratio) return;
    view.resize(clientWidth, clientHeight, ratio);
    panel.canvas.style.width = `${clientWidth}px`;
    panel.canvas.style.height = `${clientHeight}px`;
  }

  /** Size, scrolling, theme and motion can change at any time. */
  #watch() {
    const { signal } = this.#control;
    const { stage, details } = this.panel;
    const sizes = new ResizeObserver(() => this.invalidate());
    sizes.observe(stage);
    const themed = () => {
      this.theme.read();
      this.panel.drawLegend(this.model, this.theme, this.view);
      this.invalidate();
    };
    const attributes = new MutationObserver(themed);
    for (const node of [document.documentElement, document.body]) {
      attributes.observe(node, { attributeFilter: ['class', 'style', 'data-theme'] });
    }
    signal.addEventListener('abort', () => {
      sizes.disconnect();
      attributes.disconnect();
    });
    stage.addEventListener('scroll', () => this.invalidate(), { signal, passive: true });
    details.addEventListener('toggle', () => this.invalidate(), { signal });
    for (const query of ['(prefers-color-scheme: dark)', '(prefers-contrast: more)', '(forced-colors: active)']) {
      matchMedia(query).addEventListener('change', themed, { signal });
    }
    document.fonts.ready.then(() => {
      if (!signal.aborted) themed();
    });
  }
}

/** Adds the style sheet, once a page. A link, not a style element: the page's policy forbids those. */
function style() {
  const { href } = new URL('timeline.css', import.meta.url);
  if ([...document.styleSheets].some((sheet) => sheet.href === href)) return;
  if (document.querySelector(`link[href="${href}"]`)) return;
  const link = document.createElement('link');
  link.rel = 'stylesheet';
  link.href = href;
  document.head.append(link);
}
