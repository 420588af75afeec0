// Times from a tenth of a nanosecond to a second, one line each: measured with its interval, and the number that
// everybody knows, joined. As times, or as distances with places to stand on.

import { seconds, tickSeconds, times } from '../page/format.js';
import { LANDMARKS, METRES_PER_SECOND, distance, like } from './human.js';
import { methodClass } from '../page/methods.js';
import { cut, textWidth, widest } from '../charts/measure.js';
import { logarithmic } from '../charts/scale.js';
import { chart, label, line, s } from '../charts/svg.js';

/**
 * @typedef {{ label: string, method: string | null, seconds: number | null, low: number | null, high: number | null,
 *             classicSeconds: number | null, reason: string | null, current: boolean }} LatencyMark
 * @typedef {{ title: string, marks: LatencyMark[] }} LatencyGroup
 */

const LOW = 1e-10;
const HIGH = 1;
const PITCH = 24;
const NARROW_PITCH = 36;
/** Below this a label stands above its line. */
export const NARROW = 560;

/** @param {{ groups: LatencyGroup[], width: number, distances: boolean, summary: string }} options */
export function drawLatency({ groups, width, distances, summary }) {
  const narrow = width < NARROW;
  const all = groups.flatMap((group) => group.marks);
  const left = narrow ? 8 : widest(all.map((mark) => mark.label), 'name') + 16;
  // No less than numbers usually need, so that the axis stands still while they come.
  const values = widest([distances ? '000 million km' : '000.0 µs', ...all.map((mark) => valueOf(mark, distances))], 'value');
  const right = narrow ? 8 : 20 + values + (distances ? 0 : widest(['00.0×', ...all.map(oftenOf)], 'tick') + 14);
  const x = logarithmic(LOW, HIGH, [left, Math.max(left + 40, width - right)]);
  const at = (/** @type {number} */ value) => x(Math.min(HIGH, Math.max(LOW, value)));
  const head = distances ? landmarkRows(x, width, narrow) : { node: s('g'), lines: s('g'), height: 0 };
  const top = head.height + 18;

  const marks = [];
  let y = top;
  for (const { title, marks: rows } of groups) {
    y += y === top ? 4 : 14;
    const atEdge = narrow || textWidth(title, 'group') > left - 12;
    marks.push(label(atEdge ? 0 : left - 12, y + 12, title, 'group', atEdge ? 'start' : 'end'));
    y += 22;
    for (const mark of rows) {
      marks.push(row(mark, at, y, { left, right, values, width, narrow, distances }));
      y += narrow ? NARROW_PITCH : PITCH;
    }
  }
  const bottom = y + 4;
  const axis = s('g', { class: 'axis' });
  const dense = x(x.ticks[1] ?? 0) - x(x.ticks[0] ?? 0) >= (distances ? 90 : 52);
  let free = -Infinity;
  x.ticks.forEach((tick, i) => {
    const main = (i + 2) % 3 === 0;
    axis.append(line(x(tick), top, x(tick), bottom, main ? 'base faint' : 'grid'));
    const words = distances ? distance(tick) : tickSeconds(tick);
    const wide = textWidth(words, 'tick');
    const start = Math.min(width - wide - 2, Math.max(2, x(tick) - wide / 2));
    if (!(main || dense) || start < free) return;
    free = start + wide + 8;
    axis.append(label(start, bottom + 15, words, 'tick'), label(start, top - 6, words, 'tick'));
  });
  head.lines.querySelectorAll('line').forEach((one) => one.setAttribute('y2', String(bottom)));
  return chart(width, bottom + 22, summary, axis, head.lines, head.node, ...marks);
}

/**
 * @param {LatencyMark} mark
 * @param {(value: number) => number} at
 * @param {number} y its upper edge
 * @param {{ left: number, right: number, values: number, width: number, narrow: boolean, distances: boolean }} frame
 *   values: how wide they are at most
 */
