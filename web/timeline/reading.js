// What the picture says at a place, in words.

import { ASKED, HOLDING, waitsForGil } from './events.js';
import { duration, gapWords, instant, plural, spanWords } from './words.js';

/** @typedef {import('./view.js').View} View */
/** @typedef {import('./view.js').Place} Place */
/** @typedef {import('./rows.js').Row} Row */
/** @typedef {import('./model.js').Model} Model */

/** The workload of a row at the model's time. @param {Model} model @param {Row} row @param {number} time */
export function workloadOf(model, row, time) {
  if (row.section) return model.sections.cells.get(row.section.cell)?.workload;
  return model.sections.workloadAt(time);
}

/**
 * The span of a row at a shown time, or one so short that it shares the pixel; -1 without.
 * @param {View} view @param {Row} row @param {number} time
 */
export function spanNear(view, row, time) {
  if (!row.lane) return -1;
  const { spans } = row.lane;
  const at = time + row.shift;
  const i = spans.find(at);
  if (i < spans.length && spans.start[i] <= at) return i;
  const slack = (view.viewport.range / view.plotWidth) * 1.5;
  /** @param {number} k */
  const inRow = (k) => k >= 0 && k < spans.length && spans.end[k] >= row.from && spans.start[k] <= row.to;
  if (inRow(i) && spans.start[i] - at <= slack) return i;
  if (inRow(i - 1) && at - spans.end[i - 1] <= slack) return i - 1;
  return -1;
}

/** @param {View} view @param {Place} place @returns {string} */
export function wordsAt(view, { row, time }) {
  const { model } = view;
  const range = view.viewport.range;
  const at = time + row.shift;
  if (row.kind === 'heading') return row.label;
  if (at < row.from || at > row.to) return `${row.label} · nothing at ${instant(time, range)}`;
  if (row.kind === 'samples') {
    const section = model.sections.at(at);
    if (!section) return `between samples · ${instant(time, range)}`;
    const length = duration(Math.min(section.end, model.now) - section.start);
    return `${model.sections.label(section.cell)}, sample ${section.round} · ${length}, from ${instant(section.start - row.shift, range)}`;
  }
  const { lane } = row;
  if (!lane) return `${plural(model.queue.at(at), 'task', 'tasks')} in the queue at ${instant(time, range)}`;
  const i = spanNear(view, row, time);
  if (i >= 0) return spanPhrase(view, row, i, at);
  return gapWords(lane, lane.spans.find(at), at, { shift: row.shift, range, now: model.now, from: row.from, to: row.to });
}

/**
 * Span `i` of a row; `at` a time of the model in it, by default its beginning.
 * @param {View} view @param {Row} row @param {number} i @param {number} [at]
 */
export function spanPhrase(view, row, i, at) {
  const { model } = view;
  const lane = /** @type {import('./lane.js').Lane} */ (row.lane);
  const workload = workloadOf(model, row, lane.spans.start[i]);
  const moment = at ?? lane.spans.start[i];
  const holder = waitsForGil(lane.spans.state(i)) ? holderAt(model, lane, moment)?.name : undefined;
  return spanWords(lane, i, { workload, shift: row.shift, range: view.viewport.range, now: model.now, holder });
}

/**
 * Who has the GIL that a lane waits for, if there is but one of its method that has any.
 * @param {Model} model @param {import('./lane.js').Lane} waiter @param {number} time
 */
export function holderAt(model, waiter, time) {
  const holders = model.lanes.filter(({ spans, method, workers }) => {
    if (method !== waiter.method || workers !== waiter.workers) return false;
    const i = spans.find(time);
    return i < spans.length && spans.start[i] <= time && (spans.state(i) === HOLDING || spans.state(i) === ASKED);
  });
  return holders.length === 1 ? holders[0] : undefined;
}
