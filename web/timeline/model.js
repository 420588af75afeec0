// What the timeline knows: lanes with their spans, tasks in the queue, sections. No DOM: Node runs it too.
//
// Live batches are appended as they come. Each lane's events are in order, lanes are not in order among
// each other, and a lane may be described after its first events. Times become nanoseconds since the
// first event seen, as doubles: exact for 104 days.
//
// Memory is bounded: at most `maxRecords` records (a span, or a step of a count), of which an event makes
// at most two. The default of 2,000,000, about 60 MB, keeps at least the newest million events. Beyond it
// the oldest eighth is forgotten, and counted in `dropped`.

import { EVENT_BYTES, GIL_TIMEOUT, GIL_YIELD, IDLE, NOBODY, SAMPLE, START, STATE_COUNT, SUBMIT, TASK_SLOT } from './events.js';
import { Lane } from './lane.js';
import { Sections } from './sections.js';
import { LESS, MORE, RESET_AFTER, RESET_BEFORE, StepTable } from './steps.js';

/** @typedef {import('../../worker/protocol.js').Lane} LaneInfo */
/** @typedef {{ time: Float64Array, tasks: number, idle: number, span: number, awaits: { peak: number, mean: number } | null }} Totals */

export const DEFAULT_MAX_RECORDS = 2_000_000;

export class Model {
  /** @param {{ maxRecords?: number }} [options] */
  constructor({ maxRecords = DEFAULT_MAX_RECORDS } = {}) {
    this.maxRecords = maxRecords;
    /** In order of appearance. @type {Lane[]} */
    this.lanes = [];
    /** @type {(Lane | undefined)[]} */
    this.byId = [];
    this.sections = new Sections();
    /** Tasks submitted and not started. */
    this.queue = new StepTable();
    /** First and last instant known; Infinity and -Infinity without events. */
    this.begin = Infinity;
    this.now = -Infinity;
    this.events = 0;
    /** Records forgotten to bound memory. */
    this.dropped = 0;
    /** Events overwritten before anyone read them, as told by the host. */
    this.lost = 0;
    /** Events of a kind this page does not know. */
    this.foreign = 0;
    /** Changes with everything appended: rows may have to be laid out anew. */
    this.shape = 0;
    this.#originLow = 0;
    this.#originHigh = 0;
  }
  #originLow;
  #originHigh;

  /** @param {LaneInfo[]} lanes */
  describe(lanes) {
    for (const info of lanes) this.#lane(info.id).describe(info);
    this.shape++;
  }

