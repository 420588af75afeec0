// The trace in Chrome's JSON format, which Perfetto and chrome://tracing open.
// https://docs.google.com/document/d/1CvAClvFfyA5R-PhYUmn5OOQtYMH4h6I0nSsKchNAySU
//
// A task is a complete event ("X") from its START to its END, with its waits and holds of a GIL nested in it; a
// coroutine's stretches are one each, and its awaits asynchronous events ("b", "e") beside them. A submission is an
// instant ("i"), from which an arrow ("s", "f") leads to the task's start. Counts of queued tasks and of awaits in
// flight are counters ("C").
//
// core/lab/chrome_trace.c writes the same of what the rings still have, and its header lists what importers demand. A
// test holds both against Perfetto's rules, and against each other.

import { NO_TASK, OUTCOME_CANCELLED, OUTCOME_FAILED, REASONS, RUNNING, UNKNOWN, isBlocked, isRunning, statePhrase } from './events.js';
import { LESS, MORE } from './steps.js';

/** @typedef {import('./lane.js').Lane} Lane */
/** @typedef {import('./model.js').Model} Model */
/** @typedef {{ name: string, ph: string, pid: number, tid: number, ts?: number, dur?: number, cat?: string, id?: string | number, bp?: string, s?: string, args?: Record<string, unknown> }} TraceEvent */

const MAIN_PROCESS = 1;
/** What belongs to no lane stands with the first: tid 0 would be taken for the process's own. */
const MAIN = Object.freeze({ pid: MAIN_PROCESS, tid: 1 });

/**
 * The document, all at once.
 * @param {Model} model
 * @returns {{ displayTimeUnit: string, otherData: Record<string, unknown>, traceEvents: TraceEvent[] }}
 */
export function chromeTrace(model) {
  return { displayTimeUnit: 'ms', otherData: otherData(model), traceEvents: [...traceEvents(model)] };
}

/** The document as text, in pieces: for whoever must not hold up a page. @param {Model} model */
export function* chromeTraceText(model) {
  yield `{"displayTimeUnit":"ms","otherData":${JSON.stringify(otherData(model))},"traceEvents":[`;
  let piece = [];
  let separator = '\n';
  for (const event of traceEvents(model)) {
    piece.push(JSON.stringify(event));
    if (piece.length === 1000) {
      yield separator + piece.join(',\n');
      separator = ',\n';
      piece = [];
    }
  }
  yield `${piece.length > 0 ? separator + piece.join(',\n') : ''}\n]}\n`;
}

/** @param {Model} model */
function otherData(model) {
  return { source: 'Concurrency Lab', eventsLost: model.lost, recordsDropped: model.dropped, eventsUnmatched: model.unmatched() };
}

/** @param {Model} model @returns {Generator<TraceEvent>} */
function* traceEvents(model) {
  model.settle();
  const places = placesOf(model.lanes);
  yield* metadata(model, places);
  yield* sectionEvents(model, places);
  const arrows = arrowsOf(model);
  for (const lane of model.lanes) {
    yield* laneEvents(model, lane, /** @type {Place} */ (places.get(lane.id)), arrows);
    yield* awaitEvents(model, lane, /** @type {Place} */ (places.get(lane.id)));
  }
  yield* queueEvents(model, places, arrows);
}

/** @typedef {{ pid: number, tid: number }} Place */

/** A process lane is a process of its own; all others are threads of the first. @param {Lane[]} lanes */
function placesOf(lanes) {
  /** @type {Map<number, Place>} */
  const places = new Map();
  for (const lane of lanes) {
    places.set(lane.id, { pid: lane.role === 'process' ? MAIN_PROCESS + 1 + lane.id : MAIN_PROCESS, tid: lane.id + 1 });
  }
  return places;
}

/** @param {Model} model @param {Map<number, Place>} places @returns {Generator<TraceEvent>} */
function* metadata(model, places) {
  yield { name: 'process_name', ph: 'M', ...MAIN, args: { name: 'Concurrency Lab' } };
  for (const lane of model.lanes) {
    const place = /** @type {Place} */ (places.get(lane.id));
    const name = `${lane.name}${lane.method ? `, ${lane.method}` : ''}${lane.workers > 1 ? ` × ${lane.workers}` : ''}`;
    if (place.pid !== MAIN_PROCESS) {
      yield { name: 'process_name', ph: 'M', ...place, args: { name } };
      yield { name: 'process_sort_index', ph: 'M', ...place, args: { sort_index: place.pid } };
    }
    yield { name: 'thread_name', ph: 'M', ...place, args: { name } };
    yield { name: 'thread_sort_index', ph: 'M', ...place, args: { sort_index: lane.id } };
  }
}

/** @param {number} time */
const micros = (time) => time / 1000;

/** Samples, as slices of the coordinator. @param {Model} model @param {Map<number, Place>} places @returns {Generator<TraceEvent>} */
function* sectionEvents(model, places) {
  const home = coordinatorPlace(model, places);
  for (const { cell, round, start, end } of model.sections.list) {
    const dur = micros(Math.min(end, model.now) - start);
    yield { name: model.sections.label(cell), cat: 'sample', ph: 'X', ts: micros(start), dur, ...home, args: { cell, round } };
  }
}

/** @param {Model} model @param {Map<number, Place>} places @returns {Place} */
function coordinatorPlace(model, places) {
  const lane = model.lanes.find(({ role }) => role === 'coordinator') ?? model.lanes[0];
  return (lane && places.get(lane.id)) ?? MAIN;
}

/** @param {Model} model @param {number} time @param {number} task */
function taskName(model, time, task) {
  if (task === NO_TASK) return 'task';
  const workload = model.sections.workloadAt(time);
  return workload ? `${workload} task ${task}` : `task ${task}`;
}

