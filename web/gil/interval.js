// The switch interval: 1 µs to 1 s on a logarithmic slider. Pure.

import { tickSeconds } from '../page/format.js';

export const LEAST_US = 1;
export const MOST_US = 1_000_000;
export const USUAL_US = 5000;

/** The slider's scale: decades above 1 µs. @param {number} us */
export function toSlider(us) {
  return Math.log10(Math.min(MOST_US, Math.max(LEAST_US, us)));
}

/** Two digits at most: nobody means 4.97 ms. @param {number} position */
export function fromSlider(position) {
  const exact = 10 ** Math.min(toSlider(MOST_US), Math.max(0, position));
  return Number(exact.toPrecision(2)) < 10 ? Math.round(exact) : Number(exact.toPrecision(2));
}

/** The next of 1, 2, 3 … 9, 10, 20 … in a direction: what an arrow key goes to. @param {number} us @param {1 | -1} way */
export function step(us, way) {
  const size = 10 ** Math.floor(Math.log10(us) + (way < 0 ? -1e-9 : 1e-9));
  const next = way > 0 ? (Math.floor(us / size + 1e-9) + 1) * size : (Math.ceil(us / size - 1e-9) - 1) * size;
  return Math.min(MOST_US, Math.max(LEAST_US, next));
}

/**
 * What a key makes of the interval; null: the key is none of the slider's.
 * @param {string} key @param {number} us
 */
export function byKey(key, us) {
  if (key === 'ArrowRight' || key === 'ArrowUp') return step(us, 1);
  if (key === 'ArrowLeft' || key === 'ArrowDown') return step(us, -1);
  if (key === 'PageUp') return Math.min(MOST_US, us * 10);
  if (key === 'PageDown') return Math.max(LEAST_US, Math.round(us / 10));
  if (key === 'Home') return LEAST_US;
  if (key === 'End') return MOST_US;
  return null;
}

/** "5 ms". @param {number} us */
export function intervalWords(us) {
  return tickSeconds(us / 1e6);
}
