// The GIL exhibit: threads under one lock, live. The interval can be changed while they run.

import { onTravel, replaceAddress } from '../page/address.js';
import { bring, button, byId, download, h, setText } from '../page/dom.js';
import { list } from '../page/format.js';
import { Lanes } from '../page/lanes.js';
import { cutOff, cutShort, jsonButton, loaded, readDocument, withoutResult } from '../page/outcome.js';
import { markPreset, presetLinks } from '../page/presets.js';
import { Recorded } from '../page/recorded.js';
import { RunBar, trouble } from '../page/runbar.js';
import { keep } from '../page/runs.js';
import { quote } from '../page/input.js';
import { FigureTable } from './figures.js';
import { LEAST_US, MOST_US, byKey, fromSlider, intervalWords, toSlider } from './interval.js';
import { DEFAULTS, FIELDS, PRESETS, check, intention, presetDraft, presetOf, readAddress, toArgv, writeAddress } from './settings.js';

/** @import { Host, RunEnd } from '../page/host.js' */
/** @import { Recording } from '../page/recorded.js' */
/** @import { GilCounterEvent, GilDocument, GilEvent } from './types.js' */
/** @import { Draft, Field, Settings } from './settings.js' */

const reporting = () => import('./report.js');

const TEXTS = /** @type {const} */ (['threads', 'io-threads', 'io-us', 'seconds']);
/** The timeline shows an interval that wide, as many as there is room for, and stands so long, or nobody could read it. */
const INTERVAL_PX = 30;
const LEAST_SHOWN_SECONDS = 0.002;
const STAND_MS = 1200;
const PHASES = { gil: 'With the GIL', 'no-gil': 'Without the GIL' };

export class Gil {
  #host;
  /** @type {Draft} */
  #draft;
  /** @type {Settings | null} */
  #settings = null;
  #problem = '';
  #lanes = new Lanes();
  #figures;
  #recorded;
  #bar;
  #running = false;
  #stopping = false;
  /** Run once more when this run has ended: its settings were changed in a way it cannot follow. */
  #again = false;
  #outcome = '';
  /** @type {GilEvent | GilCounterEvent | null} */
  #last = null;
  /** @type {GilDocument | null} */
  #result = null;
  /** The intervals of this run, in order. @type {number[]} */
  #intervals = [];

