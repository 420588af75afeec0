// The table of rules × executors. Every rule has its row from the start; only its cells change while a run
// goes on. A rule opens to what it means, its cases and their C.

import { batched, h, setText } from '../page/dom.js';
import { list } from '../page/format.js';
import { codeOf } from './code.js';
import { GROUPS, RULES } from './rules.js';
import { Tip } from '../page/tip.js';

/** @import { RuleCase } from './types.js' */
/** @import { Board, Cell } from './board.js' */
/** @import { Rule } from './rules.js' */
/** @typedef {{ rule: Rule, row: HTMLTableRowElement, detail: HTMLTableRowElement, body: HTMLElement, button: HTMLButtonElement,
 *             cells: Map<string, HTMLTableCellElement>, shown: Map<string, string> }} Row */

const MARKS = { pass: '✓', fail: '✕', 'n/a': 'n/a', waiting: '' };
const WORDS = { pass: 'passes', fail: 'fails', 'n/a': 'not applicable', waiting: 'not run yet' };

export class RuleTable {
  #board;
  #table;
  #head = h('tr');
  /** @type {Map<number, Row>} */
  #rows = new Map();
  /** @type {string[]} */
  #executors = [];
  #first = h('tbody', { hidden: true });
  #tip;
  /** In a run, of which the current executor's column is told. */
  #draw = batched(() => this.#render());
  /** Cases whose C is open, or was: it is kept. @type {Map<string, HTMLDetailsElement>} */
  #codes = new Map();

