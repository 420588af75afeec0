// After the run: all methods in one table, and the file.

import { h } from '../page/dom.js';
import { bounded, integer, seconds } from '../page/format.js';
import { methodClass } from '../page/methods.js';
import { jsonButton, notes } from '../page/outcome.js';
import { plainTable } from '../page/plain-table.js';

/** @import { SpinDocument } from './types.js' */

/** @param {SpinDocument} result */
export function report(result) {
  const ran = result.runs.filter((run) => run.frames > 0);
  const parts = [];
  if (ran.length > 0)
    parts.push(
      plainTable({
        caption: caption(result),
        heads: ['Method', 'Frames', 'Longest freeze', 'Late by: half', 'nine of ten', 'at most', 'Took', 'Answer'],
        rows: ran.map(({ method, frames, longestFreezeSeconds, jitterSeconds, seconds: took, answer }) => {
          const late = (/** @type {number | undefined} */ value) => bounded(value, jitterSeconds?.step);
          return [
            h('span', {}, h('span', { class: 'swatch' }), method),
            integer(frames), seconds(longestFreezeSeconds), late(jitterSeconds?.p50), late(jitterSeconds?.p90), late(jitterSeconds?.max), seconds(took), answer || '–',
          ];
        }),
        classes: ran.map(({ method, correct }) => `${methodClass(method)}${correct ? '' : ' failed'}`),
      }),
    );
  return [...parts, ...notes(result)];
}

/** @param {SpinDocument} result */
export function saving(result) {
  return h('p', { class: 'tools saving' }, h('span', { class: 'tools-label' }, 'Save the result as'), jsonButton('concurrency-lab-spin', result));
}

/** @param {SpinDocument} result */
function caption({ together, slowSeconds, tests }) {
  const what = tests === null ? `a sleep of ${slowSeconds}\u00a0s` : `5000111000222021 tested for primality ${tests === 1 ? 'once' : `${integer(tests)} times`}`;
  return `Beside ${what}, ${together ? 'all at once' : 'one at a time'}`;
}