  /** @param {{ host: Host, isolated: boolean }} options */
  constructor({ host, isolated }) {
    this.#host = host;
    this.#figures = new FigureTable(byId('figures'));
    this.#bar = new RunBar({ run: () => void this.#run(), stop: () => this.#stop() });
    const { draft, run, unknown } = readAddress(location.search);
    this.#draft = draft;
    this.#recorded = new Recorded({
      wanted: !run && writeAddress(draft) === writeAddress(DEFAULTS),
      needs: reporting,
      draw: (/** @type {Recording<GilDocument>} */ { result }, { report }) => {
        this.#figures.end(result.gil, result.noGil);
        byId('recorded-body').replaceChildren(...report(result, []));
        return () => this.#figures.begin();
      },
    });
    presetLinks(PRESETS, (preset) => this.#take(presetDraft(preset), true));
    this.#wire();
    this.#show();
    // Loaded while the page is read.
    this.#lanes.prepare();
    if (isolated) host.start().catch(() => {});
    if (run && this.#settings) void this.#run();
    // Told whether it runs or not, for that begins with no trouble.
    if (unknown.length > 0) trouble(`The address has a setting this page does not know: ${list(unknown.slice(0, 3).map(quote))}.`);
  }

  #wire() {
    for (const field of TEXTS) {
      const input = /** @type {HTMLInputElement} */ (byId(field));
      input.addEventListener('input', () => this.#change({ [field]: input.value }));
    }
    const slider = /** @type {HTMLInputElement} */ (byId('interval'));
    slider.addEventListener('input', () => this.#setInterval(fromSlider(Number(slider.value))));
    slider.addEventListener('keydown', (event) => {
      if (event.ctrlKey || event.metaKey || event.altKey) return;
      const next = byKey(event.key, this.#interval);
      if (next === null) return;
      event.preventDefault();
      this.#setInterval(next);
    });
    for (let us = LEAST_US; us <= MOST_US; us *= 10) byId('interval-scale').append(h('span', {}, intervalWords(us)));
    const free = /** @type {HTMLInputElement} */ (byId('no-gil'));
    free.addEventListener('change', () => {
      this.#change({ only: free.checked ? 'no-gil' : '' });
      if (this.#running) this.#restart();
    });
    byId('reset').addEventListener('click', () => this.#change({ ...DEFAULTS }));
    onTravel((search) => {
      const { draft, run } = readAddress(search);
      this.#take(draft, run);
    });
  }

  /** The interval of the draft, or the usual one while it is no number. */
  get #interval() {
    const us = Number(this.#draft['interval-us']);
    return us >= LEAST_US && us <= MOST_US ? us : Number(DEFAULTS['interval-us']);
  }

  /** @param {number} us */
  #setInterval(us) {
    if (String(us) === this.#draft['interval-us']) {
      this.#show();
      return;
    }
    this.#change({ 'interval-us': String(us) });
    if (!this.#running) return;
    if (this.#intervals.at(-1) !== us) this.#intervals.push(us);
    this.#host.setSwitchInterval(us);
    this.#follow();
  }

  /** @param {Partial<Draft>} changes */
  #change(changes) {
    this.#draft = { ...this.#draft, ...changes };
    replaceAddress(writeAddress(this.#draft));
    this.#outcome = '';
    this.#show();
  }

  /** Another draft, from a link or the history. @param {Draft} draft @param {boolean} run */
  #take(draft, run) {
    this.#draft = draft;
    this.#outcome = '';
    this.#show();
    if (!run) return;
    if (this.#running) this.#restart();
    else void this.#run();
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
      if (!control) continue;
      if (message) control.setAttribute('aria-invalid', 'true');
      else control.removeAttribute('aria-invalid');
    }
    const slider = /** @type {HTMLInputElement} */ (byId('interval'));
    if (fromSlider(Number(slider.value)) !== this.#interval) slider.value = String(toSlider(this.#interval));
    const words = intervalWords(this.#interval);
    slider.setAttribute('aria-valuetext', words);
    setText(byId('interval-value'), words);
    const free = this.#draft.only === 'no-gil';
    /** @type {HTMLInputElement} */ (byId('no-gil')).checked = free;
    slider.disabled = free;
    markPreset(presetOf(this.#draft));
    this.#showRunning();
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
    this.#last = null;
    this.#result = null;
    this.#intervals = [settings.intervalUs];
    trouble('');
    this.#recorded.end();
    byId('report').hidden = true;
    this.#figures.begin();
    this.#lanes.begin();
    const phases = settings.noGil ? 1 : 2;
    this.#lanes.reserve(phases, phases * (settings.threads + settings.ioThreads));
    this.#follow();
    this.#bar.speak('The threads are running.');
    this.#showRunning();
    bring(byId('live'));
    try {
      await loaded(reporting);
      const end = this.#stopping ? null : await this.#host.run(toArgv(settings), {}, {
        onEvent: (event) => this.#event(/** @type {GilEvent | GilCounterEvent} */ (event)),
        onLive: ({ lanes, events, lost }) => this.#lanes.append({ lanes, events, lost }),
      });
      if (end) await this.#finish(end, settings);
      else this.#outcome = 'Stopped before it began.';
    } catch (error) {
      const { outcome, problem, help } = cutOff(error, this.#result, 'concurrency-lab-gil');
      this.#outcome = outcome;
      trouble(problem, help);
    } finally {
      this.#lanes.finish();
      this.#lanes.showPart(settings.noGil ? 'threads' : 'threads-gil', this.#window());
      this.#running = false;
      this.#stopping = false;
      this.#bar.speak(this.#outcome);
      this.#showRunning();
      document.dispatchEvent(new Event('lab:ran'));
    }
    if (this.#again) {
      this.#again = false;
      await this.#run();
    }
  }

  /** @param {GilEvent | GilCounterEvent} event */
  #event(event) {
    if (event.type !== 'gil') return;
    this.#last = event;
    if (event.phase !== 'counter') this.#figures.take(event);
    this.#showRunning();
  }

  /** @param {RunEnd} end @param {Settings} settings */
  async #finish(end, settings) {
    /** @type {GilDocument | null} */
    const result = readDocument(end.out, { command: 'gil', list: 'counter' });
    if (!result) {
      const { outcome, problem } = withoutResult(end);
      this.#outcome = outcome;
      trouble(problem);
      return;
    }
    this.#result = result;
    keep(result);
    const problem = cutShort(end);
    if (problem) trouble(problem);
    this.#outcome = problem ? 'Ended early, with what there was until then.' : end.stopped ? 'Stopped, with what there was until then.' : `Done: ${settings.seconds}\u00a0s ${settings.noGil ? 'without a GIL' : 'in all, half of it without the GIL'}.`;
    this.#figures.end(result.gil, result.noGil);
    const { report } = await reporting();
    const json = jsonButton('concurrency-lab-gil', result);
    const trace = button('Trace (Chrome JSON)', async () => {
      const blob = await this.#lanes.chromeTrace();
      if (blob) download('concurrency-lab-gil-trace.json', blob);
    });
    const tools = h('p', { class: 'tools saving' }, h('span', { class: 'tools-label' }, 'Save the result as'), json, trace);
    byId('report-body').replaceChildren(...report(result, this.#intervals), tools);
    byId('report').hidden = false;
  }

  #stop() {
    if (!this.#running || this.#stopping) return;
    this.#stopping = true;
    this.#again = false;
    this.#host.stop();
    this.#showRunning();
  }

  #restart() {
    this.#stop();
    this.#again = true;
  }

  /** Seconds of the timeline that show the interval's doings. */
  #window() {
    const room = Math.max(8, Math.min(30, Math.round(byId('live').clientWidth / INTERVAL_PX)));
    return Math.max(LEAST_SHOWN_SECONDS, (room * this.#interval) / 1e6);
  }

  /** The timeline keeps to the interval's scale. */
  #follow() {
    const seconds = this.#window();
    this.#lanes.setFollow(seconds, seconds < 4 ? STAND_MS : 0);
    setText(byId('lanes-caption'), `Shown are ${intervalWords(Math.round(seconds * 1e6))} at a time. Drag or zoom to look closer; Fit shows the whole run.`);
  }

  #showRunning() {
    const last = this.#last;
    const { share, words } = progress(last, this.#draft.only === 'no-gil');
    const text = this.#running
      ? words
      : this.#outcome || (this.#settings ? intention(this.#settings) : this.#problem);
    this.#bar.show({ running: this.#running, stopping: this.#stopping, ready: this.#settings !== null, text, share, result: this.#result !== null });
  }
}

/** How far the last event says it is. @param {GilEvent | GilCounterEvent | null} last @param {boolean} onePhase instead of both */
function progress(last, onePhase) {
  if (!last) return { share: 0, words: 'Starting…' };
  if (last.phase === 'counter') return { share: 1, words: `The lost update · counter ${last.row + 1} of ${last.rows}` };
  const { elapsedSeconds, totalSeconds } = last;
  const part = totalSeconds > 0 ? elapsedSeconds / totalSeconds : 0;
  const share = onePhase ? part : (part + (last.phase === 'gil' ? 0 : 1)) / 2;
  return { share, words: `${PHASES[last.phase]} · ${elapsedSeconds.toFixed(1)} of ${totalSeconds.toFixed(1)} s` };
}
