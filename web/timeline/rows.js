// What stands below what: the rows of a picture, from the model and from what the reader chose to see.

import { least, most } from '../page/extent.js';
import { duration } from './words.js';

/** @typedef {import('./lane.js').Lane} Lane */
/** @typedef {import('./model.js').Model} Model */
/** @typedef {import('./sections.js').Section} Section */

/**
 * What is shown: the whole run; one sample of a cell; or one sample of each cell of a workload, below
 * each other and all beginning at zero. `round` null means the last finished sample.
 * @typedef {{ what: 'run' } | { what: 'cell', cell: number, round: number | null }
 *   | { what: 'workload', workload: string, round: number | null }} Choice
 */

/**
 * @typedef {object} Row
 * @property {'heading' | 'samples' | 'queue' | 'lane'} kind
 * @property {number} y of its top, from the top of all rows
 * @property {number} height
 * @property {string} label
 * @property {string} [aside] said after a heading's label, more quietly
 * @property {string} method whose colour it has; empty: that of the sample
 * @property {number} shift added to a shown time it is the model's time
 * @property {number} from first of the model's time that the row shows
 * @property {number} to
 * @property {Lane} [lane]
 * @property {Section} [section]
 */

export const BAR = 20;
export const COUNT = 20;
const GAP = 8;
export const HEIGHTS = { heading: 28, samples: 24, queue: COUNT + GAP, lane: BAR + GAP };

/** The lanes that a sample used: those of its method and size, and any other that did something in it.
 * @param {Model} model @param {Section} section */
function lanesOf(model, section) {
  const cell = model.sections.cells.get(section.cell);
  const to = Math.min(section.end, model.now);
  return model.lanes.filter((lane) => {
    if (cell && lane.method === cell.method && lane.workers === cell.workers) return true;
    const i = lane.spans.find(section.start);
    return i < lane.spans.length && lane.spans.start[i] < to;
  }).sort(byNumber);
}

/** @param {Lane} a @param {Lane} b */
const byNumber = (a, b) => a.kind.localeCompare(b.kind) || a.number - b.number || a.id - b.id;

/** A sample of a cell: that round, or the last finished, or the one that runs. @param {Model} model @param {number} cell @param {number | null} round */
function sectionOf(model, cell, round) {
  const sections = model.sections.of(cell);
  if (round !== null) return sections.find((section) => section.round === round) ?? sections.at(-1);
  return sections.findLast((section) => section.end < Infinity) ?? sections.at(-1);
}

/** The samples that a choice shows, in the order of the plan. @param {Model} model @param {Choice} choice */
export function chosenSections(model, choice) {
  if (choice.what === 'run') return [];
  const { sections } = model;
  const cells = choice.what === 'cell' ? [choice.cell]
    : sections.known().filter((cell) => sections.cells.get(cell)?.workload === choice.workload);
  let { round } = choice;
  if (round === null && cells.length > 1) {
    // The last round that every cell has finished, so that like stands below like.
    const finished = cells.map((cell) => sectionOf(model, cell, null)?.round ?? Infinity);
    round = least(finished);
  }
  return cells.map((cell) => sectionOf(model, cell, round)).filter((section) => section !== undefined);
}

/** The same choice, kept to its samples though the run goes on. @param {Model} model @param {Choice} choice @returns {Choice} */
export function pinned(model, choice) {
  if (choice.what === 'run' || choice.round !== null) return choice;
  return { ...choice, round: chosenSections(model, choice)[0]?.round ?? null };
}

/** Length of time the rows of a choice span. @param {Model} model @param {Choice} choice */
export function domainOf(model, choice) {
  if (!(model.now >= model.begin)) return { begin: 0, end: 1e9 };
  const sections = chosenSections(model, choice);
  if (sections.length === 0) return { begin: model.begin, end: model.now };
  const longest = most(sections.map(({ start, end }) => Math.min(end, model.now) - start));
  return { begin: 0, end: longest };
}

/** @param {Model} model @param {Choice} choice @returns {{ rows: Row[], height: number }} */
export function layout(model, choice) {
  /** @type {Row[]} */
  const rows = [];
  let y = 0;
  /** @param {Row['kind']} kind @param {Omit<Row, 'kind' | 'y' | 'height'>} rest */
  const add = (kind, rest) => {
    const height = HEIGHTS[kind] + (kind === 'lane' && rest.lane?.awaits ? COUNT + 4 : 0);
    rows.push({ kind, y, height, ...rest });
    y += height;
  };
  const sections = chosenSections(model, choice);
  if (sections.length > 0) for (const section of sections) sampleRows(model, section, add);
  else runRows(model, add);
  return { rows, height: y };
}

/** @typedef {(kind: Row['kind'], rest: Omit<Row, 'kind' | 'y' | 'height'>) => void} Add */

/** @param {Model} model @param {Section} section @param {Add} add */
function sampleRows(model, section, add) {
  const cell = model.sections.cells.get(section.cell);
  const time = { shift: section.start, from: section.start, to: Math.min(section.end, model.now) };
  const common = { ...time, section, method: cell?.method ?? '' };
  const aside = `${duration(time.to - time.from)}, sample ${section.round}`;
  add('heading', { ...common, label: model.sections.label(section.cell), aside });
  if (queueWithin(model, time.from, time.to)) add('queue', { ...common, label: 'queued' });
  for (const lane of lanesOf(model, section)) add('lane', { ...common, method: lane.method || common.method, label: lane.name, lane });
}

/** @param {Model} model @param {Add} add */
function runRows(model, add) {
  const time = { shift: 0, from: model.begin, to: model.now };
  if (model.sections.list.length > 0) add('samples', { ...time, label: 'samples', method: '' });
  if (model.queue.peak > 0) add('queue', { ...time, label: 'queued', method: '' });
  // In the order of the plan: lanes open in the shuffled order of the samples.
  const plan = [...model.sections.cells.values()];
  const rank = (/** @type {Lane} */ lane) => {
    const place = plan.findIndex(({ method, workers }) => method === lane.method && workers === lane.workers);
    return place < 0 ? plan.length : place;
  };
  /** @type {Map<string, Lane[]>} */
  const groups = new Map();
  for (const lane of model.lanes) {
    const key = lane.method ? `${lane.method}${lane.workers > 1 ? ` · ${lane.workers} workers` : ''}` : '';
    const group = groups.get(key);
    if (group) group.push(lane);
    else groups.set(key, [lane]);
  }
  const unnamed = groups.get('') ?? [];
  groups.delete('');
  for (const lane of unnamed) add('lane', { ...time, label: lane.name, method: '', lane });
  const ordered = [...groups].sort(([, a], [, b]) => rank(a[0]) - rank(b[0]));
  for (const [label, lanes] of ordered) {
    add('heading', { ...time, label, method: lanes[0].method });
    for (const lane of lanes.sort(byNumber)) add('lane', { ...time, label: lane.name, method: lane.method, lane });
  }
}

/** @param {Model} model @param {number} from @param {number} to */
function queueWithin({ queue }, from, to) {
  return queue.peakOf(queue.find(from), queue.find(to)) > 0;
}

/** The first row that reaches below `y`. @param {Row[]} rows @param {number} y */
export function rowAt(rows, y) {
  let low = 0;
  let high = rows.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (rows[middle].y + rows[middle].height <= y) low = middle + 1;
    else high = middle;
  }
  return low;
}
