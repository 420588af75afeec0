// Paints bars and counts into a buffer of pixels, one column of time after the other.
//
// Canvas calls for every span would cost more than a frame, and path fills differ between browsers by a
// factor of ten. Rows are axis-aligned rectangles of few colours, so that writing pixels is both faster
// and the same everywhere: a frame costs what the picture measures, not what the trace holds.
//
// A column that one span fills shows its state over the whole height of the bar. Where more than one
// span ends within a column, the bar is divided from below in proportion to the time in each state.

import { ASKED, HOLDING, RUNNING, STACK, STATE_COUNT, TASK_SLOT } from './events.js';
import { maskOf } from './theme.js';

/** @typedef {import('./theme.js').Theme} Theme */
/** @typedef {import('./theme.js').Ink} Ink */
/** @typedef {import('./theme.js').Colour} Colour */
/** @typedef {import('./spans.js').SpanTable} SpanTable */
/** @typedef {import('./steps.js').StepTable} StepTable */
/** @typedef {{ from: number, to: number, clipFrom: number, clipTo: number }} Times
 *   the model's time at the left and right edge, and the part of it that the row shows */

/** @param {number} state */
const isHeld = (state) => state === HOLDING || state === ASKED;

export class Raster {
  /** @param {Theme} theme */
  constructor(theme) {
    this.theme = theme;
    this.width = 0;
    this.height = 0;
    /** Device pixels of a texture's dot. */
    this.dot = 1;
    /** Columns by which textures are moved, so that they travel with what they are on. */
    this.phase = 0;
    this.image = new ImageData(1, 1);
    this.pixels = new Uint32Array(this.image.data.buffer);
    this.parts = new Float64Array(STATE_COUNT);
  }

  /** @param {number} width @param {number} height @param {number} ratio device pixels per CSS pixel */
  resize(width, height, ratio) {
    this.dot = Math.max(1, Math.round(ratio));
    if (width === this.width && height === this.height) return;
    this.width = width;
    this.height = height;
    this.image = new ImageData(Math.max(1, width), Math.max(1, height));
    this.pixels = new Uint32Array(this.image.data.buffer);
  }

  clear() {
    this.pixels.fill(this.theme.paper.packed);
  }

  /** @param {number} x @param {number} y @param {number} width @param {number} height @param {Colour} colour */
  fill(x, y, width, height, colour) {
    const left = Math.max(0, x);
    const right = Math.min(this.width, x + width);
    const bottom = Math.min(this.height, y + height);
    if (right <= left) return;
    const { pixels, width: stride } = this;
    const packed = colour.packed;
    const columns = right - left;
    const end = bottom * stride + left;
    for (let at = Math.max(0, y) * stride + left; at < end; at += stride) {
      // fill() costs more to call than it saves on a few pixels, and most rectangles are one column.
      if (columns > 16) pixels.fill(packed, at, at + columns);
      else for (let k = 0; k < columns; k++) pixels[at + k] = packed;
    }
  }

  /** A rectangle in a state's colour and texture. @param {number} x @param {number} y @param {number} width @param {number} height @param {number} state @param {Ink} ink */
  textured(x, y, width, height, state, ink) {
    const { ground, mark } = this.theme.paint(state, ink);
    const mask = maskOf(state);
    this.fill(x, y, width, height, ground);
    if (!mask) return;
    const right = Math.min(this.width, x + width);
    const bottom = Math.min(this.height, y + height);
    const { dot, phase, pixels } = this;
    const packed = mark.packed;
    for (let row = Math.max(0, y); row < bottom; row++) {
      // Counted from the rectangle's foot, so that a scrolled row keeps its texture.
      const bits = mask[(((y + height - 1 - row) / dot) | 0) & 7];
      if (bits === 0) continue;
      const line = row * this.width;
      for (let column = Math.max(0, x); column < right; column++) {
        if ((bits >> ((((column + phase) / dot) | 0) & 7)) & 1) pixels[line + column] = packed;
      }
    }
  }

  /**
   * A lane's bar. `inkAt` gives the colours at a time.
   * @param {SpanTable} spans @param {number} y @param {number} height @param {Times} times
   * @param {(time: number) => Ink} inkAt
   */
  bar(spans, y, height, times, inkAt) {
    const perColumn = (times.to - times.from) / this.width;
    const long = 3 * perColumn;
    const firstColumn = Math.max(0, Math.floor((times.clipFrom - times.from) / perColumn));
    const lastColumn = Math.min(this.width, Math.ceil((times.clipTo - times.from) / perColumn));
    const { start, end, task } = spans;
    const length = spans.length;
    let runFrom = firstColumn;
    let runState = 0;
    let runTime = 0;
    /** @param {number} x @param {number} state @param {number} time */
    const flush = (x, state, time) => {
      if (runState > 0 && x > runFrom) this.textured(runFrom, y, x - runFrom, height, runState, inkAt(runTime));
      runFrom = x;
      runState = state;
      runTime = time;
    };
    let i = spans.find(Math.max(times.clipFrom, times.from));
    for (let x = firstColumn; x < lastColumn; x++) {
      const a = Math.max(times.clipFrom, times.from + x * perColumn);
      const b = Math.min(times.clipTo, times.from + (x + 1) * perColumn);
      const j = spans.find(b, i);
      const over = j < length && start[j] < b;
      const ends = j - i;
      const middle = (a + b) / 2;
      let state = 0;
      if (ends === 0) {
        if (over && (start[j] <= middle || end[j] - start[j] < long)) state = spans.state(j);
      } else if (ends === 1 && end[i] - start[i] >= long && !(over && end[j] - start[j] < long)) {
        const pause = j < length ? start[j] - end[i] : Infinity;
        const cut = pause < perColumn && (task[j] !== task[i] || spans.outcome(i) > 0) && !(isHeld(spans.state(i)) && (end[i] - start[i] < 4 * long || end[j] - start[j] < 4 * long));
        if (cut) state = 0; // a gap of one column between tasks that follow without a pause to be seen
        else if (middle < end[i]) state = spans.state(i);
        else if (over && start[j] <= middle) state = spans.state(j);
      } else {
        flush(x, 0, b);
        // Spans too short to see between two that are seen: half as high, or nothing would tell them apart.
        // Who holds the GIL holds it from task to task: between short ones the hold is what is to be seen.
        const least = isHeld(spans.state(i)) && over && isHeld(spans.state(j)) ? 4 * long : long;
        const between = over && ends > 1 && end[i] - start[i] >= least && end[j] - start[j] >= least;
        const top = between ? y + (height >> 1) : y;
        this.#stack(spans, x, top, y + height - top, a, b, perColumn, i, j, inkAt(a));
        runFrom = x + 1;
        i = j;
        continue;
      }
      if (state !== runState) flush(x, state, middle);
      i = j;
    }
    flush(lastColumn, 0, 0);
  }

