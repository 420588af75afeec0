// Speed-up over workers: measured points with their intervals, the ideal line, and the fitted laws.

import { most } from '../page/extent.js';
import { ends, short, significant } from '../page/format.js';
import { methodClass } from '../page/methods.js';
import { textWidth, widest } from '../charts/measure.js';
import { linear } from '../charts/scale.js';
import { chart, label, line, px, s } from '../charts/svg.js';

/** @import { AmdahlFit, Interval, Scaling, UslFit } from '../page/types.js' */
/** @typedef {{ method: string, other: boolean, points: { workers: number, speedup: Interval }[] }} SpeedupSeries */

const DODGE = 7;

/** Amdahl (1967). @param {AmdahlFit} fit @param {number} n */
export const amdahlAt = (fit, n) => n / (1 + fit.serialFraction * (n - 1));
/** Gunther's universal scalability law. @param {UslFit} fit @param {number} n */
export const uslAt = (fit, n) => (fit.lambda * n) / (1 + fit.sigma * (n - 1) + fit.kappa * n * (n - 1));

/**
 * @param {{ series: SpeedupSeries[], scaling: Scaling[], cores: number | null, width: number, summary: string }} options
 *   cores: how many were measured to run at once
 */
export function drawSpeedup({ series, scaling, cores, width, summary }) {
  const counts = [...new Set(series.flatMap((one) => one.points.map((point) => point.workers)))].sort((a, b) => a - b);
  const crowd = counts[counts.length - 1] ?? 1;
  const tallest = Math.max(most(series.flatMap((one) => one.points.map((point) => ends(point.speedup).high))), 1);
  const fits = scaling.filter((fit) => fit.amdahl || fit.usl);
  const words = legendWords(series, fits);
  const legend = layLegend(words, width);

  const top = legend.height + (cores ? 22 : 10);
  const height = top + Math.round(Math.min(320, Math.max(200, width * 0.55)));
  const bottom = height - 40;
  // The ideal line may leave at the top: points squeezed to the floor would say less than the line.
  const y = linear(Math.min(Math.max(tallest * 1.1, 1.2), Math.max(tallest * 1.1, crowd * 1.05)), [bottom, top], 5);
  const times = (/** @type {number} */ tick) => (tick === 0 ? '0' : `${short(tick)}×`);
  const left = Math.max(40, widest(y.ticks.map(times), 'tick') + 11);
  const x = linear(crowd * 1.06, [left, width - 14], 6);
  const xMost = x.domain[1];
  const yMost = y.domain[1];

  const axis = s('g', { class: 'axis' });
  for (const tick of y.ticks) {
    axis.append(line(left, y(tick), width - 14, y(tick), tick === 0 ? 'base' : 'grid'));
    axis.append(label(left - 7, y(tick) + 4, times(tick), 'tick', 'end'));
  }
  let last = -Infinity;
  for (const count of counts) {
    axis.append(line(x(count), bottom, x(count), bottom + 4, 'base'));
    if (x(count) - last < textWidth(String(count), 'tick') + 8) continue;
    axis.append(label(x(count), bottom + 18, String(count), 'tick', 'middle'));
    last = x(count);
  }
  axis.append(label((left + width - 14) / 2, bottom + 35, 'workers', 'tick', 'middle'));

  const end = Math.min(xMost, yMost);
  const marks = [line(x(0), y(0), x(end), y(end), 'ideal')];
  if (cores && cores < xMost) {
    marks.push(line(x(cores), top, x(cores), bottom, 'cores'));
    // Above the plot, where no point is.
    const said = `${significant(cores)} cores measured`;
    const late = x(cores) - 5 + textWidth(said, 'tick') > width;
    marks.push(label(x(cores) + (late ? 5 : -5), top - 6, said, 'tick', late ? 'end' : 'start'));
  }
  for (const fit of fits) {
    const { amdahl, usl } = fit;
    if (amdahl) marks.push(s('path', { class: `fit ${methodClass(fit.method)}`, d: curve((n) => amdahlAt(amdahl, n), xMost, yMost, x, y) }));
    if (usl) marks.push(s('path', { class: `fit usl ${methodClass(fit.method)}`, d: curve((n) => uslAt(usl, n), xMost, yMost, x, y) }));
  }
  series.forEach((one, i) => {
    const shift = (i - (series.length - 1) / 2) * Math.min(DODGE, (x(1) - x(0)) / (2 * series.length));
    const group = s('g', { class: `${methodClass(one.method)}${one.other ? ' other' : ''}` });
    for (const { workers, speedup } of one.points) {
      const at = x(workers) + shift;
      const { low, high } = ends(speedup);
      group.append(line(at, y(low), at, y(high), 'whisker'), s('circle', { class: 'point', cx: at, cy: y(speedup.median), r: 3.6 }));
    }
    marks.push(group);
  });
  return chart(width, height, summary, legend.node, axis, ...marks);
}

/** @param {SpeedupSeries[]} series @param {Scaling[]} fits */
function legendWords(series, fits) {
  const words = series.map((one) => ({ text: one.other ? `${one.method}, other` : one.method, kind: `${methodClass(one.method)}${one.other ? ' other' : ''}`, mark: 'point' }));
  words.push({ text: 'ideal', kind: '', mark: 'ideal' });
  if (fits.some((fit) => fit.amdahl)) words.push({ text: 'Amdahl fit', kind: '', mark: 'fit' });
  if (fits.some((fit) => fit.usl)) words.push({ text: 'USL fit', kind: '', mark: 'fit usl' });
  return words;
}

/** @param {{ text: string, kind: string, mark: string }[]} words @param {number} width */
function layLegend(words, width) {
  const node = s('g', { class: 'legend' });
  let at = 0;
  let row = 10;
  for (const { text, kind, mark } of words) {
    const wide = 24 + textWidth(text, 'name') + 14;
    if (at > 0 && at + wide > width) {
      at = 0;
      row += 19;
    }
    const sign = mark === 'point' ? s('circle', { class: 'point', cx: at + 9, cy: row, r: 3.6 }) : line(at, row, at + 18, row, mark);
    node.append(s('g', { class: kind || undefined }, sign, label(at + 24, row + 4, text, 'name')));
    at += wide;
  }
  return { node, height: row + 10 };
}

/**
 * @param {(n: number) => number} law
 * @param {number} xMost
 * @param {number} yMost
 * @param {(value: number) => number} x
 * @param {(value: number) => number} y
 */
function curve(law, xMost, yMost, x, y) {
  const points = [];
  const steps = 60;
  for (let i = 0; i <= steps; i++) {
    const n = 1 + ((xMost - 1) * i) / steps;
    const value = law(n);
    if (value > yMost || value < 0) break;
    points.push(`${px(x(n))} ${px(y(value))}`);
  }
  return points.length > 1 ? `M${points.join('L')}` : '';
}
