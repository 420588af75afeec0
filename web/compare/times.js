// Time per method: every sample, the median and its 95% interval, one strip per cell.
//
// Within a strip the samples run downwards in the order they were taken, so that a machine that slowed
// down shows as a slope and not as scatter. Of very many samples only some are drawn, and the caption says so.

import { extent, thinned } from '../page/extent.js';
import { ends, seconds, secondsRange, tickSeconds } from '../page/format.js';
import { methodClass } from '../page/methods.js';
import { textWidth, widest as widestOf } from '../charts/measure.js';
import { chart, dots, label, line, s } from '../charts/svg.js';
import { fitting } from '../charts/scale.js';

/** @import { Interval } from '../page/types.js' */
/**
 * @typedef {{ label: string, method: string, other: boolean, samples: number[], seconds: Interval }} TimesRow
 *   `other`: measured elsewhere, from an imported file
 */

const AXIS = 26;
const STRIP = 26;
/** Dots in all, and in a strip at most: beyond that a browser draws for seconds, and nobody sees more. */
const DOTS = 40_000;
const STRIP_DOTS = 2_000;

/** How many samples are drawn in each of so many strips. @param {number} strips */
export function roomForDots(strips) {
  return Math.max(2, Math.min(STRIP_DOTS, Math.floor(DOTS / strips)));
}

/** @param {{ rows: TimesRow[], width: number, summary: string }} options */
export function drawTimes({ rows, width, summary }) {
  const widest = widestOf(rows.map((row) => row.label), 'name') + 12;
  const narrow = width < 2.6 * widest + 140;
  const left = narrow ? 6 : widest + 10;
  const right = narrow ? 8 : Math.max(widestOf(rows.map((row) => seconds(row.seconds.median)), 'value'), widestOf(rows.map(between), 'tick')) + 12;
  const pitch = narrow ? STRIP + 28 : STRIP + 14;
  const room = roomForDots(rows.length);
  const drawn = rows.map((row) => ({ ...row, places: thinned(row.samples, room) }));
  const all = extent(drawn.flatMap(({ samples, places, seconds: time }) => [...places.map((i) => samples[i] ?? 0), ends(time).low, ends(time).high]).filter((value) => value > 0));
  const x = fitting(all.least, all.most, [left, width - right], narrow ? 3 : 6);

  const marks = [];
  let y = 6;
  let previous = '';
  for (const row of drawn) {
    if (previous && previous !== row.method) y += 8;
    previous = row.method;
    const top = narrow ? y + 17 : y;
    marks.push(strip(row, x, top, narrow ? y + 11 : top + STRIP / 2 + 4, { left, width, narrow, widest }));
    y += pitch;
  }
  const bottom = y;
  const axis = s('g', { class: 'axis' });
  const apart = narrow ? Math.ceil(x.ticks.length / 5) : 1;
  let free = -Infinity;
  for (const tick of x.ticks.filter((_, i) => i % apart === 0)) {
    axis.append(line(x(tick), 2, x(tick), bottom, tick === 0 ? 'base' : 'grid'));
    const words = tickSeconds(tick);
    const half = textWidth(words, 'tick') / 2;
    const middle = Math.min(width - half, Math.max(half, x(tick)));
    if (middle - half < free) continue;
    free = middle + half + 6;
    axis.append(label(middle, bottom + 15, words, 'tick', 'middle'));
  }
  return chart(width, bottom + AXIS, summary, axis, ...marks);
}

/** The interval's ends, where there is one. @param {TimesRow} row */
function between({ seconds: interval }) {
  const { low, high } = ends(interval);
  return interval.low === null ? '' : secondsRange(low, high);
}

/**
 * @param {TimesRow & { places: number[] }} row
 * @param {import('../charts/scale.js').Scale} x
 * @param {number} top
 * @param {number} baseline of the label
 * @param {{ left: number, width: number, narrow: boolean, widest: number }} frame
 */
function strip(row, x, top, baseline, { width, narrow, widest }) {
  const { median } = row.seconds;
  const { low, high } = ends(row.seconds);
  const range = between(row);
  const count = row.samples.length;
  const points = row.places.map((i) => /** @type {const} */ ([x(row.samples[i] ?? 0), top + 4 + ((STRIP - 8) * (i + 0.5)) / count]));
  const labelX = narrow ? 12 : widest;
  const wide = Math.max(2, x(high) - x(low));
  return s(
    'g',
    { class: `${methodClass(row.method)}${row.other ? ' other' : ''}` },
    s('rect', { class: 'interval', x: (x(low) + x(high)) / 2 - wide / 2, y: top, width: wide, height: STRIP, rx: 1.5 }),
    s('path', { class: 'samples', d: dots(points, 2.4) }),
    line(x(median), top - 2, x(median), top + STRIP + 2, 'median'),
    label(labelX, baseline, row.label, 'name', narrow ? 'start' : 'end'),
    narrow
      ? label(width - 8, baseline, range ? `${seconds(median)} (${range})` : seconds(median), 'value', 'end')
      : s('g', {}, label(width - 2, top + 11, seconds(median), 'value', 'end'), label(width - 2, top + 25, range, 'tick', 'end')),
  );
}
