// Numbers and moments in words.

import { NO_TASK, OUTCOME_CANCELLED, OUTCOME_FAILED, RUNNING, UNKNOWN, isRunning, statePhrase } from './events.js';

/** @typedef {import('./lane.js').Lane} Lane */

const UNITS = /** @type {const} */ ([[1e9, 's'], [1e6, 'ms'], [1e3, 'µs'], [1, 'ns']]);

/** A length of time in three significant digits: 12.4 ms. @param {number} ns */
export function duration(ns) {
  if (!(ns > 0)) return '0 s';
  for (const [size, unit] of UNITS) {
    if (ns >= size * 0.9995 || size === 1) {
      const value = ns / size;
      const digits = value >= 99.95 ? 0 : value >= 9.995 ? 1 : 2;
      return `${unit === 'ns' ? Math.round(value) : group(value.toFixed(digits))} ${unit}`;
    }
  }
  return '';
}

/**
 * A moment, in seconds with as many decimals as the shown range needs.
 * @param {number} ns @param {number} range
 */
export function instant(ns, range) {
  const digits = range > 1e8 ? 3 : range > 1e5 ? 6 : 9;
  return `${group((ns / 1e9).toFixed(digits))} s`;
}

/** Thousands apart, with a thin space: the same in every language. @param {string | number} number */
export function group(number) {
  const [whole, fraction] = String(number).split('.');
  const spaced = whole.replace(/\B(?=(\d{3})+$)/g, '\u2009');
  return fraction === undefined ? spaced : `${spaced}.${fraction}`;
}

/** @param {number} share 0 … 1 */
export function percent(share) {
  const value = share * 100;
  if (value > 0 && value < 0.1) return '< 0.1%';
  return `${value >= 99.95 || value === 0 ? value.toFixed(0) : value.toFixed(1)}%`;
}

/** @param {number} number @param {string} one @param {string} many */
export function plural(number, one, many) {
  return `${group(number)} ${number === 1 ? one : many}`;
}

/** @param {number} state @param {number} task @param {string | undefined} workload @param {string | undefined} holder */
function doing(state, task, workload, holder) {
  const name = task === NO_TASK ? '' : `${workload ? `${workload} ` : ''}task ${task}`;
  if (state === RUNNING) return `running ${name}`;
  if (state === UNKNOWN) return `${name}, then not known: events were lost`;
  const phrase = statePhrase(state);
  if (isRunning(state)) return name ? `${phrase}, running ${name}` : phrase;
  const whose = holder ? `, ${holder} has it` : '';
  return `${name ? `${phrase} in ${name}` : phrase}${whose}`;
}

/**
 * Span `i` of a lane in words: "thread 2 · running primes task 7 · 12.4 ms, from 1.203 s".
 * @param {Lane} lane @param {number} i
 * @param {{ workload?: string, shift: number, range: number, now: number, holder?: string }} context
 *   `holder`: who has the GIL that the lane waits for
 */
export function spanWords(lane, i, { workload, shift, range, now, holder }) {
  const { spans } = lane;
  const open = spans.end[i] === Infinity;
  const outcome = spans.outcome(i);
  const end = outcome === OUTCOME_FAILED ? ' · failed' : outcome === OUTCOME_CANCELLED ? ' · cancelled' : '';
  const length = duration((open ? now : spans.end[i]) - spans.start[i]);
  const from = instant(spans.start[i] - shift, range);
  return `${lane.name} · ${doing(spans.state(i), spans.task[i], workload, holder)} · ${open ? 'still, for ' : ''}${length}, from ${from}${end}`;
}

/**
 * The gap before span `i` in words, at `time`.
 * @param {Lane} lane @param {number} i @param {number} time
 * @param {{ shift: number, range: number, now: number, from: number, to: number }} context
 */
export function gapWords(lane, i, time, { shift, range, now, from, to }) {
  const { spans } = lane;
  const start = Math.max(from, i > 0 ? spans.end[i - 1] : from);
  const end = Math.min(to, now, i < spans.length ? spans.start[i] : now);
  const flying = lane.awaits?.at(time) ?? 0;
  const what = flying > 0 ? `waiting for ${plural(flying, 'await', 'awaits')}` : 'idle';
  return `${lane.name} · ${what} · ${duration(end - start)}, from ${instant(start - shift, range)}`;
}
