// The picture: axis, rows and labels on one canvas as large as what is seen of them.
//
// Bars and counts are painted into pixels (raster.js) and put on the canvas in one call; words and lines
// go over them. A frame is drawn only when something changed.

import { axis } from './axis.js';
import { ASKED, NO_TASK, STATE_WORDS, UNKNOWN, isRunning } from './events.js';
import { Raster } from './raster.js';
import { workloadOf } from './reading.js';
import { BAR, COUNT, domainOf, layout, rowAt } from './rows.js';
import { Viewport } from './viewport.js';

/** @typedef {import('./model.js').Model} Model */
/** @typedef {import('./rows.js').Row} Row */
/** @typedef {import('./rows.js').Choice} Choice */
/** @typedef {import('./theme.js').Theme} Theme */
/** @typedef {{ row: Row, time: number }} Place  `time` as shown: the model's is time + row.shift */

export const AXIS = 30;
const WORDS = '12px';
const SMALL = '11px';

export class View {
  /** @param {Model} model @param {Theme} theme @param {HTMLCanvasElement} canvas */
  constructor(model, theme, canvas) {
    this.model = model;
    this.theme = theme;
    this.canvas = canvas;
    this.context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext('2d', { alpha: false }));
    this.raster = new Raster(theme);
    this.viewport = new Viewport();
    /** @type {Choice} */
    this.choice = { what: 'run' };
    /** @type {Row[]} */
    this.rows = [];
    this.contentHeight = 0;
    this.width = 0;
    this.height = 0;
    this.ratio = 1;
    this.scroll = 0;
    /** A run that goes on is shown at least this wide: it fills up from the left. */
    this.leastDomain = 0;
    /** Width of the labels on the left. */
    this.gutter = 100;
    /** @type {{ x: number, y: number } | null} */
    this.pointer = null;
    /** The chosen row, and a span of it (-1: none). */
    this.selectedRow = -1;
    this.selectedSpan = -1;
    this.#shape = -1;
    this.#painted = '';
  }
  #shape;
  /** What the pixels show: a pointer that moves changes nothing of it. */
  #painted;

  /** @param {Choice} choice */
  choose(choice) {
    this.choice = choice;
    this.#shape = -1;
    this.#painted = '';
    this.selectedRow = -1;
    this.selectedSpan = -1;
    this.update();
    this.viewport.fit();
  }

  /** Lays out anew what changed in the model. Returns whether anything did. */
  update() {
    if (this.#shape === this.model.shape) return false;
    this.#shape = this.model.shape;
    const { model, choice } = this;
    model.settle();
    const selected = this.rows[this.selectedRow];
    const { rows, height } = layout(model, choice);
    this.rows = rows;
    this.contentHeight = height + AXIS;
    const { begin, end } = domainOf(model, choice);
    this.viewport.setDomain(begin, choice.what === 'run' ? Math.max(end, begin + this.leastDomain) : end);
    if (selected) {
      this.selectedRow = rows.findIndex((row) => row.lane === selected.lane && row.kind === selected.kind && row.section === selected.section);
    }
    this.#measure();
    return true;
  }

  /** @param {number} width @param {number} height CSS pixels @param {number} ratio */
  resize(width, height, ratio) {
    this.width = width;
    this.height = height;
    this.ratio = ratio;
    this.canvas.width = Math.max(1, Math.round(width * ratio));
    this.canvas.height = Math.max(1, Math.round(height * ratio));
    this.#measure();
  }

  /** Makes the labels as wide as they need, and as the picture can spare. */
  #measure() {
    if (this.width === 0) return;
    this.context.font = `${WORDS} ${this.theme.font}`;
    const widest = this.rows.reduce(
      (most, row) => (row.kind === 'heading' ? most : Math.max(most, this.#widthOf(row.label))), 64);
    this.gutter = Math.round(Math.min(widest + 28, Math.max(108, this.width * 0.24)));
    this.raster.resize(
      Math.max(1, Math.round((this.width - this.gutter) * this.ratio)),
      Math.max(1, Math.round((this.height - AXIS) * this.ratio)), this.ratio);
  }

  /** @param {string} label */
  #widthOf(label) {
    if (this.#measured !== this.theme.readings) this.#widths.clear();
    this.#measured = this.theme.readings;
    let width = this.#widths.get(label);
    if (width === undefined) this.#widths.set(label, (width = this.context.measureText(label).width));
    return width;
  }
  /** Widths of labels: there can be a thousand, and they are laid out with every batch. @type {Map<string, number>} */
  #widths = new Map();
  #measured = -1;

  get plotWidth() {
    return Math.max(1, this.width - this.gutter);
  }

  /** @param {number} time as shown */
  xOf(time) {
    return this.gutter + ((time - this.viewport.from) / this.viewport.range) * this.plotWidth;
  }

  /** @param {number} x */
  timeAt(x) {
    return this.viewport.from + ((x - this.gutter) / this.plotWidth) * this.viewport.range;
  }

  /** What is at a point of the canvas. @param {number} x @param {number} y @returns {Place | null} */
  placeAt(x, y) {
    if (y < AXIS || x < 0 || x > this.width) return null;
    const row = this.rows[rowAt(this.rows, y - AXIS + this.scroll)];
    return row ? { row, time: this.timeAt(Math.max(x, this.gutter)) } : null;
  }

  draw() {
    if (this.width === 0) return;
    const { context, theme, ratio, viewport } = this;
    const marks = axis(viewport.from, viewport.to, this.plotWidth / 92);
    this.#paintPixels(marks);
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.fillStyle = theme.paper.css;
    context.fillRect(0, 0, this.canvas.width, this.canvas.height);
    context.putImageData(this.raster.image, this.canvas.width - this.raster.width, this.canvas.height - this.raster.height);
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    context.textBaseline = 'middle';
    this.#drawRows();
    this.#drawAxis(marks);
    this.#drawPointer();
  }

  /** First and last row seen. */
  #seen() {
    const first = rowAt(this.rows, this.scroll);
    const last = Math.min(this.rows.length, rowAt(this.rows, this.scroll + this.height - AXIS) + 1);
    return { first, last };
  }

  /** @param {import('./axis.js').Axis} marks */
  #paintPixels(marks) {
    const { raster, theme, model, viewport, ratio } = this;
    const painted = [this.#shape, theme.readings, viewport.from, viewport.to, this.scroll, raster.width, raster.height].join();
    if (painted === this.#painted) return;
    this.#painted = painted;
    raster.clear();
    const perColumn = viewport.range / raster.width;
    for (const { time } of marks.ticks) raster.fill(Math.round((time - viewport.from) / perColumn), 0, 1, raster.height, theme.line);
    const tile = 8 * raster.dot;
    const { first, last } = this.#seen();
    for (let r = first; r < last; r++) {
      const row = this.rows[r];
      const y = Math.round((row.y - this.scroll) * ratio);
      raster.phase = ((Math.floor((viewport.from + row.shift) / perColumn) % tile) + tile) % tile;
      const times = { from: viewport.from + row.shift, to: viewport.to + row.shift, clipFrom: row.from, clipTo: row.to };
      const ink = theme.method(row.method);
      if (row.kind === 'samples') this.#paintSamples(row, y, times);
      else if (row.kind === 'queue') {
        raster.count(model.queue, y + Math.round(4 * ratio), Math.round(COUNT * ratio), model.queue.peak, times, theme.method('').ground, theme.method(row.method).solid);
      } else if (row.lane) {
        const top = y + Math.round(4 * ratio);
        const height = Math.round(BAR * ratio);
        raster.fill(0, top + height, raster.width, 1, theme.line);
        const inkAt = row.method ? () => ink : (/** @type {number} */ time) => this.#inkOfSample(time);
        raster.bar(row.lane.spans, top, height, times, inkAt);
        if (row.lane.awaits) {
          const below = top + height + Math.round(4 * ratio);
          raster.count(row.lane.awaits, below, Math.round(COUNT * ratio), row.lane.awaits.peak, times, ink.faint, ink.solid);
        }
      }
    }
  }

  /** @param {number} time */
  #inkOfSample(time) {
    const section = this.model.sections.at(time);
    return this.theme.method((section && this.model.sections.cells.get(section.cell)?.method) ?? '');
  }

  /** @param {Row} row @param {number} y @param {import('./raster.js').Times} times */
  #paintSamples(row, y, times) {
    const { raster, ratio } = this;
    const { list } = this.model.sections;
    const perColumn = (times.to - times.from) / raster.width;
    const height = Math.round(6 * ratio);
    for (let i = Math.max(0, this.model.sections.firstAfter(times.from) - 1); i < list.length && list[i].start < times.to; i++) {
      const { start, end } = list[i];
      const left = Math.round((start - times.from) / perColumn);
      const right = Math.max(left + 1, Math.round((Math.min(end, this.model.now) - times.from) / perColumn) - 1);
      raster.fill(left, y + Math.round(row.height * ratio) - height - Math.round(3 * ratio), right - left, height, this.#inkOfSample(start).solid);
    }
  }

  #drawRows() {
    const { context, theme } = this;
    const { first, last } = this.#seen();
    context.save();
    context.beginPath();
    context.rect(0, AXIS, this.width, this.height - AXIS);
    context.clip();
    for (let r = first; r < last; r++) {
      const row = this.rows[r];
      const y = row.y - this.scroll + AXIS;
      if (row.kind === 'heading') {
        this.#heading(row, y);
        continue;
      }
      if (r === this.selectedRow) {
        context.fillStyle = theme.ink.css;
        context.fillRect(0, y + 4, 2, row.height - 8);
      }
      const middle = y + 4 + (row.kind === 'samples' ? row.height - 14 : BAR / 2);
      const strong = row.kind === 'lane';
      this.#text(row.label, 10, middle, this.gutter - 18, strong ? theme.ink.css : theme.muted.css, WORDS);
      if (row.kind === 'queue') this.#level(this.model.queue.peak, y + 9);
      if (row.kind === 'samples') this.#sampleLabels(y);
      if (row.lane) {
        if (row.lane.awaits) {
          const below = y + 4 + BAR + 4;
          this.#text('awaits', 10, below + COUNT / 2, this.gutter - 40, theme.muted.css, SMALL);
          this.#level(row.lane.awaits.peak, below + 5);
        }
        this.#spanLabels(row, y + 4);
        if (r === this.selectedRow && this.selectedSpan >= 0) this.#outline(row, y + 4);
      }
    }
    // The group that the first row seen belongs to stays in sight.
    const group = this.rows.findLast((row, r) => r <= first && row.kind === 'heading');
    const next = this.rows.find((row, r) => r > first && row.kind === 'heading');
    if (group && group.y < this.scroll) {
      this.#heading(group, AXIS + Math.min(0, next ? next.y - this.scroll - group.height : 0));
    }
    context.restore();
  }

  /** @param {Row} row @param {number} y */
  #heading(row, y) {
    const { context, theme } = this;
    context.fillStyle = theme.paper.css;
    context.fillRect(0, y, this.width, row.height);
    context.fillStyle = theme.method(row.method).solid.css;
    context.fillRect(0, y + 11, 10, 10);
    this.#text(row.label, 16, y + 16.5, this.width - 20, theme.ink.css, `600 ${WORDS}`);
    const after = 26 + context.measureText(row.label).width;
    if (row.aside) this.#text(row.aside, after, y + 16.5, this.width - after, theme.muted.css, WORDS);
    context.fillStyle = theme.line.css;
    context.fillRect(0, y + row.height - 2, this.width, 1);
  }

  /** The count at the top of a strip, at its left edge. @param {number} most @param {number} y */
  #level(most, y) {
    if (most === 0) return;
    this.context.textAlign = 'right';
    this.#text(String(most), this.gutter - 6, y, 40, this.theme.muted.css, SMALL);
    this.context.textAlign = 'left';
  }

  /** @param {number} y */
  #sampleLabels(y) {
    const { list } = this.model.sections;
    const { viewport, theme } = this;
    for (let i = Math.max(0, this.model.sections.firstAfter(viewport.from) - 1); i < list.length && list[i].start < viewport.to; i++) {
      const left = Math.max(this.gutter, this.xOf(list[i].start));
      const room = Math.min(this.width, this.xOf(Math.min(list[i].end, this.model.now))) - left;
      if (room >= 56) this.#text(this.model.sections.label(list[i].cell), left, y + 8, room - 6, theme.muted.css, SMALL);
    }
  }

  /** Numbers of tasks and reasons of waits, where there is room. @param {Row} row @param {number} y */
  #spanLabels(row, y) {
    const { viewport, theme, context } = this;
    const lane = /** @type {import('./lane.js').Lane} */ (row.lane);
    const { spans } = lane;
    const from = Math.max(row.from, viewport.from + row.shift);
    const to = Math.min(row.to, viewport.to + row.shift);
    const first = spans.find(from);
    const last = spans.find(to, first);
    if (last - first > this.plotWidth / 12) return;
    context.font = `${SMALL} ${theme.font}`;
    for (let i = first; i <= last && i < spans.length && spans.start[i] < to; i++) {
      const left = Math.max(this.gutter, this.xOf(Math.max(from, spans.start[i]) - row.shift));
      const right = Math.min(this.width, this.xOf(Math.min(to, spans.end[i]) - row.shift));
      const room = right - left - 8;
      if (room < 16) continue;
      const state = spans.state(i);
      const ink = row.method ? theme.method(row.method) : this.#inkOfSample(spans.start[i]);
      if (isRunning(state) && state !== ASKED) {
        if (spans.task[i] === NO_TASK) continue;
        const number = String(spans.task[i]);
        const whole = `${workloadOf(this.model, row, spans.start[i]) ?? 'task'} ${number}`;
        const text = context.measureText(whole).width <= room ? whole : number;
        if (context.measureText(text).width <= room) this.#text(text, left + 5, y + BAR / 2 + 0.5, room, ink.text.css, SMALL);
      } else if (state !== UNKNOWN) {
        const text = STATE_WORDS[state];
        const width = context.measureText(text).width;
        if (width + 34 > room) continue; // the texture says it too, where it is seen
        context.fillStyle = theme.paper.css;
        context.fillRect(left + 3, y + 3, width + 6, BAR - 6);
        this.#text(text, left + 6, y + BAR / 2 + 0.5, room, theme.ink.css, SMALL);
      }
    }
  }

  /** @param {Row} row @param {number} y */
  #outline(row, y) {
    const { spans } = /** @type {import('./lane.js').Lane} */ (row.lane);
    const i = this.selectedSpan;
    if (i >= spans.length) return;
    const left = this.xOf(spans.start[i] - row.shift);
    const right = this.xOf(Math.min(spans.end[i], this.model.now) - row.shift);
    const x = Math.max(this.gutter - 3, left - 1.5);
    const width = Math.min(this.width + 3, right + 1.5) - x;
    if (width < 0) return;
    this.context.strokeStyle = this.theme.ink.css;
    this.context.lineWidth = 2;
    this.context.strokeRect(x, y - 2, width, BAR + 4);
  }

  /** @param {import('./axis.js').Axis} marks */
  #drawAxis(marks) {
    const { context, theme } = this;
    context.fillStyle = theme.paper.css;
    context.fillRect(0, 0, this.width, AXIS - 1);
    context.fillStyle = theme.line.css;
    context.fillRect(0, AXIS - 1, this.width, 1);
    if (marks.base) this.#text(marks.base, 10, AXIS / 2, this.gutter - 14, theme.ink.css, SMALL);
    context.textAlign = 'center';
    for (const { time, label } of marks.ticks) {
      const x = this.xOf(time);
      context.fillStyle = theme.line.css;
      context.fillRect(Math.round(x), AXIS - 6, 1, 5);
      const half = context.measureText(label).width / 2;
      if (x + half > this.width - 2 || x < this.gutter - 1) continue;
      this.#text(label, Math.max(x, this.gutter + half), AXIS / 2 - 1, 200, theme.muted.css, SMALL);
    }
    context.textAlign = 'left';
  }

  #drawPointer() {
    if (!this.pointer || this.pointer.x < this.gutter) return;
    const { context, theme, pointer } = this;
    context.globalAlpha = 0.55;
    context.fillStyle = theme.ink.css;
    context.fillRect(Math.round(pointer.x), AXIS - 6, 1, this.height - AXIS + 6);
    context.globalAlpha = 1;
  }

  /** @param {string} text @param {number} x @param {number} y @param {number} room @param {string} colour @param {string} size */
  #text(text, x, y, room, colour, size) {
    const { context } = this;
    context.font = `${size} ${this.theme.font}`;
    context.fillStyle = colour;
    let shown = text;
    while (shown.length > 1 && context.measureText(shown).width > room) {
      shown = `${shown.slice(0, -2).trimEnd()}…`;
    }
    if (room > 0) context.fillText(shown, x, y);
  }
}