  /** The lane with this number. @param {number} id */
  #lane(id) {
    let lane = this.byId[id];
    if (!lane) {
      lane = this.byId[id] = new Lane(id);
      this.lanes.push(lane);
    }
    return lane;
  }

  /**
   * Appends the records `from` … `to` of a buffer of 16-byte events.
   * @param {ArrayBuffer} buffer @param {number} [from] @param {number} [to]
   */
  append(buffer, from = 0, to = Math.floor(buffer.byteLength / EVENT_BYTES)) {
    const words = new Uint32Array(buffer, from * EVENT_BYTES, (to - from) * (EVENT_BYTES / 4));
    if (this.events === 0 && words.length > 0) {
      this.#originLow = words[0];
      this.#originHigh = words[1];
    }
    if (from === 0) this.#foresee(new Uint32Array(buffer, 0, Math.floor(buffer.byteLength / EVENT_BYTES) * (EVENT_BYTES / 4)));
    for (let at = 0; at < words.length; at += 4) {
      let time = (words[at + 1] - this.#originHigh) * 4294967296 + (words[at] - this.#originLow);
      const packed = words[at + 3];
      const lane = this.byId[packed >>> 16] ?? this.#lane(packed >>> 16);
      if (time < lane.last) time = lane.last;
      lane.last = time;
      if (time < this.begin && this.dropped === 0) this.begin = time;
      if (time > this.now) this.now = time;
      this.#take(lane, packed & 255, time, words[at + 2], (packed >>> 8) & 255);
    }
    this.events += to - from;
    if ((to + 1) * EVENT_BYTES > buffer.byteLength) for (const lane of this.lanes) lane.catchUp(this.now);
    this.shape++;
    if (this.records() > this.maxRecords) this.#trim();
  }

  /**
   * Tells lanes when they are asked to drop the GIL: the request is an event of the lane that asks, which in
   * a batch may come after the holder's. One that comes a batch later than the drop it led to is not shown.
   * @param {Uint32Array} words
   */
  #foresee(words) {
    for (let at = 0; at < words.length; at += 4) {
      const packed = words[at + 3];
      if ((packed & 0xffff) !== (GIL_TIMEOUT | (1 << 8))) continue;
      const holder = words[at + 2] & 0xffff;
      if (holder !== NOBODY) this.#lane(holder).ask((words[at + 1] - this.#originHigh) * 4294967296 + (words[at] - this.#originLow));
    }
  }

  /** @param {Lane} lane @param {number} kind @param {number} time @param {number} task @param {number} arg */
  #take(lane, kind, time, task, arg) {
    if (kind === SUBMIT) {
      this.queue.insert(time, MORE, task, lane.id);
    } else if (kind === SAMPLE) {
      if (arg) this.sections.begin(time, task);
      else if (!this.sections.end(time, task)) lane.unmatched++;
      this.queue.insert(time, arg ? RESET_BEFORE : RESET_AFTER, 0, lane.id);
    } else if (kind >= START && kind <= GIL_YIELD) {
      if (kind === START) this.queue.insert(time, LESS, task, lane.id);
      lane.accept(kind, time, task, arg);
    } else this.foreign++;
  }

  /** Brings every count up to date: call before reading them. */
  settle() {
    this.queue.settle();
    for (const lane of this.lanes) lane.awaits?.settle();
  }

  /** Spans and steps kept. */
  records() {
    let records = this.queue.count + this.queue.late.length / 4;
    for (const lane of this.lanes) records += lane.spans.count + (lane.awaits ? lane.awaits.count : 0);
    return records;
  }

  unmatched() {
    return this.lanes.reduce((sum, lane) => sum + lane.unmatched, 0);
  }

  /**
   * What a lane did within [from, to): nanoseconds by state, idle included, and tasks ended.
   * @param {Lane} lane @param {number} from @param {number} to @returns {Totals}
   */
  totals(lane, from, to) {
    const time = new Float64Array(STATE_COUNT);
    const span = Math.max(0, to - from);
    if (span > 0) lane.spans.addTimes(from, to, time);
    const tasks = time[TASK_SLOT];
    time[TASK_SLOT] = 0;
    const idle = Math.max(0, span - time.reduce((sum, part) => sum + part, 0));
    time[IDLE] = idle;
    const awaits = lane.awaits && span > 0 ? lane.awaits.summary(from, to) : null;
    return { time, tasks, idle, span, awaits };
  }

  /** Forgets the oldest, until seven eighths of the maximum are left. */
  #trim() {
    this.settle();
    const goal = this.maxRecords - this.maxRecords / 8;
    let low = this.begin;
    let high = this.now;
    const before = this.records();
    for (let step = 0; step < 48 && high - low > 1; step++) {
      const middle = (low + high) / 2;
      let kept = this.queue.count - Math.max(0, this.queue.find(middle));
      for (const { spans, awaits } of this.lanes) {
        kept += spans.count - Math.min(spans.find(middle), spans.count);
        if (awaits) kept += awaits.count - Math.max(0, awaits.find(middle));
      }
      if (kept > goal) low = middle;
      else high = middle;
    }
    this.queue.dropBefore(high);
    for (const { spans, awaits } of this.lanes) {
      spans.dropBefore(high);
      awaits?.dropBefore(high);
    }
    this.sections.dropBefore(high);
    this.dropped += before - this.records();
    this.begin = high;
  }
}
