// A count that changes in steps: tasks in the queue, awaits in flight.
//
// Every BLOCK steps the table keeps the largest count of the block and the integral of the count until
// its first step, so that the largest and the mean count of any interval cost one short scan each.
// Counts below zero (a lost event, or a clock a little ahead of another) are kept, so that the next
// steps stay right, and shown as zero.

import { grown } from './spans.js';

const BLOCK = 64;

/** What made a step. The order is that of steps at one instant: a coarse clock makes ties ordinary. */
export const RESET_BEFORE = 0;
export const MORE = 1;
export const LESS = 2;
export const RESET_AFTER = 3;

export class StepTable {
  constructor() {
    this.count = 0;
    this.capacity = 64;
    this.time = new Float64Array(this.capacity);
    /** The count from this step until the next. */
    this.level = new Int32Array(this.capacity);
    this.task = new Uint32Array(this.capacity);
    /** What made the step, and above its two bits the reason of an await. */
    this.mark = new Uint8Array(this.capacity);
    this.lane = new Uint16Array(this.capacity);
    this.peaks = new Int32Array(1);
    this.integrals = new Float64Array(1);
    /** Steps whose level and block are up to date. */
    this.indexed = 0;
    /** The largest count there is. */
    this.peak = 0;
    /** The count before the first step: other than 0 when older steps were forgotten. */
    this.base = 0;
    /** Steps not merged yet, in order of arrival: [time, mark, task, lane] each. @type {number[]} */
    this.late = [];
  }

  /**
   * Appends a step at or after the last one.
   * @param {number} time @param {number} kind @param {number} task @param {number} reason @param {number} lane
   */
  push(time, kind, task, reason, lane) {
    if (this.count === this.capacity) this.#grow(this.count + 1);
    const i = this.count++;
    this.time[i] = time;
    this.task[i] = task;
    this.mark[i] = kind | (reason << 2);
    this.lane[i] = lane;
  }

  /**
   * Appends a step at any time: it is put in its place by the next settle().
   * @param {number} time @param {number} kind @param {number} task @param {number} lane
   */
  insert(time, kind, task, lane) {
    this.late.push(time, kind, task, lane);
  }

  /** Puts late steps in their places and brings the index up to date. Call before reading. */
  settle() {
    if (this.late.length > 0) this.#merge();
    if (this.indexed < this.count) this.#index();
  }

