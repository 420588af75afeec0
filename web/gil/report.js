// After the run: what it means, the percentiles, and the updates that were lost.

import { h } from '../page/dom.js';
import { bounded, integer, seconds } from '../page/format.js';
import { notes } from '../page/outcome.js';
import { plainTable } from '../page/plain-table.js';
import { counterVerdict, verdict } from './verdict.js';

/** @import { CounterRow, Distribution, GilDocument, GilHalf } from './types.js' */

/** @param {GilDocument} result @param {readonly number[]} intervals that the person chose while it ran, in µs */
export function report(result, intervals) {
  const { gil, noGil, counter } = result;
  const parts = [];
  const lines = verdict(result);
  if (lines.length > 0) parts.push(h('p', { class: 'verdict' }, lines[0] ?? ''), ...lines.slice(1).map((line) => h('p', { class: 'verdict-other' }, line)));
  if (gil && intervals.length > 1)
    parts.push(h('p', { class: 'verdict-other' }, 'The interval was changed during the run: the figures with the GIL are of all of it together.'));
  for (const note of notes(result)) parts.push(note);
  const rows = spreadRows(gil, noGil);
  const step = (result.environment.timerResolutionNs ?? 0) / 1e9;
  if (rows.length > 0) parts.push(spread(rows));
  if (step > 0 && (unresolved(gil) || unresolved(noGil)))
    parts.push(h('p', { class: 'caption' }, `This clock has steps of ${seconds(step)}. A median or a quantile of less than two steps is not told: it stands as –. Means hold all the same.`));
  if (counter.length > 0) for (const part of counterParts(counter, step)) parts.push(part);
  return parts;
}

/** Whether there were times too short for the clock. @param {GilHalf | null} half */
function unresolved(half) {
  if (!half) return false;
  return [half.holdSeconds, half.waitSeconds, half.responseSeconds].some((times) => times && times.p50 === null) || (Number(half.ioPerSecond) > 0 && !half.responseSeconds);
}

/** @param {GilHalf | null} gil @param {GilHalf | null} noGil @returns {[name: string, times: Distribution][]} */
function spreadRows(gil, noGil) {
  /** @type {[name: string, times: Distribution | null | undefined][]} */
  const rows = [
    ['Held', gil?.holdSeconds], ['Waited', gil?.waitSeconds],
    ['Response, with the GIL', gil?.responseSeconds], ['Response, no GIL', noGil?.responseSeconds],
  ];
  return rows.flatMap(([name, times]) => (times ? [/** @type {[string, Distribution]} */ ([name, times])] : []));
}

/** @param {[name: string, times: Distribution][]} rows */
function spread(rows) {
  const heads = [['half', 'p50'], ['nine of ten', 'p90'], ['99 of 100', 'p99'], ['mean', 'mean']];
  return plainTable({
    caption: 'How long, at most, in half of all cases and in nearly all',
    heads: ['', ...heads.map(([words = '']) => words)],
    rows: rows.map(([name, times]) => [name, seconds(times.p50), seconds(times.p90), seconds(times.p99), seconds(times.mean)]),
  });
}

const KINDS = { unprotected: 'unprotected', lock: 'with a lock', atomic: 'atomic' };

/** @param {readonly CounterRow[]} rows @param {number} step of the clock, seconds */
function counterParts(rows, step) {
  const words = rows.map((row) => [
    `${KINDS[row.kind] ?? row.kind}, ${row.gil ? 'with the GIL' : 'no GIL'}`,
    integer(row.expected), integer(row.counted),
    row.lost > 0 ? `${integer(row.lost)} (${row.lost / row.expected < 0.01 ? 'under 1' : integer((100 * row.lost) / row.expected)}%)` : 'none',
    bounded(row.seconds, step),
  ]);
  const counters = plainTable({ label: 'The lost update', heads: ['Counter', 'Added', 'There', 'Lost', 'Time'], rows: words, classes: rows.map((row) => (row.lost > 0 ? 'lost' : null)) });
  return [h('h3', { class: 'part' }, 'The lost update'), h('p', { class: 'verdict-other' }, counterVerdict(rows)), counters];
}
