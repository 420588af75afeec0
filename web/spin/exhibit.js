// The spinner exhibit: six spinners beside a slow function, drawn from the frames that the core emits.

import { onTravel, replaceAddress } from '../page/address.js';
import { bring, byId, h, setText } from '../page/dom.js';
import { list } from '../page/format.js';
import { METHOD_ORDER, methodClass } from '../page/methods.js';
import { cutOff, cutShort, loaded, readDocument, withoutResult } from '../page/outcome.js';
import { markPreset, presetLinks } from '../page/presets.js';
import { Recorded } from '../page/recorded.js';
import { RunBar, trouble } from '../page/runbar.js';
import { keep } from '../page/runs.js';
import { quote } from '../page/input.js';
import { Cards, asPrinted } from './cards.js';
import { DEFAULTS, FIELDS, PRESETS, check, intention, methodsOf, presetDraft, presetOf, readAddress, toArgv, withMethod, writeAddress } from './settings.js';

/** @import { Host, RunEnd } from '../page/host.js' */
/** @import { Recording } from '../page/recorded.js' */
/** @import { SpinDocument, SpinEvent } from './types.js' */
/** @import { Draft, Settings } from './settings.js' */

const reporting = () => import('./report.js');

/** Where nothing is shared, a core that computes hears nothing: it is ended by force, and soon. */
const SOLO_PATIENCE_MS = 400;
const RADIOS = /** @type {const} */ (['slow', 'together']);

export class Spin {
  #host;
  #isolated;
  #cards = new Cards();
  #recorded;
  #bar;
  /** @type {Draft} */
  #draft;
  /** @type {Settings | null} */
  #settings = null;
  #problem = '';
  #running = false;
  #stopping = false;
  /** Another run was asked for while this one went on. */
  #again = false;
  #outcome = '';
  #status = '';
  #over = 0;
  #share = 0;
  /** @type {SpinDocument | null} */
  #result = null;

