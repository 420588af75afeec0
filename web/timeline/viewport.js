// Which part of time is shown. Pure: the view asks it, gestures move it.

/** Nanoseconds that the narrowest view shows. */
export const NARROWEST = 1000;
const GLIDE_MS = 160;

export class Viewport {
  constructor() {
    /** What there is to show. */
    this.begin = 0;
    this.end = 1e9;
    /** What is shown. */
    this.from = 0;
    this.to = 1e9;
    /** Whether everything is shown, and stays so when more comes. */
    this.whole = true;
    /** @type {{ from: number, to: number, start: number, goalFrom: number, goalTo: number } | null} */
    this.glide = null;
  }

  get range() {
    return this.to - this.from;
  }

  /** @param {number} begin @param {number} end */
  setDomain(begin, end) {
    if (!(end > begin)) end = begin + NARROWEST;
    if (begin === this.begin && end === this.end) return;
    this.begin = begin;
    this.end = end;
    if (this.whole) this.#set(begin, end);
    else if (!this.glide) this.#set(this.from, this.to);
  }

  /** @param {number} from @param {number} to */
  show(from, to) {
    this.glide = null;
    this.whole = false;
    this.#set(from, to);
  }

  fit() {
    this.glide = null;
    this.whole = true;
    this.#set(this.begin, this.end);
  }

  /** By a part of what is shown: 1 is a whole width to the right. @param {number} part */
  pan(part) {
    const by = this.range * part;
    this.show(this.from + by, this.to + by);
  }

  /** Keeps the moment `at` where it is. @param {number} factor below 1 shows less @param {number} at */
  zoom(factor, at) {
    const range = Math.min(Math.max(this.range * factor, NARROWEST), (this.end - this.begin) * 1.04);
    const part = this.range > 0 ? (at - this.from) / this.range : 0.5;
    this.show(at - part * range, at + (1 - part) * range);
  }

  /**
   * Moves there in a few frames, or at once for people who want less motion.
   * @param {number} from @param {number} to @param {number} time performance.now() @param {boolean} still
   */
  glideTo(from, to, time, still) {
    const glide = { from: this.from, to: this.to, start: time, goalFrom: from, goalTo: to };
    this.show(from, to);
    if (still) return;
    this.glide = { ...glide, goalFrom: this.from, goalTo: this.to };
    this.step(time);
  }

  /** Goes on gliding. Returns whether there is more to come. @param {number} time */
  step(time) {
    if (!this.glide) return false;
    const { from, to, start, goalFrom, goalTo } = this.glide;
    const part = Math.min(1, Math.max(0, (time - start) / GLIDE_MS));
    const eased = 1 - (1 - part) ** 3;
    this.from = from + (goalFrom - from) * eased;
    this.to = to + (goalTo - to) * eased;
    if (part >= 1) this.glide = null;
    return part < 1;
  }

  /** Keeps within the domain, and a little around it. @param {number} from @param {number} to */
  #set(from, to) {
    const domain = this.end - this.begin;
    const range = Math.min(Math.max(to - from, Math.min(NARROWEST, domain)), domain * 1.04);
    const margin = Math.min(domain * 0.02, range * 0.1);
    const lowest = this.begin - margin;
    const highest = this.end + margin;
    const middle = (from + to) / 2;
    this.from = range >= highest - lowest
      ? (this.begin + this.end - range) / 2
      : Math.min(Math.max(middle - range / 2, lowest), highest - range);
    this.to = this.from + range;
  }
}