/** From a submission to a start, by their steps of the queue. @typedef {{ id: number, from: number, arrived: boolean }} Arrow */
const ARROW = Object.freeze({ name: 'submit', cat: 'submit' });

/** The arrows to come, by lane and time of their starts. @param {Model} model */
function arrowsOf({ queue }) {
  /** @type {Map<string, Arrow>} */
  const arrows = new Map();
  /** Submissions that wait for their start, by task. @type {Map<number, number>} */
  const submitted = new Map();
  for (let i = 0; i < queue.count; i++) {
    const kind = queue.mark[i] & 3;
    const from = submitted.get(queue.task[i]);
    if (kind === MORE) submitted.set(queue.task[i], i);
    else if (kind !== LESS) submitted.clear();
    else if (from !== undefined) {
      submitted.delete(queue.task[i]);
      arrows.set(`${queue.lane[i]} ${queue.time[i]} ${queue.task[i]}`, { id: arrows.size + 1, from, arrived: false });
    }
  }
  return arrows;
}

/** @param {Model} model @param {Lane} lane @param {Place} place @param {Map<string, Arrow>} arrows @returns {Generator<TraceEvent>} */
function* laneEvents(model, lane, place, arrows) {
  const { spans } = lane;
  const length = spans.length;
  for (let first = 0; first < length; ) {
    // A task's stretch: spans that follow each other without a gap, until one ends it.
    let last = first;
    while (
      last + 1 < length && spans.outcome(last) === 0 && spans.task[last + 1] === spans.task[first] &&
      spans.start[last + 1] === spans.end[last]
    ) last++;
    const task = spans.task[first];
    const ts = spans.start[first];
    const end = Math.min(spans.end[last], model.now);
    const outcome = spans.outcome(last);
    const result = outcome === OUTCOME_FAILED ? 'failed' : outcome === OUTCOME_CANCELLED ? 'cancelled' : undefined;
    if (first < last ? task !== NO_TASK : isRunning(spans.state(first)) && task !== NO_TASK) {
      const open = spans.end[last] === Infinity ? { open: true } : {};
      const args = { task, ...(result ? { result } : {}), ...open };
      yield { name: taskName(model, ts, task), cat: 'task', ph: 'X', ts: micros(ts), dur: micros(end - ts), ...place, args };
      // At once: what the lane does about its GIL may begin at the same time, and the arrow leads to the topmost slice.
      const arrow = arrows.get(`${lane.id} ${ts} ${task}`);
      if (arrow && !arrow.arrived) yield { ...ARROW, id: arrow.id, ph: 'f', bp: 'e', ts: micros(ts), ...place };
      if (arrow) arrow.arrived = true;
    }
    for (let i = first; i <= last; i++) {
      const state = spans.state(i);
      if (state === RUNNING) continue;
      const name = state === UNKNOWN ? 'not known: events were lost' : statePhrase(state);
      const dur = micros(Math.min(spans.end[i], model.now) - spans.start[i]);
      const cat = state === UNKNOWN ? 'unknown' : isBlocked(state) ? 'blocked' : 'gil';
      const args = spans.task[i] === NO_TASK ? {} : { task: spans.task[i] };
      yield { name, cat, ph: 'X', ts: micros(spans.start[i]), dur, ...place, args };
    }
    first = last + 1;
  }
}

/** @param {Model} model @param {Lane} lane @param {Place} place @returns {Generator<TraceEvent>} */
function* awaitEvents(model, lane, place) {
  const { awaits } = lane;
  if (!awaits) return;
  /** @type {Map<number, { id: string, name: string, cat: string }>} */
  const begun = new Map();
  for (let i = 0; i < awaits.count; i++) {
    const ts = micros(awaits.time[i]);
    const task = awaits.task[i];
    if ((awaits.mark[i] & 3) === MORE) {
      const reason = REASONS[awaits.mark[i] >> 2] ?? 'unknown';
      const one = { id: `0x${lane.id.toString(16)}${task.toString(16).padStart(8, '0')}`, name: `await ${reason}`, cat: 'await' };
      begun.set(task, one);
      yield { ...one, ph: 'b', ts, ...place, args: { task } };
    } else {
      const one = begun.get(task);
      if (one) yield { ...one, ph: 'e', ts, ...place };
      begun.delete(task);
    }
    yield { name: lane.name, ph: 'C', ts, ...MAIN, args: { 'awaits in flight': Math.max(0, awaits.level[i]) } };
  }
  for (const one of begun.values()) yield { ...one, ph: 'e', ts: micros(model.now), ...place, args: { open: true } };
}

/** @param {Model} model @param {Map<number, Place>} places @param {Map<string, Arrow>} arrows @returns {Generator<TraceEvent>} */
function* queueEvents(model, places, arrows) {
  const { queue } = model;
  /** @param {number} i */
  const placeOf = (i) => places.get(queue.lane[i]) ?? MAIN;
  const leaving = new Map([...arrows.values()].filter(({ arrived }) => arrived).map(({ from, id }) => [from, id]));
  let shown = 0;
  for (let i = 0; i < queue.count; i++) {
    const task = queue.task[i];
    const ts = micros(queue.time[i]);
    if ((queue.mark[i] & 3) === MORE) {
      yield { name: `submit ${taskName(model, queue.time[i], task)}`, cat: 'submit', ph: 'i', s: 't', ts, ...placeOf(i), args: { task } };
      const id = leaving.get(i);
      if (id !== undefined) yield { ...ARROW, id, ph: 's', ts, ...placeOf(i) };
    }
    const tasks = Math.max(0, queue.level[i]);
    if (tasks !== shown) yield { name: 'queued', ph: 'C', ts, ...MAIN, args: { tasks } };
    shown = tasks;
  }
}
