// What one lane did: spans that follow each other without overlap, the gaps between them idle.
//
// Level of detail. Every BLOCK spans, a row keeps the time spent in each state since the beginning.
// The time per state in any interval is then the difference of two rows and at most 2 × BLOCK spans at
// the edges, so that a pixel costs the same whether it shows one span or a million, and what is drawn
// is exact at every zoom: times are whole nanoseconds, and their sums stay below 2^53.
//
// Memory: 21 bytes a span and 10 for its share of the rows.

import { OUTCOME_NONE, STATE_COUNT, TASK_SLOT } from './events.js';

/** Spans per row of sums; also the unit in which old spans are dropped. */
export const BLOCK = 8;
const STATE_MASK = 15;
const OUTCOME_SHIFT = 4;

export class SpanTable {
  constructor() {
    /** Spans that have ended. */
    this.count = 0;
    /** Whether the slot after them holds a span that has not: its end is Infinity. */
    this.isOpen = false;
    this.capacity = 64;
    this.start = new Float64Array(this.capacity);
    this.end = new Float64Array(this.capacity);
    this.task = new Uint32Array(this.capacity);
    /** State in the low four bits, outcome above. */
    this.mark = new Uint8Array(this.capacity);
    this.sums = new Float64Array((this.capacity / BLOCK + 1) * STATE_COUNT);
  }

  /** Ended spans and the open one. */
  get length() {
    return this.isOpen ? this.count + 1 : this.count;
  }

  /** @param {number} i */
  state(i) {
    return this.mark[i] & STATE_MASK;
  }

  /** @param {number} i */
  outcome(i) {
    return this.mark[i] >> OUTCOME_SHIFT;
  }

  /** Opens a span; none may be open. @param {number} time @param {number} state @param {number} task */
  open(time, state, task) {
    if (this.count === this.capacity) this.#grow();
    const i = this.count;
    this.start[i] = time;
    this.end[i] = Infinity;
    this.task[i] = task;
    this.mark[i] = state;
    this.isOpen = true;
  }

  /**
   * Ends the open span. `state` replaces what it was opened with, for one that turns out to be unknown.
   * @param {number} time @param {number} [outcome] @param {number} [state]
   */
  close(time, outcome = OUTCOME_NONE, state = this.mark[this.count] & STATE_MASK) {
    const i = this.count;
    this.end[i] = time;
    this.mark[i] = state | (outcome << OUTCOME_SHIFT);
    this.isOpen = false;
    this.count = i + 1;
    if (this.count % BLOCK === 0) this.#addRow();
  }

  /**
   * The first span from `from` on that ends after `time`; `length` when none does.
   * @param {number} time @param {number} [from]
   */
  find(time, from = 0) {
    const { end } = this;
    const length = this.length;
    let low = from;
    // Gallop first: drawing asks for neighbouring times.
    let step = 1;
    while (low + step < length && end[low + step - 1] <= time) {
      low += step;
      step *= 2;
    }
    let high = Math.min(low + step, length);
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (end[middle] <= time) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /**
   * Adds to `out` the nanoseconds of each state within [from, to), and in TASK_SLOT the tasks ended by
   * spans that end in (from, to]. `to` bounds an open span too.
   * @param {number} from @param {number} to @param {Float64Array} out
   * @param {number} [first] find(from), if known @param {number} [last] find(to), if known
   */
  addTimes(from, to, out, first = this.find(from), last = this.find(to, first)) {
    const { start, end, mark, sums } = this;
    let i = first;
    if (i < last && start[i] < from) {
      out[mark[i] & STATE_MASK] += end[i] - from;
      if (mark[i] >> OUTCOME_SHIFT) out[TASK_SLOT]++;
      i++;
    }
    if (last - i >= 2 * BLOCK) {
      const firstRow = Math.ceil(i / BLOCK);
      const lastRow = Math.floor(last / BLOCK);
      this.#addWhole(i, firstRow * BLOCK, out);
      const a = firstRow * STATE_COUNT;
      const b = lastRow * STATE_COUNT;
      for (let slot = 0; slot < STATE_COUNT; slot++) out[slot] += sums[b + slot] - sums[a + slot];
      i = lastRow * BLOCK;
    }
    this.#addWhole(i, last, out);
    if (last < this.length && this.start[last] < to) {
      out[this.mark[last] & STATE_MASK] += to - Math.max(from, this.start[last]);
    }
  }

  /**
   * Forgets ended spans that end at or before `time`, in whole blocks. Returns how many.
   * @param {number} time
   */
  dropBefore(time) {
    const rows = Math.floor(Math.min(this.find(time), this.count) / BLOCK);
    const dropped = rows * BLOCK;
    if (dropped === 0) return 0;
    const length = this.length;
    for (const column of [this.start, this.end, this.task, this.mark]) column.copyWithin(0, dropped, length);
    this.sums.copyWithin(0, rows * STATE_COUNT, (Math.floor(this.count / BLOCK) + 1) * STATE_COUNT);
    this.count -= dropped;
    return dropped;
  }

  /** Adds spans that lie within the interval as a whole. @param {number} i @param {number} last @param {Float64Array} out */
  #addWhole(i, last, out) {
    const { start, end, mark } = this;
    for (; i < last; i++) {
      const what = mark[i];
      out[what & STATE_MASK] += end[i] - start[i];
      if (what >> OUTCOME_SHIFT) out[TASK_SLOT]++;
    }
  }

  #addRow() {
    const { sums } = this;
    const at = (this.count / BLOCK) * STATE_COUNT;
    sums.copyWithin(at, at - STATE_COUNT, at);
    this.#addWhole(this.count - BLOCK, this.count, sums.subarray(at, at + STATE_COUNT));
  }

  #grow() {
    this.capacity *= 2;
    this.start = grown(this.start, this.capacity);
    this.end = grown(this.end, this.capacity);
    this.task = grown(this.task, this.capacity);
    this.mark = grown(this.mark, this.capacity);
    this.sums = grown(this.sums, (this.capacity / BLOCK + 1) * STATE_COUNT);
  }
}

/**
 * The same values in a longer array.
 * @template {Float64Array | Uint32Array | Int32Array | Uint16Array | Uint8Array} T
 * @param {T} column @param {number} length @returns {T}
 */
export function grown(column, length) {
  const bigger = /** @type {T} */ (new /** @type {any} */ (column.constructor)(length));
  bigger.set(column);
  return bigger;
}