  /** The last step at or before `time`; -1 before the first. @param {number} time */
  find(time) {
    let low = 0;
    let high = this.count;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.time[middle] <= time) low = middle + 1;
      else high = middle;
    }
    return low - 1;
  }

  /** The count at `time`. @param {number} time */
  at(time) {
    const i = this.find(time);
    return i < 0 ? 0 : Math.max(0, this.level[i]);
  }

  /** The largest count between the steps `first` and `last`, both included. @param {number} first @param {number} last */
  peakOf(first, last) {
    let peak = 0;
    let i = Math.max(0, first);
    while (i <= last) {
      if (i % BLOCK === 0 && i + BLOCK <= last) {
        peak = Math.max(peak, this.peaks[i / BLOCK]);
        i += BLOCK;
      } else {
        if (this.level[i] > peak) peak = this.level[i];
        i++;
      }
    }
    return peak;
  }

  /** The integral of the count until `time`, which step `i` = find(time) precedes. @param {number} time @param {number} i */
  integralAt(time, i) {
    if (i < 0) return 0;
    const first = i - (i % BLOCK);
    let sum = this.integrals[i / BLOCK | 0];
    for (let k = first; k < i; k++) sum += Math.max(0, this.level[k]) * (this.time[k + 1] - this.time[k]);
    return sum + Math.max(0, this.level[i]) * (time - this.time[i]);
  }

  /** The largest and the mean count within [from, to). @param {number} from @param {number} to */
  summary(from, to) {
    const first = this.find(from);
    const last = this.find(to);
    const area = this.integralAt(to, last) - this.integralAt(from, first);
    return { peak: this.peakOf(first, last), mean: to > from ? area / (to - from) : 0 };
  }

  /** Forgets steps before `time`, but the last: it says what the count was. @param {number} time */
  dropBefore(time) {
    this.settle();
    const dropped = this.find(time);
    if (dropped <= 0) return 0;
    this.base = this.level[dropped - 1];
    this.#move(0, dropped, this.count);
    this.level.copyWithin(0, dropped, this.count);
    this.count -= dropped;
    this.indexed = 0;
    this.#index(true);
    return dropped;
  }

  #merge() {
    const { late } = this;
    const fresh = late.length / 4;
    const order = new Uint32Array(fresh);
    for (let i = 0; i < fresh; i++) order[i] = i * 4;
    let sorted = true;
    for (let i = 1; i < fresh && sorted; i++) sorted = compare(late, order[i - 1], order[i]) <= 0;
    if (!sorted) order.sort((a, b) => compare(late, a, b) || a - b);
    if (this.count + fresh > this.capacity) this.#grow(this.count + fresh);

    // Merge from the end: what is already here moves once, and only what is younger than the newcomers.
    let from = this.count - 1;
    let to = this.count + fresh - 1;
    for (let k = fresh - 1; k >= 0; k--) {
      const p = order[k];
      const time = late[p];
      const kind = late[p + 1];
      while (from >= 0 && (this.time[from] > time || (this.time[from] === time && (this.mark[from] & 3) > kind))) {
        this.#move(to--, from, from + 1);
        from--;
      }
      this.time[to] = time;
      this.mark[to] = kind;
      this.task[to] = late[p + 2];
      this.lane[to--] = late[p + 3];
    }
    this.count += fresh;
    this.indexed = Math.min(this.indexed, from + 1);
    this.late = [];
  }

  /** @param {number} to @param {number} from @param {number} end */
  #move(to, from, end) {
    if (end - from === 1) {
      this.time[to] = this.time[from];
      this.task[to] = this.task[from];
      this.mark[to] = this.mark[from];
      this.lane[to] = this.lane[from];
      return;
    }
    for (const column of [this.time, this.task, this.mark, this.lane]) column.copyWithin(to, from, end);
  }

  /** @param {boolean} [keepLevels] the levels are right already: only the blocks are rebuilt */
  #index(keepLevels = false) {
    const blocks = Math.ceil(this.count / BLOCK);
    if (blocks > this.peaks.length) {
      this.peaks = grown(this.peaks, Math.ceil(this.capacity / BLOCK));
      this.integrals = grown(this.integrals, Math.ceil(this.capacity / BLOCK));
    }
    const firstBlock = Math.floor(this.indexed / BLOCK);
    for (let block = firstBlock; block < blocks; block++) {
      const first = block * BLOCK;
      const last = Math.min(first + BLOCK, this.count);
      this.integrals[block] = first === 0 ? 0 : this.integralAt(this.time[first], first - 1);
      let peak = 0;
      for (let i = first; i < last; i++) {
        if (!keepLevels && i >= this.indexed) {
          const before = i === 0 ? this.base : this.level[i - 1];
          const kind = this.mark[i] & 3;
          this.level[i] = kind === MORE ? before + 1 : kind === LESS ? before - 1 : 0;
        }
        if (this.level[i] > peak) peak = this.level[i];
      }
      this.peaks[block] = peak;
    }
    this.indexed = this.count;
    this.peak = 0;
    for (let block = 0; block < blocks; block++) if (this.peaks[block] > this.peak) this.peak = this.peaks[block];
  }

  /** @param {number} needed */
  #grow(needed) {
    while (this.capacity < needed) this.capacity *= 2;
    this.time = grown(this.time, this.capacity);
    this.level = grown(this.level, this.capacity);
    this.task = grown(this.task, this.capacity);
    this.mark = grown(this.mark, this.capacity);
    this.lane = grown(this.lane, this.capacity);
  }
}

/** @param {number[]} late @param {number} a @param {number} b */
function compare(late, a, b) {
  return late[a] - late[b] || late[a + 1] - late[b + 1];
}
