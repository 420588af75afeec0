// The figures: with the GIL beside no GIL. The same table while a run goes on and after it; rows and columns
// never come or go, only numbers change.

import { batched, h, setText } from '../page/dom.js';
import { integer, rate, seconds } from '../page/format.js';

/** @import { GilEvent, GilHalf } from './types.js' */
/** @typedef {Partial<Pick<GilHalf, 'switchesPerSecond' | 'forcedFraction' | 'cpuTasksPerSecond' | 'ioPerSecond'>> & {
 *   holdSeconds?: { mean: number } | null, waitSeconds?: { mean: number } | null, responseSeconds?: { mean: number } | null }} Figures */

/** @type {{ head: string, hint: string, ofGil?: boolean, text: (figures: Figures) => string }[]} */
const ROWS = [
  { head: 'Tasks computed', hint: 'by all threads together', text: (f) => rate(f.cpuTasksPerSecond) },
  { head: 'I/O done', hint: 'by all threads together', text: (f) => rate(f.ioPerSecond) },
  { head: 'Response', hint: 'mean, from I/O to running', text: (f) => seconds(f.responseSeconds?.mean) },
  { head: 'Switches', hint: 'to a new holder', ofGil: true, text: (f) => rate(f.switchesPerSecond) },
  { head: 'Forced', hint: 'of the switches', ofGil: true, text: (f) => share(f.forcedFraction) },
  { head: 'Held', hint: 'mean, from take to release', ofGil: true, text: (f) => seconds(f.holdSeconds?.mean) },
  { head: 'Waited', hint: 'mean, from want to take', ofGil: true, text: (f) => seconds(f.waitSeconds?.mean) },
];

/** @param {number | null | undefined} part */
function share(part) {
  return part === undefined || part === null || !Number.isFinite(part) ? '–' : `${integer(part * 100)}%`;
}

export class FigureTable {
  /** @type {{ gil: Figures, noGil: Figures }} */
  #figures = { gil: {}, noGil: {} };
  /** @type {'gil' | 'noGil' | null} */
  #current = null;
  /** @type {{ gil: HTMLElement[], noGil: HTMLElement[] }} */
  #cells = { gil: [], noGil: [] };
  #heads = {
    gil: h('th', { scope: 'col', class: 'number m-threads-gil' }, h('span', { class: 'swatch' }), 'With the GIL'),
    noGil: h('th', { scope: 'col', class: 'number m-threads' }, h('span', { class: 'swatch' }), 'No GIL'),
  };
  #draw = batched(() => this.#render());

  /** @param {HTMLElement} place */
  constructor(place) {
    const body = h('tbody');
    for (const { head, hint, ofGil } of ROWS) {
      const gil = h('td', { class: 'number' }, '–');
      const noGil = h('td', { class: 'number' }, ofGil ? '' : '–');
      this.#cells.gil.push(gil);
      this.#cells.noGil.push(noGil);
      body.append(h('tr', {}, h('th', { scope: 'row' }, `${head} `, h('span', { class: 'hint' }, hint)), gil, noGil));
    }
    const table = h('table', { class: 'figures' }, h('caption', { class: 'visually-hidden' }, 'With the GIL and without'));
    table.append(h('thead', {}, h('tr', {}, h('td', {}), this.#heads.gil, this.#heads.noGil)), body);
    place.append(table);
  }

  begin() {
    this.#figures = { gil: {}, noGil: {} };
    this.#current = null;
    this.#draw();
  }

  /** @param {GilEvent} event */
  take(event) {
    this.#current = event.phase === 'gil' ? 'gil' : 'noGil';
    this.#figures[this.#current] = event;
    this.#draw();
  }

  /** The final numbers. @param {GilHalf | null} gil @param {GilHalf | null} noGil */
  end(gil, noGil) {
    this.#current = null;
    if (gil) this.#figures.gil = gil;
    if (noGil) this.#figures.noGil = noGil;
    this.#draw();
  }

  #render() {
    for (const half of /** @type {const} */ (['gil', 'noGil'])) {
      this.#heads[half].classList.toggle('current', half === this.#current);
      ROWS.forEach(({ ofGil, text }, i) => {
        const cell = this.#cells[half][i];
        if (cell && !(ofGil && half === 'noGil')) setText(cell, text(this.#figures[half]));
      });
    }
  }
}
