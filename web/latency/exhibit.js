// The latency exhibit: the numbers every programmer should know, measured here, beside those that everybody knows.

import { onTravel, pushAddress, replaceAddress } from '../page/address.js';
import { BY_HAND, copy } from '../page/copy.js';
import { bring, button, byId, download, h, setText } from '../page/dom.js';
import { liveFigure } from '../page/figure.js';
import { list, machine, seconds, tickBytes } from '../page/format.js';
import { sentence } from '../page/host.js';
import { cutOff, cutShort, jsonButton, notes, readDocument, withoutResult } from '../page/outcome.js';
import { follows, markPreset, presetLinks } from '../page/presets.js';
import { Recorded } from '../page/recorded.js';
import { RunBar, trouble } from '../page/runbar.js';
import { keep } from '../page/runs.js';
import { quote } from '../page/input.js';
import { Board } from './board.js';
import { drawLatency } from './chart.js';
import { drawLadder } from './ladder.js';
import { LADDER, known, methodOf } from './rows.js';
import { DEFAULTS, FIELDS, PRESETS, check, intention, presetDraft, presetOf, readAddress, toArgv, writeAddress } from './settings.js';
import { LatencyTable } from './table.js';
import { LEVELS, chartSummary, ladderSentence, tableText, toCsv, verdict } from './words.js';

/** @import { Host, RunEnd } from '../page/host.js' */
/** @import { Recording } from '../page/recorded.js' */
/** @import { LatencyDocument, LatencyEvent } from './types.js' */
/** @import { Draft, Settings } from './settings.js' */

const TEXTS = /** @type {const} */ (['only', 'seconds']);

export class Latency {
  #host;
  /** @type {Draft} */
  #draft;
  /** @type {Settings | null} */
  #settings = null;
  #problem = '';
  #board = new Board();
  #table;
  #recorded;
  #bar;
  #running = false;
  #stopping = false;
  /** Run once more when this run has ended: other rows are wanted. */
  #again = false;
  #outcome = '';
  /** @type {LatencyDocument | null} */
  #result = null;
  #figures;

  /** @param {{ host: Host, isolated: boolean }} options */
  constructor({ host, isolated }) {
    this.#host = host;
    this.#bar = new RunBar({ run: () => void this.#run(), stop: () => this.#stop() });
    this.#table = new LatencyTable(byId('table-body'), this.#board, (only, event) => this.#follow(event, { ...DEFAULTS, show: this.#draft.show, only }));
    const { draft, run, unknown } = readAddress(location.search);
    this.#draft = draft;
    this.#figures = this.#makeFigures();
    this.#recorded = new Recorded({
      wanted: !run && writeAddress(draft) === writeAddress(DEFAULTS),
      needs: async () => null,
      draw: (/** @type {Recording<LatencyDocument>} */ { result }) => {
        this.#board.end(result);
        this.#show();
        byId('recorded-body').replaceChildren(...this.#report(result));
        return () => this.#board.forget();
      },
    });
    presetLinks(PRESETS, (preset) => {
      this.#change({ ...presetDraft(preset), show: this.#draft.show });
      this.#take(this.#draft, true);
    });
    this.#wire();
    this.#show();
    if (isolated) host.start().catch(() => {});
    if (run && this.#settings) void this.#run();
    // Told whether it runs or not, for that begins with no trouble.
    if (unknown.length > 0) trouble(`The address has a setting this page does not know: ${list(unknown.slice(0, 3).map(quote))}.`);
  }

