// The guide's table: a row for each method, a column for each cost, every number with where it comes from.

import { h, setText } from '../page/dom.js';
import { bytes, integer, plural, range, seconds, secondsRange, times } from '../page/format.js';
import { METHOD_ORDER, methodClass } from '../page/methods.js';
import { Tip } from '../page/tip.js';
import { COLUMNS, PARALLEL, WAITING, doubtOf } from './numbers.js';

/** @import { Column, Load, Measured, MethodNumbers, Numbers } from './numbers.js' */
/** @import { Source } from '../page/runs.js' */

/** @type {Record<Column, { head: string, unit: string }>} */
const HEADS = {
  memory: { head: 'Memory', unit: 'for each worker' },
  startup: { head: 'Start-up', unit: 'for each worker' },
  cross: { head: 'Cross-task cost', unit: 'there and back' },
  management: { head: 'Management', unit: 'for each task' },
  load: { head: 'System load', unit: `of ${WAITING} that wait` },
  cpu: { head: 'Parallelism', unit: 'speed-up' },
};

/** Facts, not numbers: what is shared, and what a crash takes along. @type {Record<string, string>} */
const ISOLATION = {
  sequential: 'one program, nobody to share with',
  threads: 'none: all memory is shared',
  'threads-gil': 'none: all memory is shared, one at a time computes',
  interpreters: 'objects apart, one address space: a crash takes all',
  processes: 'full: a memory of its own, a crash ends one',
  async: 'none: one memory, but others run only at awaits',
};

const NOT_YET = 'not measured yet';

export class GuideTable {
  #tip;
  /** @type {Map<string, { button: HTMLButtonElement, cell: HTMLElement }>} */
  #cells = new Map();