  /** @param {SpanTable} spans @param {number} x @param {number} y @param {number} height @param {number} a @param {number} b @param {number} perColumn @param {number} i @param {number} j @param {Ink} ink */
  #stack(spans, x, y, height, a, b, perColumn, i, j, ink) {
    const { parts } = this;
    parts.fill(0);
    spans.addTimes(a, b, parts, i, j);
    parts[TASK_SLOT] = 0;
    let busy = 0;
    for (let state = RUNNING; state < STATE_COUNT; state++) busy += parts[state];
    // What is there is seen, however short: a fifth of the bar at least.
    const full = Math.max(Math.round(height / 5), Math.round((height * Math.min(busy, perColumn)) / perColumn));
    let foot = y + height;
    let sum = 0;
    for (const state of STACK) {
      if (parts[state] === 0) continue;
      sum += parts[state];
      const top = y + height - Math.round((full * sum) / busy);
      if (top < foot) this.#segment(x, top, foot, state, ink);
      foot = top;
    }
    if (busy === 0) this.fill(x, y + height - full, 1, full, ink.solid);
  }

  /** textured() for a single column, which most of a dense picture is made of. @param {number} x @param {number} top @param {number} foot @param {number} state @param {Ink} ink */
  #segment(x, top, foot, state, ink) {
    const { pixels, width, dot, theme } = this;
    const mask = maskOf(state);
    const ground = (state === RUNNING || state === HOLDING ? ink.solid : theme.ground(state, ink)).packed;
    const bottom = Math.min(this.height, foot);
    let row = Math.max(0, top);
    let at = row * width + x;
    if (!mask) {
      for (; row < bottom; row++, at += width) pixels[at] = ground;
      return;
    }
    const mark = theme.mark(state, ink).packed;
    const bit = 1 << ((((x + this.phase) / dot) | 0) & 7);
    for (; row < bottom; row++, at += width) {
      pixels[at] = mask[(((foot - 1 - row) / dot) | 0) & 7] & bit ? mark : ground;
    }
  }

  /**
   * A count over time: an area up to its mean, and a line at its peak.
   * @param {StepTable} steps @param {number} y @param {number} height @param {number} most the count at full height
   * @param {Times} times @param {Colour} area @param {Colour} line
   */
  count(steps, y, height, most, times, area, line) {
    const perColumn = (times.to - times.from) / this.width;
    const firstColumn = Math.max(0, Math.floor((times.clipFrom - times.from) / perColumn));
    const lastColumn = Math.min(this.width, Math.ceil((times.clipTo - times.from) / perColumn));
    if (steps.count === 0 || most === 0 || lastColumn <= firstColumn) return;
    const scale = (height - this.dot) / most;
    const bottom = y + height;
    let i = steps.find(Math.max(times.clipFrom, times.from + firstColumn * perColumn));
    let area0 = steps.integralAt(Math.max(times.clipFrom, times.from + firstColumn * perColumn), i);
    let previous = bottom;
    for (let x = firstColumn; x < lastColumn; x++) {
      const a = Math.max(times.clipFrom, times.from + x * perColumn);
      const b = Math.min(times.clipTo, times.from + (x + 1) * perColumn);
      let j = i;
      if (j + 1 < steps.count && steps.time[j + 1] <= b) j = steps.find(b);
      const area1 = steps.integralAt(b, j);
      const peak = steps.peakOf(i, j);
      const mean = b > a ? (area1 - area0) / (b - a) : 0;
      const top = peak > 0 ? bottom - this.dot - Math.round(peak * scale) : bottom;
      const body = bottom - Math.round(mean * scale);
      if (body < bottom) this.fill(x, Math.max(body, top), 1, bottom - Math.max(body, top), area);
      if (x > firstColumn && previous !== top) {
        this.fill(x, Math.min(previous, top), 1, Math.abs(previous - top), line);
      }
      if (peak > 0) this.fill(x, top, 1, this.dot, line);
      previous = top;
      i = j;
      area0 = area1;
    }
  }
}
