// The recommendation as the page shows it: the first in full, the others to open.

import { h } from '../page/dom.js';
import { list } from '../page/format.js';
import { methodClass } from '../page/methods.js';
import { ALIKE, duration } from './recommend.js';

/** @import { Ranked, Recommendation } from './recommend.js' */

/** @param {Recommendation} advice @param {boolean} hasNumbers */
export function adviceParts({ ranked, headline, remarks, lacks, excluded }, hasNumbers) {
  const [first, ...others] = ranked;
  if (!first) return [h('p', { class: 'verdict' }, headline)];
  /** @type {HTMLElement[]} */
  const parts = [
    h('h3', { class: `verdict ${methodClass(first.method)}` }, h('span', { class: 'swatch' }), h('strong', {}, first.title), ' ', h('span', { class: 'python' }, pythonOf(first))),
    h('p', { class: 'reckoned' }, headline),
    h('div', { class: 'advice-first' }, ...whys(first)),
  ];
  for (const remark of remarks) parts.push(h('p', { class: 'note' }, remark));
  if (lacks.length > 0)
    parts.push(h('p', { class: 'note lacks' }, `${hasNumbers ? 'Not measured here yet' : 'Nothing of this was measured here yet'}: ${list(lacks)}. In its place stands what the models do by their nature.`));
  parts.push(h('h3', {}, 'The others, in this order'));
  parts.push(h('ol', { class: 'others', start: 2 }, ...others.map((one) => h('li', { class: methodClass(one.method) }, h('details', {}, h('summary', {}, h('span', { class: 'swatch' }), h('span', { class: 'other-title' }, one.title), h('span', { class: 'other-time' }, `${about(one)}${one.alike ? ', as good' : ''}`)), h('p', { class: 'caption' }, pythonOf(one)), ...whys(one))))));
  if (excluded.length > 0) parts.push(h('ul', { class: 'remarks' }, ...excluded.map(({ method, reason }) => h('li', {}, `${method} is left out: ${reason}`))));
  parts.push(h('p', { class: 'caption' }, `The times are reckoned, not measured: from the speed-ups, costs and memory in the table. Those within ${Math.round((ALIKE - 1) * 100)}% of the fastest, or that cannot be told from it because the 95% interval of the ratio holds 1, count as equally good, and the simplest that suits comes first.`));
  return parts;
}

/** @param {Ranked} one */
const about = ({ seconds }) => `about ${duration(seconds)}`;

/** @param {Ranked} one */
const pythonOf = ({ python, method }) => (method === 'sequential' ? 'without any concurrency' : `in Python ${python}`);

/** @param {Ranked} one */
function whys({ reasons, caveats }) {
  const part = (/** @type {string} */ title, /** @type {string[]} */ lines) => (lines.length > 0 ? [h('div', {}, h('h4', {}, title), h('ul', { class: 'remarks' }, ...lines.map((line) => h('li', {}, line))))] : []);
  return [...part('Why', reasons), ...part('But', caveats)];
}
