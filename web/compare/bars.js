// One quantity per cell: start-up, memory, throughput. Bars from zero; where the values span more than two
// orders of magnitude, dots over a line for each power of ten.

import { extent } from '../page/extent.js';
import { methodClass } from '../page/methods.js';
import { widest } from '../charts/measure.js';
import { linear, logarithmic } from '../charts/scale.js';
import { chart, label, line, s } from '../charts/svg.js';

/** @typedef {{ label: string, method: string, other: boolean, value: number | null, text: string }} Bar */

const PITCH = 24;
const THICK = 10;

/** @param {{ bars: Bar[], width: number, summary: string }} options */
export function drawBars({ bars, width, summary }) {
  const left = widest(bars.map((bar) => bar.label), 'name') + 10;
  const right = widest(bars.map((bar) => bar.text), 'value') + 14;
  const values = bars.map((bar) => bar.value ?? 0);
  const positive = values.filter((value) => value > 0);
  const { least: low, most: high } = extent(positive);
  const log = positive.length > 1 && high / low > 200;
  const span = /** @type {[number, number]} */ ([left, Math.max(left + 40, width - right)]);
  const x = log ? logarithmic(low, high, span) : linear(positive.length ? high : 1, span);

  const bottom = bars.length * PITCH;
  const marks = bars.map((bar, i) => {
    const middle = i * PITCH + PITCH / 2;
    const end = bar.value !== null && bar.value > 0 ? Math.max(x(bar.value), left + 1.5) : left;
    return s(
      'g',
      { class: `${methodClass(bar.method)}${bar.other ? ' other' : ''}` },
      label(left - 8, middle + 4, bar.label, 'name', 'end'),
      // The length of a bar says how much, which on a logarithmic axis it would not: there a dot says where.
      log ? s('circle', { class: 'point', cx: end, cy: middle, r: 4.5 }) : s('rect', { class: 'bar', x: left, y: middle - THICK / 2, width: end - left, height: THICK }),
      label(end + (log ? 10 : 7), middle + 4, bar.text, 'value'),
    );
  });
  const axis = s('g', { class: 'axis' }, line(left, 2, left, bottom - 2, 'base'));
  if (log) for (const tick of x.ticks) axis.append(line(x(tick), 2, x(tick), bottom - 2, 'grid'));
  return chart(width, bottom + 4, summary, axis, ...marks);
}