  /** @param {HTMLElement} place */
  constructor(place) {
    const heads = [...COLUMNS.map((column) => HEADS[column]), { head: 'Isolation', unit: 'what is shared' }];
    const table = h(
      'table',
      { class: 'guide' },
      h('caption', { class: 'visually-hidden' }, 'What each method costs on this machine'),
      h('thead', {}, h('tr', {}, h('th', { scope: 'col' }, 'Method'), ...heads.map(({ head, unit }) => h('th', { scope: 'col' }, head, h('span', { class: 'unit' }, unit))))),
      h('tbody', {}, ...METHOD_ORDER.map((method) => this.#row(method))),
    );
    place.append(table);
    this.#tip = new Tip(place, table);
  }

  /** @param {string} method */
  #row(method) {
    const cells = COLUMNS.map((column) => {
      const button = h('button', { type: 'button', class: 'why', tabindex: -1 });
      const cell = h('td', { 'data-label': `${HEADS[column].head}, ${HEADS[column].unit}` }, button);
      this.#cells.set(`${method} ${column}`, { button, cell });
      return cell;
    });
    return h(
      'tr',
      { class: methodClass(method) },
      h('th', { scope: 'row' }, h('span', { class: 'swatch' }), method),
      ...cells,
      h('td', { class: 'fact', 'data-label': 'Isolation, what is shared' }, h('span', {}, ISOLATION[method] ?? '')),
    );
  }

  /** @param {Numbers} numbers */
  show(numbers) {
    for (const one of numbers.methods)
      for (const column of COLUMNS) {
        const parts = this.#cells.get(`${one.method} ${column}`);
        if (!parts) continue;
        const { text, tip, state } = cellOf(one, column);
        setText(parts.button, text);
        parts.button.dataset.tip = tip;
        parts.button.setAttribute('aria-label', `${one.method}, ${HEADS[column].head}: ${text}. ${tip}`);
        parts.cell.className = state;
      }
    this.#tip.refresh();
  }
}

/** @param {MethodNumbers} one @param {Column} column @returns {{ text: string, tip: string, state: 'is-number' | 'is-missing' | 'is-gap' }} */
export function cellOf(one, column) {
  const found = one[column];
  if (found) return { text: textOf(one, column), tip: `${aboutOf(one, column)} ${sourceOf(found.source)}`, state: 'is-number' };
  if (one.reason !== null) return { text: 'not here', tip: `${one.method} cannot run here: ${stop(one.reason)}`, state: 'is-gap' };
  const gap = one.gaps[column];
  if (gap !== undefined) return { text: 'none', tip: `It could not be measured: ${stop(gap)}`, state: 'is-gap' };
  return { text: NOT_YET, tip: 'Press “Measure what is missing”.', state: 'is-missing' };
}

/** @param {MethodNumbers} one @param {Column} column */
function textOf(one, column) {
  if (column === 'load') return one.load ? loadWords(one.load) : NOT_YET;
  const found = one[column];
  if (!found) return NOT_YET;
  if (column === 'memory') return bytes(found.value);
  if (column === 'cpu') return `${times(found.value)}${doubtOf(one) ? '\u00a0— not\u00a0sure' : ''}`;
  return `${found.below ? '<\u00a0' : ''}${seconds(found.value)}`;
}

/** @param {Load} load */
function loadWords({ bytes: held, threads, processes }) {
  return `${processes > 0 ? `${integer(processes)}\u00a0processes` : plural(threads, 'thread')}, ${bytes(held)}`;
}

/** What a number is, and its interval. @param {MethodNumbers} one @param {Column} column */
function aboutOf(one, column) {
  const { method, memory, startup, cross, management, load, cpu } = one;
  const worker = (/** @type {Measured} */ { workers }) => `each of ${plural(workers, 'worker')}`;
  const spread = (/** @type {Measured} */ { low, high }) => (low !== null && high !== null && high > low ? `, 95% interval ${secondsRange(low, high)}` : '');
  switch (column) {
    case 'memory':
      if (!memory) return '';
      if (method === 'sequential') return 'Bytes that running one after another adds to the program: it has no workers.';
      return method === 'async' ? `Bytes that each of ${plural(memory.tasks, 'coroutine')} held, on one thread.` : `Bytes that ${worker(memory)} adds.`;
    case 'startup':
      if (!startup) return '';
      return `Time to start ${startup.workers === 1 ? 'it' : `${plural(startup.workers, 'worker')}, divided by them`}.${startup.below ? ' It was shorter than a step of the clock.' : ''}`;
    case 'cross':
      return cross ? `Time from submit to the result of an empty task, one at a time${spread(cross)}.` : '';
    case 'management':
      return management ? `Time for each of ${plural(management.tasks, 'tiny task')} handed over at once${spread(management)}.` : '';
    case 'load':
      if (!load) return '';
      return load.atOnce > 1 ? `What is held while ${integer(load.atOnce)} tasks wait for their pages.` : 'What is held while one task waits for its page: the others have to wait for that one.';
    default:
      if (!cpu) return '';
      return `Speed-up on primes with ${plural(cpu.workers, 'worker')} against one after another${cpu.low !== null && cpu.high !== null && cpu.high > cpu.low ? `, 95% interval ${range(cpu.low, cpu.high)}` : ''}.${doubtWords(one)}`;
  }
}

/** @param {MethodNumbers} one */
function doubtWords(one) {
  const doubt = doubtOf(one);
  if (!doubt || !one.cpu) return '';
  if (doubt === 'unsure') return one.cpu.source.cores === 1 ? ' The interval holds 1: no certain gain, and there is one core.' : ' The interval holds 1, so this may be no gain at all. If the machine was busy: measure again.';
  const most = PARALLEL.includes(one.method) ? `${plural(one.cpu.workers, 'worker')} on this machine can do` : 'one at a time can do';
  return ` That is more than ${most}: the machine was busy: measure again.`;
}

/** @param {Source} source */
function sourceOf({ at, runtime, cores }) {
  const when = new Date(at).toLocaleString('en', { dateStyle: 'medium', timeStyle: 'short' });
  return `Measured ${when}${runtime ? ` in ${runtime}` : ''}${cores > 0 ? `, ${plural(cores, 'core')}` : ''}.`;
}

/** @param {string} words */
const stop = (words) => (/[.!?]$/.test(words) ? words : `${words}.`);
