// How to read a strip, shown on two that were not measured.

import { chart, dots, label, px, s } from '../charts/svg.js';

const STRIPS = [
  { method: 'threads', samples: [0.36, 0.32, 0.43, 0.35, 0.31, 0.39, 0.33, 0.52, 0.35, 0.32, 0.37], median: 0.35, low: 0.32, high: 0.39 },
  { method: 'processes', samples: [0.39, 0.42, 0.36, 0.45, 0.38, 0.41, 0.37, 0.4, 0.47, 0.39, 0.42], median: 0.4, low: 0.375, high: 0.42 },
];
const STRIP = 32;
const TOP = 30;
const PITCH = STRIP + 12;

/** @param {number} width */
export function drawKey(width) {
  const narrow = width < 560;
  const left = narrow ? 8 : 96;
  const right = narrow ? 8 : 190;
  const x = (/** @type {number} */ value) => left + ((value - 0.29) / 0.24) * (width - left - right);
  const line = (/** @type {[number, number][]} */ ...points) => s('path', { class: 'callout', d: `M${points.map(([a, b]) => `${px(a)} ${px(b)}`).join('L')}` });
  const marks = STRIPS.map(({ method, samples, median, low, high }, i) => {
    const top = TOP + i * PITCH;
    const points = samples.map((value, at) => /** @type {const} */ ([x(value), top + 4 + ((STRIP - 8) * (at + 0.5)) / samples.length]));
    return s(
      'g',
      { class: `m-${method}` },
      s('rect', { class: 'interval', x: x(low), y: top, width: x(high) - x(low), height: STRIP, rx: 1.5 }),
      s('path', { class: 'samples', d: dots(points, 2.6) }),
      s('line', { class: 'median', x1: x(median), x2: x(median), y1: top - 2, y2: top + STRIP + 2 }),
    );
  });
  const bottom = TOP + 2 * PITCH - 12;
  const sampleY = TOP + 4 + ((STRIP - 8) * 7.5) / 11;
  const words = [line([x(0.35), TOP - 5], [x(0.35), 18]), label(x(0.35), 13, 'median', 'name', 'middle')];
  if (narrow) {
    words.push(
      line([x(0.52), sampleY + 6], [x(0.52), bottom - 4]),
      label(width - 8, bottom + 8, 'one sample', 'name', 'end'),
      line([x(0.375), bottom + 4], [x(0.375), bottom + 9], [x(0.42), bottom + 9], [x(0.42), bottom + 4]),
      label(left, bottom + 27, '95% interval of the median', 'name'),
    );
  } else {
    const arrow = left - 14;
    words.push(
      line([x(0.52) + 6, sampleY], [x(0.52) + 26, sampleY]),
      label(x(0.52) + 32, sampleY + 4, 'one sample', 'name'),
      line([arrow, TOP + 1], [arrow, TOP + STRIP - 1]),
      line([arrow - 3, TOP + STRIP - 5], [arrow, TOP + STRIP - 1], [arrow + 3, TOP + STRIP - 5]),
      label(arrow - 8, TOP + 12, 'first', 'tick', 'end'),
      label(arrow - 8, TOP + STRIP - 2, 'to last', 'tick', 'end'),
      line([x(0.375), bottom + 4], [x(0.375), bottom + 9], [x(0.42), bottom + 9], [x(0.42), bottom + 4]),
      label(x(0.3975), bottom + 25, '95% interval of the median', 'name', 'middle'),
    );
  }
  return chart(
    width,
    bottom + (narrow ? 34 : 32),
    'Two strips of a chart, explained: each dot is one sample, from the first at the top to the last at the bottom; the line is the median, the shade its 95% interval. Whether two methods differ is said by the interval of their ratio, not by these.',
    ...marks,
    ...words,
  );
}