  /** @param {HTMLElement} place @param {Board} board */
  constructor(place, board) {
    this.#board = board;
    this.#table = h('table', { class: 'rules' }, h('caption', { class: 'visually-hidden' }, 'Rules and executors'), h('thead', {}, this.#head), this.#first);
    for (const { rule, title, meaning } of RULES) this.#rows.set(rule, this.#row({ rule, title, meaning }));
    place.append(this.#table);
    this.#tip = new Tip(place, this.#table);
    this.begin();
  }

  /** A run begins, or what there is is laid out for the first time. */
  begin() {
    const { executors } = this.#board;
    if (executors.join() !== this.#executors.join()) {
      this.#executors = [...executors];
      this.#head.replaceChildren(h('th', { scope: 'col' }, 'Rule'), ...executors.map((name) => h('th', { scope: 'col', class: `executor m-${name}` }, h('span', {}, name))));
      for (const row of this.#rows.values()) {
        row.cells = new Map(executors.map((name) => [name, h('td', { class: 'mark' })]));
        row.row.replaceChildren(/** @type {Node} */ (row.row.firstChild), ...row.cells.values());
        /** @type {HTMLTableCellElement} */ (row.detail.firstChild).colSpan = executors.length + 1;
        row.shown.clear();
      }
    }
    this.#order([]);
    this.change();
  }

  /** Something is known that was not. */
  change() {
    this.#draw();
  }

  /** The run is over: rules that failed come first, and are open. @param {number[]} failing */
  end(failing) {
    this.#order(failing);
    for (const rule of failing) this.#open(/** @type {Row} */ (this.#rows.get(rule)), true);
    this.change();
  }

  /** @param {number[]} failing */
  #order(failing) {
    const groups = GROUPS.map(({ title, rules }) => {
      const rows = rules.filter(({ rule }) => !failing.includes(rule)).flatMap(({ rule }) => this.#pair(rule));
      return rows.length > 0 ? [h('tbody', {}, this.#heading(title), ...rows)] : [];
    }).flat();
    this.#first.replaceChildren(this.#heading('Failed'), ...failing.flatMap((rule) => this.#pair(rule)));
    this.#first.hidden = failing.length === 0;
    for (const old of [...this.#table.tBodies]) if (old !== this.#first) old.remove();
    this.#table.append(...groups);
  }

  /** @param {number} rule */
  #pair(rule) {
    const row = this.#rows.get(rule);
    return row ? [row.row, row.detail] : [];
  }

  /** @param {string} title */
  #heading(title) {
    return h('tr', { class: 'group' }, h('th', { scope: 'rowgroup', colspan: this.#executors.length + 1 }, title));
  }

  /** @param {Rule} rule @returns {Row} */
  #row(rule) {
    const id = `rule-${rule.rule}`;
    const button = h('button', { type: 'button', class: 'opener', 'aria-expanded': 'false', 'aria-controls': id },
      h('span', { class: 'rule-number' }, rule.rule > 0 ? String(rule.rule) : ''), h('span', { class: 'rule-title' }, rule.title));
    const body = h('div', { class: 'rule-body' });
    const row = {
      rule, button, body,
      row: h('tr', {}, h('th', { scope: 'row' }, button)),
      detail: h('tr', { class: 'detail', id, hidden: true }, h('td', {}, body)),
      cells: new Map(),
      shown: new Map(),
    };
    button.addEventListener('click', () => {
      this.#open(row, Boolean(row.detail.hidden));
      this.#detail(row);
    });
    return row;
  }

  /** @param {Row} row @param {boolean} open */
  #open(row, open) {
    row.detail.hidden = !open;
    row.button.setAttribute('aria-expanded', String(open));
  }

  #render() {
    for (const row of this.#rows.values()) {
      for (const [executor, td] of row.cells) {
        const cell = this.#board.cell(row.rule.rule, executor);
        const key = `${cell.state} ${cell.done} ${cell.total} ${cell.reasons.join()}`;
        if (row.shown.get(executor) === key) continue;
        row.shown.set(executor, key);
        this.#fill(td, cell, `${row.rule.rule > 0 ? `Rule ${row.rule.rule}` : row.rule.title} on ${executor}`);
      }
      if (!row.detail.hidden) this.#detail(row);
    }
    this.#tip.refresh();
  }

  /** @param {HTMLTableCellElement} td @param {Cell} cell @param {string} where */
  #fill(td, cell, where) {
    td.className = `mark is-${cell.state === 'n/a' ? 'na' : cell.state}`;
    if (cell.state === 'waiting') {
      td.replaceChildren(cell.done > 0 ? `${cell.done}/${cell.total}` : h('span', { class: 'visually-hidden' }, WORDS.waiting));
      return;
    }
    if (cell.reasons.length === 0) {
      td.replaceChildren(h('span', { 'aria-hidden': 'true' }, MARKS[cell.state]), h('span', { class: 'visually-hidden' }, WORDS[cell.state]));
      return;
    }
    const words = `${where}: ${WORDS[cell.state]}. ${cell.reasons.join(' ')}`;
    td.replaceChildren(h('button', { type: 'button', class: 'why', tabindex: -1, 'aria-label': words, 'data-tip': cell.reasons.join(' ') }, MARKS[cell.state]));
  }

  /** What an open rule shows. @param {Row} row */
  #detail({ rule, body }) {
    const cases = this.#board.casesOf(rule.rule);
    if (body.childElementCount === 0) body.append(h('p', { class: 'rule-meaning' }, rule.meaning), h('div', { class: 'cases' }), h('p', { class: 'caption' }));
    const [, holder, note] = /** @type {[HTMLElement, HTMLElement, HTMLElement]} */ (/** @type {unknown} */ (body.children));
    setText(note, cases.length > 0 ? '' : 'The first run lists the cases that test it, with their C.');
    const names = cases.map((one) => one.case).join();
    if (holder.dataset.names !== names) {
      holder.dataset.names = names;
      holder.replaceChildren(...cases.map((one) =>
        h('section', { class: 'case' }, h('h3', {}, one.title), h('p', {}, one.meaning), h('ul', { class: 'remarks' }), this.#code(one))));
    }
    cases.forEach((one, i) => {
      const remarks = holder.children[i]?.querySelector('ul');
      const lines = this.#caseLines(one);
      if (!remarks || remarks.dataset.lines === lines.join('\n')) return;
      remarks.dataset.lines = lines.join('\n');
      remarks.replaceChildren(...lines.map((line) => h('li', {}, line)));
    });
  }

  /** @param {RuleCase} one */
  #caseLines(one) {
    /** @type {string[]} */
    const passed = [];
    /** By reason. @type {Map<string, string[]>} */
    const excepted = new Map();
    /** @type {string[]} */
    const lines = [];
    for (const executor of this.#executors) {
      const result = this.#board.result(one.case, executor);
      if (!result) continue;
      if (result.status === 'pass') passed.push(executor);
      else if (result.status === 'fail') lines.push(`Fails on ${executor}: ${result.reason || 'no reason was given'}`);
      else excepted.set(result.reason ?? '', [...(excepted.get(result.reason ?? '') ?? []), executor]);
    }
    if (passed.length > 0) lines.push(`Passes on ${list(passed)}.`);
    for (const [reason, executors] of excepted) lines.push(`Not applicable to ${list(executors)}${reason ? `: ${reason}` : ''}`);
    return lines;
  }

  /** @param {RuleCase} one */
  #code(one) {
    let details = this.#codes.get(one.case);
    if (!details) {
      const made = h('details', {}, h('summary', {}, `${one.case} in ${one.source}`));
      made.addEventListener('toggle', async () => {
        if (made.open && made.childElementCount === 1) made.append(await codeOf(one));
      });
      this.#codes.set(one.case, made);
      details = made;
    }
    return details;
  }
}
