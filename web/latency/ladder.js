// Latency over the size of the working set, both logarithmic: measured points with their intervals, the levels
// that were fitted as steps, and the classic numbers.

import { least, most } from '../page/extent.js';
import { seconds, tickBytes, tickSeconds } from '../page/format.js';
import { textWidth, widest } from '../charts/measure.js';
import { logarithmic, octaves } from '../charts/scale.js';
import { chart, label, line, px, s } from '../charts/svg.js';

/** @import { LadderPoint, LatencyLadder } from './types.js' */
/** @typedef {{ points: readonly LadderPoint[], steps: readonly Step[], classic: readonly Classic[] }} Ladder */
/** @typedef {{ name: string, bytes: number | null, seconds: number }} Step */
/** @typedef {{ name: string, seconds: number, high: boolean }} Classic */

/** Before anything is known of the machine. */
const USUAL = { least: 1 << 10, most: 128 << 20, low: 0.5e-9, high: 100e-9 };

/** @param {Ladder & { width: number, summary: string }} options */
export function drawLadder({ points, steps, classic, width, summary }) {
  const narrow = width < 520;
  const height = Math.round(Math.min(400, Math.max(300, width * 0.5)));
  const [right, top, bottom] = [12, 14, height - 44];
  const sizes = points.map((point) => point.bytes);
  const all = [...points.flatMap((point) => [point.seconds, point.low ?? point.seconds, point.high ?? point.seconds]), ...steps.map((step) => step.seconds), ...classic.map((one) => one.seconds)].filter((value) => value > 0);
  const y = logarithmic(least([USUAL.low, ...all]), most([USUAL.high, ...all]) * 1.6, [bottom, top]);
  const left = Math.max(52, widest(y.ticks.map(tickSeconds), 'tick') + 9);
  const x = octaves(least([USUAL.least, ...sizes]), most([USUAL.most, ...sizes]), [left, width - right], Math.floor((width - left) / (textWidth(tickBytes(USUAL.most), 'tick') + 14)));

  const axis = s('g', { class: 'axis' });
  for (const tick of y.ticks) {
    axis.append(line(left, y(tick), width - right, y(tick), tick === y.domain[0] ? 'base' : 'grid'));
    axis.append(label(left - 7, y(tick) + 4, tickSeconds(tick), 'tick', 'end'));
  }
  for (const tick of x.ticks) {
    axis.append(line(x(tick), bottom, x(tick), bottom + 4, 'base'));
    const words = tickBytes(tick);
    axis.append(label(Math.min(x(tick), width - textWidth(words, 'tick') / 2), bottom + 18, words, 'tick', 'middle'));
  }
  axis.append(label((left + width - right) / 2, bottom + 36, 'memory walked through', 'tick', 'middle'));

  const known = s('g', { class: 'm-here' });
  for (const one of classic) {
    const at = y(one.seconds);
    known.append(line(left, at, width - right, at, 'ideal'));
    known.append(s('circle', { class: 'classic', cx: one.high ? left + 8 : width - right - 8, cy: at, r: 4.5 }));
    known.append(label(one.high ? left + 18 : width - right - 18, one.high ? at - 6 : at + 13, `classic ${one.name}, ${tickSeconds(one.seconds)}`, 'tick', one.high ? 'start' : 'end'));
  }

  const marks = s('g', { class: 'm-threads' });
  if (steps.length > 0) marks.append(s('path', { class: 'fit', d: stairs(steps, x, y) }));
  for (const point of points) {
    const at = x(point.bytes);
    if (point.low !== null && point.high !== null) marks.append(line(at, y(point.low), at, y(point.high), 'whisker'));
    marks.append(s('circle', { class: 'point', cx: at, cy: y(point.seconds), r: narrow ? 2.6 : 3.4 }));
  }
  let from = x.domain[0];
  for (const step of steps) {
    const to = step.bytes ?? x.domain[1];
    const words = [step.name, ...(step.bytes === null ? [] : [tickBytes(step.bytes)]), seconds(step.seconds)];
    const half = Math.max(textWidth(words[0] ?? '', 'name level'), widest(words.slice(1), 'name')) / 2;
    const middle = Math.min(width - right - half, Math.max(left + half + 4, (x(from) + x(to)) / 2));
    words.forEach((word, i) => marks.append(label(middle, y(step.seconds) - 10 - 14 * (words.length - 1 - i), word, i === 0 ? 'name level' : 'name', 'middle')));
    from = to;
  }
  return chart(width, height, summary, axis, known, marks);
}

/** @param {readonly Step[]} steps @param {import('../charts/scale.js').Scale} x @param {import('../charts/scale.js').Scale} y */
export function stairs(steps, x, y) {
  let path = `M${px(x(x.domain[0]))} ${px(y(steps[0]?.seconds ?? y.domain[0]))}`;
  steps.forEach((step, i) => {
    path += `H${px(x(step.bytes ?? x.domain[1]))}`;
    const next = steps[i + 1];
    if (next) path += `V${px(y(next.seconds))}`;
  });
  return path;
}
