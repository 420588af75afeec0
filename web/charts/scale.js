// Axes: from values to pixels, and the ticks a person reads them by. Pure.
//
// A result may be anybody's file, with any number that there is. So no axis reaches beyond what a double can be
// divided and multiplied by, and nothing is placed outside its axis: what lies beyond is drawn at its end.

/** @typedef {{ (value: number): number, ticks: number[], domain: [number, number], log: boolean }} Scale */

const LEAST = 1e-300;
const MOST = 1e300;
/** Lines for powers of ten, at most. */
const MOST_DECADES = 16;

/** @param {number} value */
const bounded = (value) => (value > LEAST ? Math.min(MOST, value) : LEAST);

/** 1, 2 or 5 times a power of ten, about `count` of them between 0 and `top`. @param {number} top @param {number} count */
export function niceStep(top, count) {
  const raw = top / Math.max(1, count);
  if (!(raw > 0)) return 1;
  const power = 10 ** Math.floor(Math.log10(raw));
  return ([1, 2, 5].find((step) => step * power >= raw * 0.999) ?? 10) * power;
}

/** From zero. @param {number} top @param {[number, number]} span pixels @param {number} [count] @returns {Scale} */
export function linear(top, span, count = 5) {
  const most = top > 0 ? bounded(top) : 1;
  const step = niceStep(most, count);
  const high = Math.ceil(most / step - 1e-9) * step;
  const ticks = Array.from({ length: Math.round(high / step) + 1 }, (_, i) => Number((i * step).toPrecision(12)));
  return make((value) => value / high, span, ticks, [0, high], false);
}

/** @param {number} low @param {number} high @param {[number, number]} span @returns {Scale} */
export function logarithmic(low, high, span) {
  const from = Math.floor(Math.log10(bounded(low)) + 1e-9);
  const to = Math.max(from + 1, Math.ceil(Math.log10(bounded(high)) - 1e-9));
  const step = Math.ceil((to - from) / MOST_DECADES);
  const ticks = Array.from({ length: Math.floor((to - from) / step) + 1 }, (_, i) => Number(`1e${from + i * step}`));
  return make((value) => (Math.log10(Math.max(value, 10 ** from)) - from) / (to - from), span, ticks, [10 ** from, 10 ** to], true);
}

/**
 * Powers of two, and no more room than from the least to the most: for sizes of memory.
 * @param {number} low @param {number} high @param {[number, number]} span @param {number} [count] of ticks, at most
 * @returns {Scale}
 */
export function octaves(low, high, span, count = 10) {
  const from = Math.log2(bounded(low));
  const wide = Math.max(1, Math.log2(bounded(high)) - from);
  const step = Math.ceil((Math.floor(wide + 1e-9) + 1) / Math.max(1, count));
  const ticks = [];
  for (let power = Math.ceil(from - 1e-9); power <= from + wide + 1e-9; power += step) ticks.push(2 ** power);
  return make((value) => (Math.log2(bounded(value)) - from) / wide, span, ticks, [2 ** from, 2 ** (from + wide)], true);
}

/** Where a linear axis would crush the small values. @param {number} low @param {number} high @param {[number, number]} span @param {number} [count] */
export function fitting(low, high, span, count) {
  return low > 0 && high / low > 30 ? logarithmic(low, high, span) : linear(high, span, count);
}

/**
 * @param {(value: number) => number} part
 * @param {[number, number]} span
 * @param {number[]} ticks
 * @param {[number, number]} domain
 * @param {boolean} log
 * @returns {Scale}
 */
function make(part, [from, to], ticks, domain, log) {
  const scale = (/** @type {number} */ value) => {
    const at = part(value);
    return from + (to - from) * (at > 0 ? Math.min(at, 1) : 0);
  };
  return Object.assign(scale, { ticks, domain, log });
}
