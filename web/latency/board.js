// What is known of every row and of the ladder, while a run goes on and after it. Pure.

import { GROUPS, LADDER, known } from './rows.js';

/** @import { Environment } from '../page/types.js' */
/** @import { LadderPoint, LatencyDocument, LatencyEvent, LatencyLadder, LatencyRow } from './types.js' */
/** @import { Known } from './rows.js' */
/**
 * @typedef {'waiting' | 'current' | 'measured' | 'reason'} State
 * @typedef {Known & { state: State, title: string, about: string, seconds: number | null, low: number | null, high: number | null,
 *             cycles: number | null, reason: string | null }} Entry
 * @typedef {{ name: string, title: string, entries: Entry[] }} Section
 */

/** @param {Known} row @returns {Entry} */
function empty(row) {
  return { ...row, state: 'waiting', title: '', about: '', seconds: null, low: null, high: null, cycles: null, reason: null };
}

export class Board {
  /** All that was measured since the page was opened. @type {Map<string, Entry>} */
  #entries = new Map();
  /** What is shown and measured next. @type {readonly Known[]} */
  #rows = [];
  /** @type {LadderPoint[]} */
  points = [];
  /** @type {LatencyLadder['levels']} */
  levels = [];
  /** The working set that was measured last; null: another row is measured. @type {number | null} */
  walking = null;
  done = 0;
  total = 0;
  elapsedSeconds = 0;
  totalSeconds = 0;
  /** @type {Environment | null} */
  environment = null;
  /** @type {number | null} */
  cycleSeconds = null;

  /** These rows, with what is known of them. @param {readonly Known[]} rows */
  select(rows) {
    this.#rows = rows;
    for (const row of rows) if (!this.#entries.has(row.name)) this.#entries.set(row.name, empty(row));
  }

  /** What was measured, everything: it was another machine's. */
  forget() {
    for (const row of this.#entries.values()) this.#entries.set(row.name, empty(known(row.name) ?? row));
    this.points = [];
    this.levels = [];
    this.environment = null;
    this.cycleSeconds = null;
  }

  /** A run of them begins: what they are is kept, what they measured is not. */
  begin() {
    for (const row of this.#rows) {
      const { title, about } = this.#entries.get(row.name) ?? empty(row);
      this.#entries.set(row.name, { ...empty(row), title, about });
    }
    if (this.climbs) {
      this.points = [];
      this.levels = [];
    }
    this.walking = null;
    this.done = this.elapsedSeconds = this.totalSeconds = 0;
    this.total = this.#rows.length;
  }

  /** @param {LatencyEvent} event */
  take(event) {
    this.done = event.done;
    this.total = event.total;
    this.elapsedSeconds = event.elapsedSeconds;
    this.totalSeconds = event.totalSeconds;
    this.walking = event.point?.bytes ?? null;
    if (event.point) this.points = [...this.points.filter((point) => point.bytes !== event.point?.bytes), event.point].sort((a, b) => a.bytes - b.bytes);
    if (event.row) this.#put(event.row);
    for (const entry of this.#entries.values()) if (entry.state === 'current' && entry.name !== event.name) entry.state = 'waiting';
    const next = event.name === null ? undefined : this.#entries.get(event.name);
    if (next?.state === 'waiting') next.state = 'current';
  }

  /** The run is over. @param {LatencyDocument | null} document none: it ended without */
  end(document) {
    for (const entry of this.#entries.values()) if (entry.state === 'current') entry.state = 'waiting';
    if (!document) return;
    this.environment = document.environment;
    this.cycleSeconds = document.cycleSeconds;
    for (const row of document.rows) this.#put(row);
    if (document.ladder && document.ladder.points.length > 0) {
      this.points = document.ladder.points;
      this.levels = document.ladder.levels;
    }
  }

  /** @param {LatencyRow} row */
  #put(row) {
    const { name, title, about, seconds, low, high, cycles, reason } = row;
    const base = this.#entries.get(name) ?? known(name) ?? { name, label: title || name, group: GROUPS.find((group) => group.name === row.group)?.name ?? 'outside', classicSeconds: null };
    const state = seconds !== null ? 'measured' : 'reason';
    this.#entries.set(name, { ...base, classicSeconds: row.classicSeconds, state, title, about, seconds, low, high, cycles, reason });
    if (!this.#rows.some((one) => one.name === name)) this.#rows = [...this.#rows, base];
  }

  /** @param {string} name */
  get(name) {
    return this.#entries.get(name) ?? null;
  }

  /** Those that are shown. */
  get entries() {
    return this.#rows.map((row) => this.#entries.get(row.name) ?? empty(row));
  }

  /** The groups that have rows, in their order. @returns {Section[]} */
  get sections() {
    return GROUPS.map(({ name, title }) => ({ name, title, entries: this.entries.filter((entry) => entry.group === name) })).filter(({ entries }) => entries.length > 0);
  }

  /** What is measured at present. */
  get current() {
    return this.entries.find((entry) => entry.state === 'current') ?? null;
  }

  get measured() {
    return this.entries.filter((entry) => entry.state === 'measured');
  }

  /** Whether rows of the ladder are among them. */
  get climbs() {
    return this.#rows.some((row) => LADDER.includes(row.name));
  }

  /** 0 to 1. */
  get share() {
    const rows = this.total > 0 ? this.done / this.total : 0;
    return this.totalSeconds > 0 ? Math.max(rows, Math.min(1, this.elapsedSeconds / this.totalSeconds)) : rows;
  }
}

/** How many times the classic number. @param {Pick<Entry, 'seconds' | 'classicSeconds'>} entry */
export function ratio({ seconds, classicSeconds }) {
  return seconds !== null && classicSeconds !== null && classicSeconds > 0 ? seconds / classicSeconds : null;
}