function row(mark, at, y, { left, right, values, width, narrow, distances }) {
  const middle = narrow ? y + 24 : y + PITCH / 2;
  const { seconds: here, low, high, classicSeconds: classic } = mark;
  const parts = [];
  if (mark.current) parts.push(s('rect', { class: 'now', x: 0, y: narrow ? y - 1 : y, width, height: narrow ? NARROW_PITCH : PITCH }));
  const nearest = Math.min(here ?? Infinity, classic ?? Infinity);
  // From the label to its mark, for the eye.
  if (!narrow && Number.isFinite(nearest) && here !== null) parts.push(line(left - 6, middle, at(nearest) - 7, middle, 'leader'));
  if (here !== null && classic !== null) parts.push(line(at(classic), middle, at(here), middle, 'apart'));
  if (classic !== null) parts.push(s('circle', { class: 'classic', cx: at(classic), cy: middle, r: 4.5 }));
  if (here !== null) {
    if (low !== null && high !== null) parts.push(line(at(low), middle, at(high), middle, 'whisker'));
    parts.push(s('circle', { class: 'point', cx: at(here), cy: middle, r: 4.5 }));
  }
  const value = valueOf(mark, distances);
  const often = oftenOf(mark);
  const baseline = middle + 4;
  if (narrow) {
    parts.push(label(8, y + 13, mark.label, 'name'), label(width - 4, y + 13, often && !distances ? `${value} · ${often}` : value, here === null ? 'tick' : 'value', 'end'));
  } else {
    parts.push(label(left - 12, baseline, mark.label, 'name', 'end'));
    parts.push(label(distances ? width - 4 : width - right + 14 + values, baseline, value, here === null ? 'tick' : 'value', 'end'));
    if (often && !distances) parts.push(label(width - 4, baseline, often, 'tick', 'end'));
  }
  if (distances && !narrow && here !== null) {
    const words = like(here);
    const after = Math.max(at(here), at(classic ?? here)) + 11;
    const fits = after + textWidth(words, 'place') < width - right + 12;
    parts.push(label(fits ? after : Math.min(at(here), at(classic ?? here)) - 11, baseline, words, 'place', fits ? 'start' : 'end'));
  }
  if (here === null && mark.reason !== null) for (const part of why(mark.reason, classic === null ? null : at(classic), left, width - right, baseline)) parts.push(part);
  return s('g', { class: mark.method ? methodClass(mark.method) : 'm-here' }, ...parts);
}

/** @param {LatencyMark} mark @param {boolean} distances */
function valueOf({ seconds: here, reason }, distances) {
  if (here === null) return reason === null ? '' : 'not here';
  return distances ? distance(here) : seconds(here);
}

/** How many times the classic number. @param {LatencyMark} mark */
function oftenOf({ seconds: here, classicSeconds: classic }) {
  return here !== null && classic !== null ? times(here / classic) : '';
}

/** As much of a reason as there is room for beside the classic mark. @param {string} reason @param {number | null} taken @param {number} from @param {number} to @param {number} y */
function why(reason, taken, from, to, y) {
  const before = taken === null ? 0 : taken - from - 12;
  const after = taken === null ? to - from : to - taken - 12;
  const text = cut(reason, 'tick', Math.max(before, after));
  if (text === '') return [];
  return [before > after ? label(Number(taken) - 10, y, text, 'tick', 'end') : label(taken === null ? from + 2 : taken + 10, y, text, 'tick')];
}

/** Where the distances are: names above, in as many rows as they need. @param {import('../charts/scale.js').Scale} x @param {number} width @param {boolean} narrow */
function landmarkRows(x, width, narrow) {
  const node = s('g');
  const lines = s('g');
  /** @type {number[]} how far each row is taken */
  const taken = [];
  const marks = LANDMARKS.filter((mark) => !narrow || !mark.wide).map((mark) => ({ ...mark, at: x(mark.metres / METRES_PER_SECOND) }));
  const placed = marks.map((mark) => {
    const wide = textWidth(mark.label, 'place');
    const start = Math.min(width - wide - 2, Math.max(2, mark.at - wide / 2));
    let rank = taken.findIndex((end) => end + 10 <= start);
    if (rank < 0) rank = taken.push(0) - 1;
    taken[rank] = start + wide;
    return { ...mark, start, rank };
  });
  const height = taken.length * 16;
  for (const { at, start, rank, label: words } of placed) {
    const y = 11 + rank * 16;
    lines.append(line(at, y + 4, at, height, 'cores'));
    node.append(label(start, y, words, 'place'));
  }
  return { node, lines, height };
}
