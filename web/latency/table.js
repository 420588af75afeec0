// The table: a row for each number from the start, filled as they come. A row opens to what it really is here.

import { batched, h, setText } from '../page/dom.js';
import { seconds, significant, tickSeconds, times } from '../page/format.js';
import { sentence } from '../page/host.js';
import { methodClass } from '../page/methods.js';
import { ratio } from './board.js';
import { distance, like } from './human.js';
import { methodOf } from './rows.js';
import { cycles, interval } from './words.js';

/** @import { Board, Entry } from './board.js' */
/** @typedef {{ name: string, row: HTMLTableRowElement, detail: HTMLTableRowElement, about: HTMLElement, button: HTMLButtonElement,
 *             cells: Record<'classic' | 'here' | 'ratio' | 'cycles' | 'walk', HTMLTableCellElement>, main: HTMLElement, second: HTMLElement,
 *             far: HTMLElement, like: HTMLElement }} Row */

const HEADS = /** @type {const} */ ([['Classic', 'number'], ['Here', 'number'], ['Ratio', 'number roomy'], ['Cycles', 'number wide'], ['1 ns = 100 m', 'wide']]);

export class LatencyTable {
  #board;
  #measure;
  #body = h('table', { class: 'latency' }, h('caption', { class: 'visually-hidden' }, 'Every number: classic, measured here, ratio, cycles, and as a distance'));
  /** @type {Row[]} */
  #rows = [];
  #distances = false;
  #draw = batched(() => this.#render());

  /**
   * @param {HTMLElement} place
   * @param {Board} board
   * @param {(only: string, event: MouseEvent) => void} measure follows a link that measures one row or group
   */
  constructor(place, board, measure) {
    this.#board = board;
    this.#measure = measure;
    place.append(h('div', { class: 'table-hold near', tabindex: 0, role: 'region', 'aria-label': 'All numbers, table' }, this.#body));
  }

  /** @param {boolean} distances instead of times */
  show(distances) {
    this.#distances = distances;
    this.change();
  }

  change() {
    this.#draw();
  }

  /** A link that measures. @param {string} only @param {string} text */
  #link(only, text) {
    const link = h('a', { href: `?only=${only}&run` }, text);
    link.addEventListener('click', (event) => this.#measure(only, event));
    return link;
  }

  #layOut() {
    const { sections } = this.#board;
    const open = new Set(this.#rows.filter((row) => !row.detail.hidden).map((row) => row.name));
    this.#rows = [];
    const head = h('tr', {}, h('th', { scope: 'col' }, 'What'), ...HEADS.map(([text, kind]) => h('th', { scope: 'col', class: kind }, text)));
    const bodies = sections.map(({ name, title, entries }) => {
      const rows = entries.map((entry) => this.#row(entry, open.has(entry.name)));
      for (const row of rows) this.#rows.push(row);
      const group = h('tr', { class: 'group' }, h('th', { scope: 'rowgroup', colspan: HEADS.length + 1 }, title, ' ', this.#link(name, 'measure these')));
      return h('tbody', {}, group, ...rows.flatMap(({ row, detail }) => [row, detail]));
    });
    this.#body.replaceChildren(/** @type {Node} */ (this.#body.caption), h('thead', {}, head), ...bodies);
  }

  /** @param {Entry} entry @param {boolean} open @returns {Row} */
  #row({ name, label }, open) {
    const method = methodOf(name);
    const button = h('button', { type: 'button', class: 'opener', 'aria-expanded': String(open), 'aria-controls': `about-${name}` }, ...(method ? [h('span', { class: 'swatch' })] : []), label);
    const cell = (kind = 'number') => h('td', { class: kind });
    const cells = { classic: cell(), here: cell(), ratio: cell('number roomy'), cycles: cell('number wide'), walk: cell('wide') };
    const [main, second, far, walk] = [h('span', { class: 'main' }), h('span', { class: 'second' }), h('span', { class: 'main' }), h('span', { class: 'second' })];
    cells.here.append(main, second);
    cells.walk.append(far, walk);
    const about = h('td', { colspan: HEADS.length + 1 });
    const detail = h('tr', { class: 'detail', id: `about-${name}`, hidden: !open }, about);
    button.addEventListener('click', () => {
      detail.hidden = !detail.hidden;
      button.setAttribute('aria-expanded', String(!detail.hidden));
    });
    const row = h('tr', { class: method ? methodClass(method) : null, 'data-row': name }, h('th', { scope: 'row' }, button), ...Object.values(cells));
    return { name, row, detail, about, button, cells, main, second, far, like: walk };
  }

  #render() {
    const { entries } = this.#board;
    if (this.#rows.map((row) => row.name).join() !== this.#board.sections.flatMap((section) => section.entries).map((entry) => entry.name).join()) this.#layOut();
    for (const row of this.#rows) {
      const entry = entries.find((one) => one.name === row.name);
      if (entry) this.#fill(row, entry);
    }
  }

  /** @param {Row} row @param {Entry} entry */
  #fill(row, entry) {
    const { cells } = row;
    const far = this.#distances;
    const { seconds: here, classicSeconds: classic, reason } = entry;
    row.row.classList.toggle('now', entry.state === 'current');
    row.row.classList.toggle('unmeasured', entry.state === 'reason');
    setText(cells.classic, classic === null ? '' : far ? distance(classic) : tickSeconds(classic));
    const waiting = entry.state === 'current' ? '…' : '–';
    setText(row.main, here !== null ? (far ? distance(here) : seconds(here)) : reason !== null ? sentence(reason) : waiting);
    setText(row.second, here === null ? '' : far ? seconds(here) : entry.low !== null ? interval(entry) : '');
    setText(cells.ratio, times(ratio(entry)).replace('–', ''));
    setText(cells.cycles, entry.cycles === null ? '' : cycles(entry.cycles, ['M', 'G']));
    setText(row.far, here === null || far ? '' : distance(here));
    setText(row.like, here === null ? '' : like(here));
    // A reason has the room of all the numbers that are not there.
    const why = here === null && reason !== null;
    cells.here.colSpan = why ? HEADS.length - 1 : 1;
    cells.here.className = why ? 'why-not' : 'number';
    for (const cell of [cells.ratio, cells.cycles, cells.walk]) cell.hidden = why;
    this.#tell(row, entry);
  }

  /** What it is here. @param {Row} row @param {Entry} entry */
  #tell(row, entry) {
    const { title, about, seconds: here, name } = entry;
    const what = about || 'What it really is here, the core says with the first run.';
    const often = ratio(entry);
    const facts = here === null ? '' : [`${distance(here)}, ${like(here)}`, ...(often === null ? [] : [`${significant(often)} times the classic number`]), ...(entry.cycles === null ? [] : [`${cycles(entry.cycles)} cycles of the processor`])].join('; ');
    const key = [title, what, facts].join('\n');
    if (row.about.dataset.key === key) return;
    row.about.dataset.key = key;
    row.about.replaceChildren(
      h('p', {}, ...(title && title !== entry.label ? [h('strong', {}, title), '. '] : []), what),
      ...(facts ? [h('p', { class: 'hint' }, `${facts}.`)] : []),
      h('p', {}, this.#link(name, 'Measure this alone')),
    );
  }
}
