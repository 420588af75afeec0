// Samples: the named sections of a run. The coordinator marks where each begins and ends; the plan says
// what its cell number stands for.

/**
 * @typedef {{ cell: number, workload: string, method: string, workers: number, tasks?: number }} Cell
 * @typedef {{ cell: number, round: number, start: number, end: number }} Section
 *   `round` counts the cell's samples from 1; `end` is Infinity while the sample is running.
 */

export class Sections {
  constructor() {
    /** In order of time; they do not overlap. @type {Section[]} */
    this.list = [];
    /** @type {Map<number, Cell>} */
    this.cells = new Map();
    /** Samples begun so far by cell, forgotten ones included. @type {Map<number, number>} */
    this.rounds = new Map();
  }

  /** @param {Cell[]} cells */
  setPlan(cells) {
    this.cells = new Map(cells.map((cell) => [cell.cell, cell]));
  }

  /** @param {number} time @param {number} cell */
  begin(time, cell) {
    const last = this.list.at(-1);
    if (last && last.end === Infinity) last.end = time; // its end was lost
    const round = (this.rounds.get(cell) ?? 0) + 1;
    this.rounds.set(cell, round);
    this.list.push({ cell, round, start: time, end: Infinity });
  }

  /** Returns whether there was a beginning to end. @param {number} time @param {number} cell */
  end(time, cell) {
    const last = this.list.at(-1);
    if (!last || last.end !== Infinity || last.cell !== cell) return false;
    last.end = time;
    return true;
  }

  /** The section that `time` is in. @param {number} time */
  at(time) {
    const section = this.list[this.firstAfter(time) - 1];
    return section && time < section.end ? section : undefined;
  }

  /** Index of the first section that begins after `time`. @param {number} time */
  firstAfter(time) {
    let low = 0;
    let high = this.list.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.list[middle].start <= time) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** @param {number} cell */
  of(cell) {
    return this.list.filter((section) => section.cell === cell);
  }

  /** The cells that have samples or a plan, in order. */
  known() {
    return [...new Set([...this.cells.keys(), ...this.rounds.keys()])].sort((a, b) => a - b);
  }

  /** @param {number} cell */
  label(cell) {
    const plan = this.cells.get(cell);
    if (!plan) return `cell ${cell}`;
    return `${plan.workload} · ${plan.method}${plan.workers > 1 ? ` · ${plan.workers} workers` : ''}`;
  }

  /** The workload that ran at `time`, if it is known. @param {number} time */
  workloadAt(time) {
    const section = this.at(time);
    return section ? this.cells.get(section.cell)?.workload : undefined;
  }

  /** Forgets sections that ended before `time`. @param {number} time */
  dropBefore(time) {
    let gone = 0;
    while (gone < this.list.length && this.list[gone].end <= time) gone++;
    this.list.splice(0, gone);
  }
}
