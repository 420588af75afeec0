// Ticks of the time axis: steps of 1, 2 or 5, in the unit that keeps the labels short.

import { group, instant } from './words.js';

const UNITS = /** @type {const} */ ([[1e9, 's', 1e8], [1e6, 'ms', 1e5], [1e3, 'µs', 100], [1, 'ns', 0]]);

/**
 * @typedef {{ step: number, base: string, ticks: { time: number, label: string }[] }} Axis
 *   `base` is empty, or the moment that the labels count from: deep in a long run they would otherwise
 *   be all digits.
 */

/** A step of 1, 2 or 5 × 10ⁿ, not below `least`. @param {number} least */
export function niceStep(least) {
  const power = 10 ** Math.floor(Math.log10(least));
  for (const factor of [1, 2, 5]) if (power * factor >= least * 0.999999) return power * factor;
  return power * 10;
}

/**
 * @param {number} from @param {number} to nanoseconds
 * @param {number} most how many labels there is room for
 * @returns {Axis}
 */
export function axis(from, to, most) {
  const step = Math.max(1, niceStep((to - from) / Math.max(1, most)));
  const [size, unit] = UNITS.find(([, , least]) => step >= least) ?? UNITS[3];
  const bigger = size * 1000;
  const long = Math.abs(to) / size >= 10000;
  const base = long ? Math.floor(from / bigger) * bigger : 0;
  const digits = Math.max(0, Math.ceil(-Math.log10(step / size) - 1e-9));
  const ticks = [];
  for (let k = Math.ceil(from / step - 1e-9); k * step <= to; k++) {
    const time = k * step;
    ticks.push({ time, label: `${long ? '+' : ''}${group(((time - base) / size).toFixed(digits))} ${unit}` });
  }
  return { step, base: long ? instant(base, size === 1 ? 1 : bigger) : '', ticks };
}
