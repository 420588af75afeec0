// While it runs: per cell the rounds done, the median so far, and its interval closing in on ±5%.
//
// Messages only change numbers here; the document is written once per frame at most, and rows never come
// or go after the plan, so nothing jumps.

import { batched, h, setText } from '../page/dom.js';
import { least } from '../page/extent.js';
import { halfWidth, list, plural, plusMinus, range, seconds, times } from '../page/format.js';
import { byMethod, cellLabel, methodClass } from '../page/methods.js';

/** @import { CompareEvent, PlanEvent, VerdictEvent } from './types.js' */

/** What the track is wide: ±30% of the median from end to end. */
const TRACK = 0.3;
const GOAL = 0.05;
/** Fewer rounds have no interval, and so there is nothing to say. */
const ROUNDS_LEAST = 5;
const RULE = 'Rounds go on until every interval lies within the shaded ±5% of its median, or until time is up.';

/**
 * @typedef {{ cell: number, workload: string, method: string, workers: number, rounds: number, median: number | null,
 *             low: number | null, high: number | null, phase: string, failure: string, order: number }} CellState
 * @typedef {{ row: HTMLElement, rounds: HTMLElement, median: HTMLElement, track: HTMLElement, width: HTMLElement }} Row
 */

export class Progress {
  #section;
  #line;
  #body;
  /** @type {Map<number, CellState>} */
  #cells = new Map();
  /** @type {Map<number, Row>} */
  #rows = new Map();
  /** By workload, what can be said of it so far. @type {Map<string, HTMLElement>} */
  #verdicts = new Map();
  /** @type {PlanEvent | null} */
  #plan = null;
  #elapsed = 0;
  #current = -1;
  #note = '';
  #ended = '';
  #draw;
  #onVerdict;

