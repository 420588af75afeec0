// What the reader's gestures do: move the view, choose lanes and spans, and hear what is there.

import { IDLE, RUNNING, STATE_COUNT, UNKNOWN, statePhrase } from './events.js';
import { listen } from './gestures.js';
import { spanNear, spanPhrase, wordsAt } from './reading.js';
import { AXIS } from './view.js';
import { percent, plural } from './words.js';

/** @typedef {import('./view.js').View} View */
/** @typedef {import('./panel.js').Panel} Panel */
/** @typedef {{ invalidate: () => void, taken: () => void, still: () => boolean }} Owner
 *   `taken`: the reader took the view in hand; `still`: less motion is wanted */

/** The words below the picture wait for the pointer to rest: read aloud, they would never end. */
const REST_MS = 150;

export class Hands {
  /** @param {View} view @param {Panel} panel @param {Owner} owner */
  constructor(view, panel, owner) {
    this.view = view;
    this.panel = panel;
    this.owner = owner;
    this.#stop = listen(panel.stage, () => view.plotWidth, {
      pan: (part) => this.#move(() => view.viewport.pan(part)),
      zoom: (factor, x) => this.#move(() => view.viewport.zoom(factor, view.timeAt(Math.max(view.gutter, x)))),
      scroll: (dy) => panel.stage.scrollBy(0, dy),
      hover: (x, y, touch) => this.#hover(x, y, touch),
      leave: () => this.#leave(),
      press: (x, y) => this.#press(x, y),
      pressTwice: (x, y) => {
        this.#press(x, y);
        this.#zoomToSpan();
      },
      key: (event) => this.#key(event),
    });
  }
  #stop;
  #resting = 0;
  #said = '';

  destroy() {
    clearTimeout(this.#resting);
    this.#stop();
  }

  /** The picture moved under the pointer. */
  refresh() {
    const { pointer } = this.view;
    if (pointer && !this.panel.tip.hidden) this.#tell(pointer.x, pointer.y);
  }

  /** @param {number} factor */
  zoomMiddle(factor) {
    const { viewport } = this.view;
    this.owner.taken();
    const range = viewport.range * factor;
    const middle = this.#focus();
    const part = (middle - viewport.from) / viewport.range;
    this.#glide(middle - part * range, middle + (1 - part) * range);
  }

  fit() {
    const { viewport } = this.view;
    this.owner.taken();
    this.#glide(viewport.begin, viewport.end);
    viewport.whole = true;
  }

  /** Where the keyboard zooms: the chosen span if it is seen, else the middle. */
  #focus() {
    const { view } = this;
    const { from, to } = view.viewport;
    const row = view.rows[view.selectedRow];
    if (row?.lane && view.selectedSpan >= 0 && view.selectedSpan < row.lane.spans.length) {
      const { start, end } = row.lane.spans;
      const middle = (start[view.selectedSpan] + Math.min(end[view.selectedSpan], view.model.now)) / 2 - row.shift;
      if (middle >= from && middle <= to) return middle;
    }
    return (from + to) / 2;
  }

  /** @param {() => void} change */
  #move(change) {
    this.owner.taken();
    change();
    this.owner.invalidate();
  }

  /** @param {number} from @param {number} to */
  #glide(from, to) {
    this.view.viewport.glideTo(from, to, performance.now(), this.owner.still());
    this.owner.invalidate();
  }

  /** @param {number} x @param {number} y @param {boolean} touch */
  #hover(x, y, touch) {
    this.view.pointer = { x, y };
    this.owner.invalidate();
    if (!touch) this.#tell(x, y);
  }

  #leave() {
    this.view.pointer = null;
    this.panel.tip.hidden = true;
    clearTimeout(this.#resting);
    this.owner.invalidate();
  }

  /** Shows what is at a point beside it. @param {number} x @param {number} y */
  #tell(x, y) {
    const { tip } = this.panel;
    const place = this.view.placeAt(x, y);
    if (!place || place.row.kind === 'heading' || x < this.view.gutter) {
      tip.hidden = true;
      return;
    }
    const words = wordsAt(this.view, place);
    if (tip.textContent !== words) tip.textContent = words;
    tip.hidden = false;
    const left = Math.min(x + 14, this.view.width - tip.offsetWidth - 4);
    const below = y + 18 + tip.offsetHeight < this.view.height;
    tip.style.transform = `translate(${Math.max(0, Math.round(left))}px, ${Math.round(below ? y + 18 : y - tip.offsetHeight - 10)}px)`;
    clearTimeout(this.#resting);
    this.#resting = window.setTimeout(() => this.#say(words), REST_MS);
  }

  /** @param {string} words */
  #say(words) {
    if (words === this.#said && this.panel.words.textContent === words) return;
    this.#said = words;
    this.panel.words.textContent = words;
  }

  /** @param {number} x @param {number} y */
  #press(x, y) {
    const { view } = this;
    const place = view.placeAt(x, y);
    this.panel.stage.focus({ preventScroll: true });
    if (!place || place.row.kind === 'heading') return;
    view.selectedRow = view.rows.indexOf(place.row);
    view.selectedSpan = x >= view.gutter ? spanNear(view, place.row, place.time) : -1;
    this.#say(x >= view.gutter ? wordsAt(view, place) : this.#summary());
    this.owner.invalidate();
  }

  /** @param {KeyboardEvent} event */
  #key({ key, shiftKey }) {
    const { view } = this;
    const { viewport } = view;
    switch (key) {
      case 'ArrowLeft':
      case 'ArrowRight': {
        const way = key === 'ArrowLeft' ? -1 : 1;
        if (shiftKey) this.#stepSpan(way);
        else this.#move(() => viewport.pan(way / 8));
        return true;
      }
      case 'ArrowUp':
      case 'ArrowDown':
        this.#stepRow(key === 'ArrowUp' ? -1 : 1);
        return true;
      case '+':
      case '=':
        this.zoomMiddle(1 / 1.6);
        return true;
      case '-':
      case '_':
        this.zoomMiddle(1.6);
        return true;
      case '0':
        this.fit();
        return true;
      case 'Home':
        this.owner.taken();
        this.#glide(viewport.begin, viewport.begin + viewport.range);
        return true;
      case 'End':
        this.owner.taken();
        this.#glide(viewport.end - viewport.range, viewport.end);
        return true;
      case 'Enter':
        this.#zoomToSpan();
        return true;
      case 'Escape':
        if (view.selectedRow < 0) return false;
        view.selectedRow = view.selectedSpan = -1;
        this.#leave();
        return true;
    }
    return false;
  }

  /** @param {number} way */
  #stepRow(way) {
    const { view } = this;
    let r = view.selectedRow < 0 && way < 0 ? view.rows.length : view.selectedRow;
    do r += way;
    while (view.rows[r]?.kind === 'heading');
    const row = view.rows[r];
    if (!row) return;
    view.selectedRow = r;
    view.selectedSpan = -1;
    const { stage } = this.panel;
    const room = stage.clientHeight - AXIS;
    if (row.y < stage.scrollTop) stage.scrollTop = Math.max(0, row.y - 28);
    else if (row.y + row.height > stage.scrollTop + room) stage.scrollTop = row.y + row.height - room;
    this.#say(this.#summary());
    this.owner.invalidate();
  }

  /** The chosen row, in words. */
  #summary() {
    const { view } = this;
    const row = view.rows[view.selectedRow];
    if (!row) return '';
    const { viewport, model } = view;
    const from = Math.max(row.from, viewport.from + row.shift);
    const to = Math.min(row.to, viewport.to + row.shift);
    const owner = row.section ? `, ${model.sections.label(row.section.cell)}` : row.method ? `, ${row.method}` : '';
    if (row.kind === 'samples') return `samples · ${plural(model.sections.list.length, 'sample', 'samples')}`;
    if (!row.lane) return `queued tasks${owner} · at most ${plural(model.queue.summary(from, to).peak, 'task', 'tasks')} within what is shown`;
    const { time, tasks, span, awaits } = model.totals(row.lane, from, to);
    if (span === 0) return `${row.label}${owner} · nothing within what is shown`;
    const parts = [];
    for (let state = RUNNING; state < STATE_COUNT; state++) {
      if (time[state] > 0) parts.push(`${state === UNKNOWN ? 'not known' : statePhrase(state)} ${percent(time[state] / span)}`);
    }
    parts.push(`idle ${percent(time[IDLE] / span)}`);
    if (awaits) parts.push(`up to ${plural(awaits.peak, 'await', 'awaits')} in flight`);
    return `${row.label}${owner} · ${parts.join(', ')} · ${plural(tasks, 'task', 'tasks')} ended, within what is shown`;
  }

  /** To the span before or after the chosen one, or to the first one seen. @param {number} way */
  #stepSpan(way) {
    const { view } = this;
    if (!view.rows[view.selectedRow]?.lane) view.selectedRow = view.rows.findIndex((row) => row.lane && row.lane.spans.length > 0);
    const row = view.rows[view.selectedRow];
    if (!row?.lane) return;
    const { spans } = row.lane;
    const { viewport } = view;
    let i = view.selectedSpan + way;
    if (view.selectedSpan < 0) i = way > 0 ? spans.find(viewport.from + row.shift) : spans.find(viewport.to + row.shift) - 1;
    if (i < 0 || i >= spans.length || spans.end[i] < row.from || spans.start[i] > row.to) {
      this.#say(`${row.label} · ${way > 0 ? 'no later span' : 'no earlier span'}`);
      return;
    }
    view.selectedSpan = i;
    const start = spans.start[i] - row.shift;
    const end = Math.min(spans.end[i], view.model.now) - row.shift;
    this.owner.taken();
    if (start < viewport.from || end > viewport.to) {
      const middle = end - start > viewport.range ? start + viewport.range * 0.4 : (start + end) / 2;
      this.#glide(middle - viewport.range / 2, middle + viewport.range / 2);
    }
    this.#say(spanPhrase(view, row, i));
    this.owner.invalidate();
  }

  #zoomToSpan() {
    const { view } = this;
    const row = view.rows[view.selectedRow];
    if (!row?.lane || view.selectedSpan < 0 || view.selectedSpan >= row.lane.spans.length) return;
    const { start, end } = row.lane.spans;
    const from = start[view.selectedSpan] - row.shift;
    const to = Math.min(end[view.selectedSpan], view.model.now) - row.shift;
    const margin = Math.max((to - from) * 0.15, 500);
    this.owner.taken();
    this.#glide(from - margin, to + margin);
  }
}
