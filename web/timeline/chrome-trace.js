// The trace in Chrome's JSON format, which Perfetto and chrome://tracing open.
// https://docs.google.com/document/d/1CvAClvFfyA5R-PhYUmn5OOQtYMH4h6I0nSsKchNAySU
//
// A task is a complete event ("X") from its START to its END, with its waits and holds of a GIL nested in it; a
// coroutine's stretches are one each, and its awaits asynchronous events ("b", "e") beside them. An arrow
// ("s", "f") leads from a task's submission to its start; what was submitted and never started is an
// instant ("i"). Counts of queued tasks and of awaits in flight are counters ("C").

import { NO_TASK, OUTCOME_CANCELLED, OUTCOME_FAILED, REASONS, RUNNING, UNKNOWN, isBlocked, isRunning, statePhrase } from './events.js';
import { LESS, MORE } from './steps.js';

/** @typedef {import('./lane.js').Lane} Lane */
/** @typedef {import('./model.js').Model} Model */
/** @typedef {{ name: string, ph: string, pid: number, tid: number, ts?: number, dur?: number, cat?: string, id?: string, bp?: string, s?: string, args?: Record<string, unknown> }} TraceEvent */

const MAIN_PROCESS = 1;

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
  for (const lane of model.lanes) {
    yield* laneEvents(model, lane, /** @type {Place} */ (places.get(lane.id)));
    yield* awaitEvents(lane, /** @type {Place} */ (places.get(lane.id)));
  }
  yield* queueEvents(model, places);
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
  yield { name: 'process_name', ph: 'M', pid: MAIN_PROCESS, tid: 0, args: { name: 'Concurrency Lab' } };
  for (const lane of model.lanes) {
    const place = /** @type {Place} */ (places.get(lane.id));
    const name = lane.method ? `${lane.name} (${lane.method}${lane.workers > 1 ? `, ${lane.workers} workers` : ''})` : lane.name;
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
  return (lane && places.get(lane.id)) ?? { pid: MAIN_PROCESS, tid: 0 };
}

/** @param {Model} model @param {number} time @param {number} task */
function taskName(model, time, task) {
  if (task === NO_TASK) return 'task';
  const workload = model.sections.workloadAt(time);
  return workload ? `${workload} task ${task}` : `task ${task}`;
}

/** @param {Model} model @param {Lane} lane @param {Place} place @returns {Generator<TraceEvent>} */
function* laneEvents(model, lane, place) {
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

/** @param {Lane} lane @param {Place} place @returns {Generator<TraceEvent>} */
function* awaitEvents(lane, place) {
  const { awaits } = lane;
  if (!awaits) return;
  /** @type {Map<number, { id: string, name: string }>} */
  const begun = new Map();
  for (let i = 0; i < awaits.count; i++) {
    const ts = micros(awaits.time[i]);
    const task = awaits.task[i];
    if ((awaits.mark[i] & 3) === MORE) {
      const reason = REASONS[awaits.mark[i] >> 2];
      const one = { id: `await ${lane.id}.${task}.${i}`, name: reason && reason !== 'none' ? `await ${reason}` : 'await' };
      begun.set(task, one);
      yield { ...one, cat: 'await', ph: 'b', ts, ...place, args: { task } };
    } else {
      const one = begun.get(task);
      if (one) yield { ...one, cat: 'await', ph: 'e', ts, ...place };
      begun.delete(task);
    }
    const level = Math.max(0, awaits.level[i]);
    yield { name: `awaits in flight, ${lane.name}`, ph: 'C', ts, ...place, args: { awaits: level } };
  }
}

/** @param {Model} model @param {Map<number, Place>} places @returns {Generator<TraceEvent>} */
function* queueEvents(model, places) {
  const { queue } = model;
  /** @param {number} i */
  const placeOf = (i) => places.get(queue.lane[i]) ?? { pid: MAIN_PROCESS, tid: 0 };
  /** Submissions that wait for their start, by task. @type {Map<number, number>} */
  const submitted = new Map();
  /** @param {number} i @returns {TraceEvent} */
  const never = (i) => ({
    name: `submit ${taskName(model, queue.time[i], queue.task[i])}`, cat: 'submit', ph: 'i', s: 't',
    ts: micros(queue.time[i]), ...placeOf(i), args: { task: queue.task[i] },
  });
  for (let i = 0; i < queue.count; i++) {
    const task = queue.task[i];
    const kind = queue.mark[i] & 3;
    if (kind === MORE) {
      const earlier = submitted.get(task);
      if (earlier !== undefined) yield never(earlier);
      submitted.set(task, i);
    } else if (kind === LESS) {
      const from = submitted.get(task);
      submitted.delete(task);
      if (from !== undefined) {
        const flow = { name: 'submit', cat: 'submit', id: `submit ${from}` };
        yield { ...flow, ph: 's', ts: micros(queue.time[from]), ...placeOf(from), args: { task } };
        yield { ...flow, ph: 'f', bp: 'e', ts: micros(queue.time[i]), ...placeOf(i), args: { task } };
      }
    } else {
      for (const left of submitted.values()) yield never(left);
      submitted.clear();
    }
    yield { name: 'queued tasks', ph: 'C', ts: micros(queue.time[i]), pid: MAIN_PROCESS, tid: 0, args: { queued: Math.max(0, queue.level[i]) } };
  }
  for (const left of submitted.values()) yield never(left);
}