  /** `onVerdict` is told the first verdicts of a run, once there is one of each workload.
   * @param {{ section: HTMLElement, line: HTMLElement, body: HTMLElement, onChange: () => void, onVerdict: (sentence: string) => void }} parts */
  constructor({ section, line, body, onChange, onVerdict }) {
    this.#onVerdict = onVerdict;
    this.#section = section;
    this.#line = line;
    this.#body = body;
    this.#draw = batched(() => {
      this.#render();
      onChange();
    });
  }

  begin() {
    this.#cells.clear();
    this.#rows.clear();
    this.#verdicts.clear();
    this.#plan = null;
    this.#elapsed = 0;
    this.#current = -1;
    this.#note = '';
    this.#ended = '';
    this.#section.hidden = false;
    this.#body.replaceChildren();
    this.#line.textContent = RULE;
  }

  /** @param {string} sentence how it ended */
  end(sentence) {
    this.#ended = sentence;
    this.#current = -1;
    this.#draw();
  }

  /** @param {CompareEvent} event */
  take(event) {
    if (event.type === 'plan') this.#layOut(event);
    else if (event.type === 'note') this.#note = event.message;
    else if (event.type === 'verdict') this.#say(event);
    else if (!('cell' in event)) return; // another command's
    else {
      const cell = this.#cells.get(event.cell);
      if (!cell) return;
      if (event.type === 'phase') {
        cell.phase = event.phase;
        this.#current = event.cell;
      } else if (event.type === 'sample') {
        // A core counts rounds from 0 or from 1; what was seen is counted here.
        cell.rounds++;
        cell.median = event.median;
        cell.low = event.low;
        cell.high = event.high;
        this.#elapsed = Math.max(this.#elapsed, event.elapsedSeconds);
      } else cell.failure = event.message;
    }
    this.#draw();
  }

  /** @param {PlanEvent} plan */
  #layOut(plan) {
    this.#plan = plan;
    this.#cells.clear();
    this.#rows.clear();
    plan.cells.forEach((cell, order) => {
      this.#cells.set(cell.cell, { ...cell, rounds: 0, median: null, low: null, high: null, phase: '', failure: '', order });
    });
    const tables = [...new Set(plan.cells.map((cell) => cell.workload))].map((workload) => this.#table(workload));
    this.#body.replaceChildren(
      ...tables,
      ...plan.unavailable.map(({ method, reason }) => h('p', { class: 'caption' }, `${method} is left out: ${reason}`)),
    );
  }

  /** @param {VerdictEvent} verdict */
  #say(verdict) {
    const line = this.#verdicts.get(verdict.workload);
    if (!line) return;
    const all = [...this.#verdicts.values()];
    const before = all.every((one) => one.classList.contains('told'));
    line.classList.add('told');
    setText(line, soFar(verdict));
    if (!before && all.every((one) => one.classList.contains('told')))
      this.#onVerdict([...this.#verdicts].map(([workload, { textContent }]) => `${workload}: ${textContent}`).join(' '));
  }

  /** @param {string} workload */
  #table(workload) {
    const cells = [...this.#cells.values()].filter((one) => one.workload === workload).sort(byMethod);
    const verdict = h('span', { class: 'so-far' }, `A first verdict comes after ${plural(ROUNDS_LEAST, 'round')}.`);
    if (cells.length > 1) this.#verdicts.set(workload, verdict);
    const body = h('tbody');
    for (const cell of cells) {
      const parts = {
        rounds: h('td', { class: 'number' }, '0'),
        median: h('td', { class: 'number' }, '–'),
        track: h('div', { class: 'track', 'aria-hidden': 'true' }, h('div', { class: 'goal' }), h('div', { class: 'bar' })),
        width: h('span', { class: 'number' }, '–'),
      };
      const row = h(
        'tr',
        { class: methodClass(cell.method) },
        h('th', { scope: 'row' }, h('span', { class: 'swatch' }), cellLabel(cell.method, cell.workers)),
        parts.rounds,
        parts.median,
        h('td', { class: 'closing' }, h('div', { class: 'closing-in' }, parts.track, parts.width)),
      );
      body.append(row);
      this.#rows.set(cell.cell, { row, ...parts });
    }
    const heads = [['Method', ''], ['Rounds', 'number'], ['Median', 'number'], ['Interval', '']];
    return h(
      'table',
      { class: 'progress' },
      h('caption', {}, workload, ...(cells.length > 1 ? [verdict] : [])),
      h('thead', {}, h('tr', {}, ...heads.map(([text = '', kind]) => h('th', { scope: 'col', class: kind || null }, text)))),
      body,
    );
  }

  #render() {
    for (const [id, cell] of this.#cells) {
      const row = this.#rows.get(id);
      if (!row) continue;
      row.row.classList.toggle('current', id === this.#current);
      row.row.classList.toggle('failed', cell.failure !== '');
      setText(row.rounds, String(cell.rounds));
      setText(row.median, cell.failure ? 'failed' : seconds(cell.median));
      const { median, low, high } = cell;
      const known = median !== null && low !== null && high !== null && median > 0;
      const half = known ? halfWidth({ median, low, high }) : null;
      row.row.classList.toggle('close', half !== null && half <= GOAL);
      row.track.classList.toggle('known', known);
      setText(row.width, cell.failure ? '' : median === null ? '–' : plusMinus({ median, low, high }));
      if (known) {
        row.track.style.setProperty('--low', String(position(low / median - 1)));
        row.track.style.setProperty('--high', String(position(high / median - 1)));
      }
      row.row.title = cell.failure;
    }
    setText(this.#line, this.#ended || RULE);
  }

  /** Every cell's rounds: what all have. */
  get rounds() {
    const counts = [...this.#cells.values()].filter((cell) => !cell.failure).map((cell) => cell.rounds);
    return counts.length > 0 ? least(counts) : 0;
  }

  /** 0 to 1: how far towards both the least rounds and the time limit. */
  get share() {
    if (!this.#plan) return 0;
    const { minRounds, maxSeconds } = this.#plan;
    return Math.min(1, maxSeconds > 0 ? this.#elapsed / maxSeconds : 1, minRounds > 0 ? this.rounds / minRounds : 1);
  }

  get status() {
    if (!this.#plan) return 'Starting…';
    const rounds = this.rounds;
    if (rounds === 0) {
      const cell = this.#cells.get(this.#current);
      const what = cell ? ` ${cellLabel(cell.method, cell.workers)} on ${cell.workload}` : '';
      return cell?.phase === 'start-up' ? `Starting${what}` : `Warming up${what}`;
    }
    const widest = [...this.#cells.values()]
      .filter((cell) => !cell.failure && cell.median !== null)
      .map((cell) => ({ cell, half: halfWidth({ median: cell.median ?? 0, low: cell.low, high: cell.high }) ?? Infinity }))
      .sort((a, b) => b.half - a.half)[0];
    const goal = rounds < this.#plan.minRounds ? ` of at least ${this.#plan.minRounds}` : '';
    const wide = widest && Number.isFinite(widest.half) ? ` · widest interval ±${Math.ceil(widest.half * 100)}%` : '';
    return `${plural(rounds, 'round')}${goal} done${wide}${this.#note ? ` · ${this.#note}` : ''}`;
  }

  get failures() {
    return [...this.#cells.values()]
      .filter((cell) => cell.failure)
      .map((cell) => `${cellLabel(cell.method, cell.workers)} on ${cell.workload}: ${cell.failure}`);
  }

  get what() {
    return list([...new Set([...this.#cells.values()].map((cell) => cell.workload))]);
  }
}

/** What a verdict says while it may still change. @param {VerdictEvent} verdict */
function soFar({ best, rounds, speedup }) {
  const names = best.map(({ method, workers }) => cellLabel(method, workers));
  const fastest = names.length > 1 ? `the fastest are ${list(names)}, which cannot be told apart` : `the fastest is ${names[0]}`;
  const slow = best.some(({ method }) => method === 'sequential');
  const gain = speedup && !slow ? `, ${times(speedup.median)} as fast as sequential${speedup.low === null || speedup.high === null ? '' : ` (${range(speedup.low, speedup.high)})`}` : '';
  return `After ${plural(rounds, 'round')} ${fastest}${gain}.`;
}

/** -30%…+30% of the median as 0…1 of the track. @param {number} deviation */
function position(deviation) {
  return Math.min(1, Math.max(0, 0.5 + deviation / (2 * TRACK)));
}
