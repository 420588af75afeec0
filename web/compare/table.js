// One table of it all: every run, every number.

import { h } from '../page/dom.js';
import { bytes, integer, plusMinus, range, seconds, secondsRange, significant, times } from '../page/format.js';
import { methodClass } from '../page/methods.js';
import { sampleCount } from './remarks.js';

/** @import { Run } from '../page/types.js' */
/** @typedef {{ run: Run, other: boolean }} Entry */

/** @type {{ head: string, title?: string, cell: (run: Run) => string, optional?: boolean, text?: boolean }[]} */
const COLUMNS = [
  { head: 'Workers', cell: (run) => integer(run.workers) },
  { head: 'Median', cell: (run) => (run.seconds ? seconds(run.seconds.median) : '–') },
  { head: '95% interval', cell: (run) => (run.seconds && run.seconds.low !== null && run.seconds.high !== null ? secondsRange(run.seconds.low, run.seconds.high) : '–') },
  { head: '±', title: 'The wider half of the interval against the median', cell: (run) => (run.seconds ? plusMinus(run.seconds) : '–') },
  { head: 'Speed-up', cell: (run) => times(run.speedup?.median) },
  { head: '95% interval', cell: (run) => (run.speedup && run.speedup.low !== null && run.speedup.high !== null ? range(run.speedup.low, run.speedup.high) : '–') },
  { head: 'Samples', cell: (run) => integer(sampleCount(run)) },
  { head: 'Tasks', cell: (run) => integer(run.tasks) },
  { head: 'Tasks/s', cell: (run) => (run.tasksPerSecond ? significant(run.tasksPerSecond) : '–') },
  { head: 'Start-up', cell: (run) => seconds(run.startupSeconds) },
  { head: 'Memory', cell: (run) => bytes(run.memoryBytes) },
  { head: 'p50', title: 'Half of the tasks had their result at most this long after they were handed over', cell: (run) => seconds(run.latency?.p50), optional: true },
  { head: 'p90', title: 'Nine of ten tasks had theirs at most this long after', cell: (run) => seconds(run.latency?.p90), optional: true },
  { head: 'p99', title: '99 of 100 tasks had theirs at most this long after; not told below 100 tasks', cell: (run) => seconds(run.latency?.p99), optional: true },
  { head: 'max', title: 'The task that waited longest for its result', cell: (run) => seconds(run.latency?.max), optional: true },
  { head: 'GIL switches', title: 'A new holder, in all samples together, and how many of them were forced', cell: (run) => (run.gil ? `${integer(run.gil.switches)} (${integer(run.gil.forced)} forced)` : '–'), optional: true },
  { head: 'GIL waits', title: 'The waits for the GIL of all workers and samples together', cell: (run) => (run.gil ? seconds(run.gil.waitSeconds) : '–'), optional: true },
  { head: 'Checksum', title: 'Of all results: equal for all methods', cell: (run) => run.checksum ?? '–', text: true },
];

/** @param {Entry[]} entries in order @param {boolean} compared whether there are two machines */
export function resultTable(entries, compared) {
  const columns = COLUMNS.filter((column) => !column.optional || entries.some(({ run }) => column.cell(run) !== '–'));
  const head = h(
    'tr',
    {},
    h('th', { scope: 'col' }, 'Work'),
    h('th', { scope: 'col' }, 'Method'),
    ...(compared ? [h('th', { scope: 'col' }, 'Machine')] : []),
    ...columns.map(({ head, title, text }) => h('th', { scope: 'col', class: text ? null : 'number', title }, head)),
  );
  const rows = entries.map(({ run, other }) => {
    const first = [
      h('td', {}, run.workload),
      h('th', { scope: 'row' }, h('span', { class: `swatch${other ? ' other' : ''}` }), run.method),
      ...(compared ? [h('td', {}, other ? 'other' : 'this')] : []),
    ];
    const kind = `${methodClass(run.method)}${other ? ' other' : ''}`;
    const why = run.error ?? (run.verified ? undefined : 'not verified: the result differs from the sequential one');
    if (why !== undefined)
      return h('tr', { class: `${kind} failed` }, ...first, h('td', { class: 'number' }, integer(run.workers)), h('td', { colspan: columns.length - 1 }, why));
    return h('tr', { class: kind }, ...first, ...columns.map(({ cell, text }) => h('td', { class: text ? 'code' : 'number' }, cell(run))));
  });
  return h(
    'div',
    { class: 'table-hold', tabindex: 0, role: 'region', 'aria-label': 'All runs, table' },
    h('table', { class: 'results' }, h('caption', {}, 'All runs'), h('thead', {}, head), h('tbody', {}, ...rows)),
  );
}