  /** @param {{ host: Host, isolated: boolean }} options */
  constructor({ host, isolated }) {
    this.#host = host;
    this.#isolated = isolated;
    this.#bar = new RunBar({ run: () => void this.#run(), stop: () => this.#stop() });
    const { draft, run, unknown } = readAddress(location.search);
    this.#draft = draft;
    this.#recorded = new Recorded({
      wanted: !run && writeAddress(draft) === writeAddress(DEFAULTS),
      needs: reporting,
      draw: (/** @type {Recording<SpinDocument>} */ { result }, { report }) => {
        this.#cards.show(result.runs);
        byId('recorded-body').replaceChildren(...report(result));
        return () => this.#cards.reset(methodsOf(this.#draft), 1);
      },
    });
    presetLinks(PRESETS, (preset) => this.#take(presetDraft(preset), true));
    this.#build();
    this.#wire();
    this.#show();
    if (isolated) host.start().catch(() => {});
    if (run && this.#settings) void this.#run();
    // Told whether it runs or not, for that begins with no trouble.
    if (unknown.length > 0) trouble(`The address has a setting this page does not know: ${list(unknown.slice(0, 3).map(quote))}.`);
  }

  #build() {
    byId('methods').querySelector('.choices')?.append(
      ...METHOD_ORDER.map((method) => {
        const box = h('input', { type: 'checkbox', id: `methods-${method}`, value: method });
        box.addEventListener('change', () => this.#change({ methods: withMethod(this.#draft, method, box.checked) }));
        const label = h('label', { for: `methods-${method}` }, h('span', { class: `swatch ${methodClass(method)}` }), method);
        return h('div', { class: 'choice' }, h('div', { class: 'choice-head' }, box, label));
      }),
    );
    if (this.#isolated) return;
    const together = /** @type {HTMLInputElement} */ (byId('at-once'));
    together.disabled = true;
    setText(byId('at-once-hint'), 'Needs threads, which need shared memory: here they run one at a time.');
  }

  #wire() {
    const seconds = /** @type {HTMLInputElement} */ (byId('seconds'));
    seconds.addEventListener('input', () => this.#change({ seconds: seconds.value }));
    for (const name of RADIOS)
      for (const radio of radios(name)) radio.addEventListener('change', () => this.#change({ [name]: radio.value }));
    byId('reset').addEventListener('click', () => this.#change({ ...DEFAULTS }));
    onTravel((search) => {
      const { draft, run } = readAddress(search);
      this.#take(draft, run);
    });
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
    if (this.#running) {
      this.#stop();
      this.#again = true;
    } else void this.#run();
  }

  #show() {
    const { settings, problems } = check(this.#draft, this.#isolated);
    this.#settings = settings;
    this.#problem = problems[0]?.message ?? '';
    const seconds = /** @type {HTMLInputElement} */ (byId('seconds'));
    if (seconds.value !== this.#draft.seconds) seconds.value = this.#draft.seconds;
    for (const radio of radios('slow')) radio.checked = radio.value === this.#draft.slow;
    for (const radio of radios('together')) radio.checked = radio.value === (this.#isolated ? this.#draft.together : '');
    const methods = methodsOf(this.#draft);
    for (const method of METHOD_ORDER) /** @type {HTMLInputElement} */ (byId(`methods-${method}`)).checked = methods.includes(method);
    for (const field of FIELDS) {
      const message = problems.find((problem) => problem.field === field)?.message ?? '';
      setText(byId(`${field}-error`), message);
      if (field !== 'seconds') continue;
      if (message) seconds.setAttribute('aria-invalid', 'true');
      else seconds.removeAttribute('aria-invalid');
    }
    markPreset(presetOf(this.#draft));
    // What the last run left stays to be read until the next one.
    if (!this.#running && !this.#result && !this.#recorded.shown) this.#cards.reset(methods, 1);
    this.#showRunning();
  }

  async #run() {
    if (this.#running) return;
    const settings = this.#settings;
    if (!settings) {
      this.#focusProblem();
      return;
    }
    this.#running = true;
    this.#stopping = false;
    this.#outcome = '';
    this.#status = settings.slow === 'prime' ? `Finding out how many tests fit into ${settings.seconds}\u00a0s…` : 'Starting…';
    this.#over = 0;
    this.#share = 0;
    this.#result = null;
    trouble('');
    this.#recorded.end();
    byId('report').hidden = true;
    this.#cards.begin(settings.methods, settings.seconds);
    this.#bar.speak('The spinners are about to turn.');
    this.#showRunning();
    bring(byId('live'));
    try {
      await loaded(reporting);
      const end = this.#stopping ? null : await this.#host.run(toArgv(settings), {}, { onEvent: (event) => this.#event(/** @type {SpinEvent} */ (event), settings) });
      if (end) await this.#finish(end);
      else this.#outcome = 'Stopped before it began.';
    } catch (error) {
      const { outcome, problem, help } = cutOff(error, this.#result, 'concurrency-lab-spin');
      this.#outcome = outcome;
      trouble(problem, help);
    } finally {
      this.#cards.end();
      this.#running = false;
      this.#stopping = false;
      this.#bar.speak(this.#spoken());
      this.#showRunning();
      document.dispatchEvent(new Event('lab:ran'));
    }
    if (this.#again) {
      this.#again = false;
      await this.#run();
    }
  }

  /** What came of it, in sentences. */
  #spoken() {
    return [this.#outcome, ...(this.#result?.runs ?? []).map((run) => asPrinted(run.verdict))].join(' ');
  }

  #focusProblem() {
    const field = check(this.#draft, this.#isolated).problems[0]?.field;
    if (field === 'methods') byId(`methods-${METHOD_ORDER[0]}`).focus();
    else if (field === 'seconds') byId('seconds').focus();
    else if (field) radios(field)[0]?.focus();
  }

  /** @param {SpinEvent} event @param {Settings} settings */
  #event(event, settings) {
    if (event.type !== 'spin') return;
    this.#cards.take(event);
    const count = settings.methods.length;
    if (event.state === 'end') this.#over++;
    const part = Math.min(1, event.state === 'end' ? 0 : event.seconds / settings.seconds);
    this.#share = settings.together ? Math.max(this.#share, part) : (this.#over + part) / count;
    this.#status = settings.together || count === 1 ? `${count === 1 ? event.method : `${count} methods`} beside ${settings.slow === 'sleep' ? 'a sleep' : 'a computation'}` : `${event.method} · ${Math.min(count, this.#over + 1)} of ${count}`;
    this.#showRunning();
  }

  /** @param {RunEnd} end */
  async #finish(end) {
    if (end.ended && !end.out) {
      // Where nothing is shared that is how a core that computes is stopped.
      this.#outcome = 'Stopped.';
      return;
    }
    /** @type {SpinDocument | null} */
    const result = readDocument(end.out, { command: 'spin', list: 'runs' });
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
    this.#outcome = problem ? 'Ended early, with what there was until then.' : end.stopped ? 'Stopped, with what there was until then.' : outcome(result);
    const { report, saving } = await reporting();
    byId('report-body').replaceChildren(...report(result), saving(result));
    byId('report').hidden = false;
  }

  #stop() {
    if (!this.#running || this.#stopping) return;
    this.#stopping = true;
    this.#again = false;
    this.#host.stop(this.#isolated ? undefined : SOLO_PATIENCE_MS);
    this.#showRunning();
  }

  #showRunning() {
    const text = this.#running ? this.#status : this.#outcome || (this.#settings ? intention(this.#settings) : this.#problem);
    this.#bar.show({ running: this.#running, stopping: this.#stopping, ready: this.#settings !== null, text, share: this.#share, result: this.#result !== null });
  }
}

/** @param {string} name */
function radios(name) {
  return /** @type {HTMLInputElement[]} */ ([...byId('experiment').querySelectorAll(`input[type=radio][name="${name}"]`)]);
}

/** Who froze for nearly all of the time. @param {SpinDocument} result */
function outcome({ runs }) {
  const ran = runs.filter((run) => run.frames > 0);
  const froze = ran.filter((run) => run.longestFreezeSeconds > 0.9 * run.seconds).map((run) => run.method);
  if (ran.length === 0) return 'None of these methods can run here.';
  if (froze.length === ran.length) return `Done: ${list(froze)} froze.`;
  return froze.length > 0 ? `Done: ${list(froze)} froze, ${ran.length - froze.length === 1 ? 'the other' : 'the others'} kept turning.` : `Done: ${ran.length === 1 ? 'it' : 'all of them'} kept turning.`;
}