  #makeFigures() {
    const source = () => ['Concurrency Lab', ...(this.#board.environment ? [machine(this.#board.environment)] : []), ...(this.#recorded.shown ? [this.#recorded.words] : [])].join(' · ');
    const numbers = liveFigure({
      title: 'From a tenth of a nanosecond to a second',
      name: 'concurrency-lab-latency',
      heading: 'h3',
      source,
      onProblem: trouble,
      draw: (width) => {
        const distances = this.#draft.show === 'distances';
        return drawLatency({
          width,
          distances,
          summary: chartSummary(this.#board.entries, distances),
          groups: this.#board.sections.map(({ title, entries }) => ({
            title,
            marks: entries.map((entry) => ({ ...entry, reason: entry.reason && sentence(entry.reason), method: methodOf(entry.name), current: entry.state === 'current' })),
          })),
        });
      },
      caption: ['A full mark is measured here, with its 95% interval where that is wider than the mark. A hollow one is the classic number. Each line to the right is ten times as long.'],
    });
    const ladder = liveFigure({
      title: 'Latency over the memory walked through',
      name: 'concurrency-lab-cache-ladder',
      heading: 'h3',
      source,
      onProblem: trouble,
      draw: (width) =>
        drawLadder({
          width,
          points: this.#board.points,
          steps: this.#board.levels.map((level) => ({ ...level, name: LEVELS[level.name] })),
          classic: LADDER.flatMap((name) => {
            const row = known(name);
            return row?.classicSeconds ? [{ name: row.label.replace(/^Main | cache$/, ''), seconds: row.classicSeconds, high: name === 'main-memory' }] : [];
          }),
          summary: `Time of one access over the size of the memory walked through, both logarithmic, ${this.#board.points.length} points. ${ladderSentence(this.#board.levels)}`,
        }),
      caption: ['Each dot is a working set, read in an order that no prefetcher can guess. The steps are what fits the dots best: each ends where a cache is full. Dashed are the classic numbers.'],
    });
    byId('numbers-body').append(numbers.element);
    byId('ladder-body').append(ladder.element);
    return { numbers, ladder };
  }

  /** A link that opens and runs. @param {MouseEvent} event @param {Draft} draft */
  #follow(event, draft) {
    if (!follows(event)) return;
    pushAddress(writeAddress(draft));
    this.#take(draft, true);
  }

  #wire() {
    for (const field of TEXTS) {
      const input = /** @type {HTMLInputElement} */ (byId(field));
      input.addEventListener('input', () => this.#change({ [field]: input.value }));
    }
    for (const input of this.#ways()) input.addEventListener('change', () => this.#change({ show: input.value }));
    byId('reset').addEventListener('click', () => this.#change({ ...DEFAULTS, show: this.#draft.show }));
    onTravel((search) => {
      const { draft, run } = readAddress(search);
      this.#take(draft, run);
    });
  }

  /** Times or distances. */
  #ways() {
    return /** @type {NodeListOf<HTMLInputElement>} */ (document.querySelectorAll('input[name="show"]'));
  }

  /** @param {Partial<Draft>} changes */
  #change(changes) {
    this.#draft = { ...this.#draft, ...changes };
    replaceAddress(writeAddress(this.#draft));
    if (!('show' in changes)) this.#outcome = '';
    this.#show();
  }

  /** Another draft, from a link or the history. @param {Draft} draft @param {boolean} run */
  #take(draft, run) {
    this.#draft = draft;
    this.#outcome = '';
    this.#show();
    if (!run) return;
    if (this.#running) {
      this.#stop();
      this.#again = true;
    } else void this.#run();
  }

  #show() {
    const { settings, problems } = check(this.#draft);
    this.#settings = settings;
    this.#problem = problems[0]?.message ?? '';
    for (const field of TEXTS) {
      const input = /** @type {HTMLInputElement} */ (byId(field));
      if (input.value !== this.#draft[field]) input.value = this.#draft[field];
    }
    for (const field of FIELDS) {
      const message = problems.find((problem) => problem.field === field)?.message ?? '';
      setText(byId(`${field}-error`), message);
      const control = document.getElementById(field);
      if (message) control?.setAttribute('aria-invalid', 'true');
      else control?.removeAttribute('aria-invalid');
    }
    for (const input of this.#ways()) input.checked = input.value === this.#draft.show;
    markPreset(presetOf(this.#draft));
    // What runs is shown until it has ended, and what was shown until there is something else to show.
    if (settings && !this.#running) this.#board.select(settings.rows);
    this.#table.show(this.#draft.show === 'distances');
    this.#redraw();
    this.#showRunning();
  }

  #redraw() {
    byId('ladder').hidden = !this.#board.climbs;
    this.#figures.numbers.redraw();
    if (this.#board.climbs) this.#figures.ladder.redraw();
    this.#table.change();
  }

  async #run() {
    if (this.#running) return;
    const settings = this.#settings;
    if (!settings) {
      const first = check(this.#draft).problems[0];
      if (first) document.getElementById(first.field)?.focus();
      return;
    }
    this.#running = true;
    this.#stopping = false;
    this.#outcome = '';
    this.#result = null;
    trouble('');
    this.#recorded.end();
    byId('report').hidden = true;
    this.#board.begin();
    this.#bar.speak('Measuring has started.');
    this.#redraw();
    this.#showRunning();
    bring(byId('numbers'));
    const begun = performance.now();
    try {
      const end = await this.#host.run(toArgv(settings), {}, { onEvent: (event) => this.#event(/** @type {LatencyEvent} */ (event)) });
      this.#finish(end, (performance.now() - begun) / 1000);
    } catch (error) {
      const { outcome, problem, help } = cutOff(error, this.#result, 'concurrency-lab-latency');
      this.#outcome = outcome;
      trouble(problem, help);
    } finally {
      if (!this.#result) this.#board.end(null);
      this.#running = false;
      this.#stopping = false;
      this.#bar.speak(this.#outcome);
      this.#redraw();
      this.#showRunning();
      document.dispatchEvent(new Event('lab:ran'));
    }
    if (this.#again) {
      this.#again = false;
      this.#show();
      await this.#run();
    }
  }

  /** @param {LatencyEvent} event */
  #event(event) {
    if (event.type !== 'latency') return;
    this.#board.take(event);
    this.#redraw();
    this.#showRunning();
  }

  /** @param {RunEnd} end @param {number} took seconds */
  #finish(end, took) {
    /** @type {LatencyDocument | null} */
    const result = readDocument(end.out, { command: 'latency', list: 'rows' });
    if (!result) {
      const { outcome, problem } = withoutResult(end);
      this.#outcome = outcome;
      trouble(problem);
      return;
    }
    this.#result = result;
    keep(result);
    this.#board.end(result);
    const measured = result.rows.filter((row) => row.seconds !== null).length;
    const count = `${measured} of ${result.rows.length} measured`;
    const problem = cutShort(end);
    if (problem) trouble(problem);
    this.#outcome = problem ? `Ended early: ${count} until then.` : end.stopped ? `Stopped: ${count} until then.` : `Done: ${count} in ${seconds(took)}.`;
    byId('report-body').replaceChildren(...this.#report(result), this.#saving(result));
    byId('report').hidden = false;
  }

  /** @param {LatencyDocument} result */
  #report(result) {
    const lines = verdict((name) => this.#board.get(name), this.#board.entries);
    const facts = [`Measured on ${machine(result.environment)}`];
    if (result.cycleSeconds !== null) facts.push(`where a cycle of the processor takes about ${seconds(result.cycleSeconds)}`);
    return [
      ...(lines.length > 0 ? [h('p', { class: 'verdict' }, lines[0] ?? ''), ...lines.slice(1).map((line) => h('p', { class: 'verdict-other' }, line))] : [h('p', { class: 'verdict' }, 'Too little was measured to compare.')]),
      h('p', { class: 'caption facts' }, `${facts.join(', ')}.`),
      ...notes(result),
      ...(result.stopped && !result.unfinished ? [h('p', { class: 'caption' }, 'Stopped before the end: intervals are wider than they would have become.')] : []),
    ];
  }

  /** @param {LatencyDocument} result */
  #saving(result) {
    const csv = button('CSV', () => download('concurrency-lab-latency.csv', new Blob([toCsv(result)], { type: 'text/csv' })));
    const said = h('span', { role: 'status', class: 'hint' });
    const saving = h('p', { class: 'tools saving' });
    const copyAs = (/** @type {'text' | 'Markdown'} */ form) =>
      button(`Copy as ${form}`, async () => {
        const copied = await copy(tableText(this.#board.entries, form), saving, 'The table');
        setText(said, copied ? `The table is copied as ${form}.` : BY_HAND);
      });
    saving.append(h('span', { class: 'tools-label' }, 'The table'), copyAs('text'), copyAs('Markdown'), h('span', { class: 'tools-label' }, 'Save the result as'), jsonButton('concurrency-lab-latency', result), csv, said);
    return saving;
  }

  #stop() {
    if (!this.#running || this.#stopping) return;
    this.#stopping = true;
    this.#again = false;
    this.#host.stop();
    this.#showRunning();
  }

  #showRunning() {
    const { entries, elapsedSeconds, totalSeconds, current, walking, share } = this.#board;
    const what = walking === null ? (current?.label ?? '') : `the ladder, ${tickBytes(walking)}`;
    const done = entries.filter((entry) => entry.state === 'measured' || entry.state === 'reason').length;
    const words = totalSeconds > 0 ? `${done} of ${entries.length} · ${elapsedSeconds.toFixed(1)} of ${totalSeconds.toFixed(1)}\u00a0s${what ? ` · ${what}` : ''}` : 'Starting…';
    const text = this.#running ? words : this.#outcome || (this.#settings ? intention(this.#settings) : this.#problem);
    this.#bar.show({ running: this.#running, stopping: this.#stopping, ready: this.#settings !== null, text, share, result: this.#result !== null });
  }
}
