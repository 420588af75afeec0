// The first exhibit: one workload under several methods. Holds the run together: settings in, progress and
// timeline while it goes on, the report at the end.

import { HOLDS, onTravel, replaceAddress } from '../page/address.js';
import { bring, button, byId, h, setText } from '../page/dom.js';
import { Form } from './form.js';
import { list, plural } from '../page/format.js';
import { sentence } from '../page/host.js';
import { Lanes } from '../page/lanes.js';
import { cutOff, cutShort, lastLine, loaded, readDocument, withoutResult } from '../page/outcome.js';
import { Picture } from './picture.js';
import { Progress } from './progress.js';
import { Recorded, hasRecording, loadRecording } from '../page/recorded.js';
import { RunBar, trouble } from '../page/runbar.js';
import { quote } from '../page/input.js';
import { check, defaultDraft, readAddress, toRun, waits, writeAddress } from './settings.js';
import { fit } from '../charts/fit.js';
import { drawKey } from './key.js';

// What only a result needs is fetched with the first run, not with the page.
const reporting = () => import('./report.js');
const exporting = () => import('../page/export.js');
const keeping = () => import('../page/runs.js');
const sharing = () => import('./share.js');
const importing = () => Promise.all([import('./import.js'), import('../result-schema.js')]);

/** @import { Catalogue, ResultDocument } from '../page/types.js' */
/** @import { CompareEvent } from './types.js' */
/** @import { Host, RunEnd } from '../page/host.js' */
/** @import { Recording } from '../page/recorded.js' */
/** @import { Draft, Settings } from './settings.js' */

export class Compare {
  #host;
  #form;
  #catalogue;
  #defaults;
  /** @type {Settings | null} */
  #settings = null;
  /** @type {ResultDocument | null} */
  #own = null;
  /** @type {import('./report.js').Other | null} */
  #other = null;
  /** The link that it came with, from its # on. */
  #fragment = '';
  /** The settings of the own one. @type {Draft | null} */
  #ran = null;
  #recorded;
  #lanes = new Lanes();
  #picture;
  #bar;
  #progress;
  /** The person has not moved on the page since the run began. */
  #follows = false;
  #running = false;
  #stopping = false;
  /** What keeps the settings from being run. */
  #problem = '';
  /** What the bar says until the settings change: how the last run ended. */
  #outcome = '';

  /** @param {{ host: Host, catalogue: Catalogue, cores: number, latency: Promise<string | null> }} options */
  constructor({ host, catalogue, cores, latency }) {
    this.#host = host;
    this.#catalogue = catalogue;
    this.#defaults = defaultDraft(catalogue, cores);
    const { draft, unknown } = readAddress(location.search, this.#defaults);
    this.#form = new Form({ catalogue, draft, cores, onChange: (changed) => this.#changed(changed) });
    this.#bar = new RunBar({ run: () => void this.#run(), stop: () => this.#stop() });
    this.#picture = new Picture(byId('picture'), byId('picture-body'));
    this.#progress = new Progress({
      section: byId('progress'),
      line: byId('progress-line'),
      body: byId('progress-body'),
      onChange: () => this.#showRunning(),
      onVerdict: (sentence) => this.#bar.speak(sentence),
    });
    this.#recorded = new Recorded({
      wanted: writeAddress(draft) === writeAddress(this.#defaults) && !location.hash.startsWith(HOLDS),
      needs: reporting,
      draw: async (/** @type {Recording<ResultDocument>} */ recording, { showReport }) => {
        const show = (/** @type {typeof recording | null} */ other) => showReport(byId('recorded-body'), null, other, trouble);
        await show(recording);
        return () => void show(null);
      },
    });
    this.#check(draft);
    addEventListener('hashchange', () => void this.#openLink());
    void this.#openLink();
    if (unknown.length > 0) trouble(`The address has a setting this page does not know: ${list(unknown.slice(0, 3).map(quote))}.`);

    byId('reset').addEventListener('click', () => {
      const fresh = defaultDraft(catalogue, cores);
      this.#form.show(fresh);
      this.#changed(fresh);
    });
    for (const sign of ['wheel', 'touchmove', 'keydown', 'pointerdown'])
      addEventListener(sign, () => (this.#follows = false), { passive: true, capture: true });
    onTravel((search) => {
      const { draft: back } = readAddress(search, this.#defaults);
      this.#form.show(back);
      this.#check(back);
    });
    fit(byId('key'), drawKey);
    void latency.then((reason) => reason !== null && this.#withoutPages(reason));
    this.#wireFiles();
    this.#showRunning();
  }

  /** Nobody serves the pages that a run reads if it is given no others. @param {string} reason */
  #withoutPages(reason) {
    for (const workload of this.#catalogue.workloads) if (waits([workload.name], this.#catalogue)) workload.lacks = reason;
    this.#form.showLacks();
    if (!this.#running) this.#check(this.#form.draft);
  }

  /** @param {Draft} draft */
  #changed(draft) {
    this.#writeAddress(draft);
    this.#outcome = '';
    this.#check(draft);
  }

  /** The settings; and the other result, if the address says it. @param {Draft} draft */
  #writeAddress(draft) {
    replaceAddress(writeAddress(draft) + this.#fragment);
  }

  /** @param {Draft} draft */
  #check(draft) {
    const { settings, problems } = check(draft, this.#catalogue, document.baseURI);
    this.#settings = settings;
    this.#problem = problems[0]?.message ?? '';
    this.#form.showProblems(problems);
    this.#showRunning();
    return problems;
  }

  async #run() {
    if (this.#running) return;
    const problems = this.#check(this.#form.draft);
    const settings = this.#settings;
    if (!settings) {
      const first = problems[0];
      if (first) this.#form.focus(first.field);
      return;
    }
    this.#writeAddress(this.#form.draft);
    this.#ran = { ...this.#form.draft };
    this.#running = true;
    this.#stopping = false;
    this.#outcome = '';
    this.#own = null;
    this.#recorded.end();
    trouble('');
    byId('report').hidden = true;
    byId('exports').hidden = true;
    setText(byId('copied'), '');
    byId('exports').querySelector('.by-hand')?.remove();
    this.#progress.begin();
    this.#bar.speak('Measuring has started.');
    this.#lanes.begin();
    this.#lanes.hide(); // until it is known how much stands above it
    this.#showRunning();
    bring(byId('notebook'));
    this.#follows = true;

    const { argv, files } = toRun(settings);
    try {
      await loaded(reporting, exporting, keeping, sharing);
      const end = this.#stopping ? null : await this.#host.run(argv, files, {
        onEvent: (told) => {
          const event = /** @type {CompareEvent} */ (told);
          if (event.type === 'plan') {
            this.#picture.setPlan(event);
            this.#lanes.show();
            this.#lanes.setPlan(event.cells);
          }
          this.#progress.take(event);
        },
        onLive: ({ lanes, events, lost, tiles }) => {
          this.#picture.append(lanes, tiles);
          return this.#lanes.append({ lanes, events, lost });
        },
      });
      if (end) await this.#finish(end);
      else this.#end('Stopped before anything was measured.');
    } catch (error) {
      const { outcome, problem, help } = cutOff(error, this.#own, 'concurrency-lab');
      this.#end(outcome);
      trouble(problem, help);
    } finally {
      this.#lanes.finish();
      this.#picture.finish();
      this.#running = false;
      this.#stopping = false;
      this.#showRunning();
      // What was imported meanwhile, or before a run that came to nothing.
      if (this.#other && byId('report').hidden) await this.#showReport().catch(() => {});
      document.dispatchEvent(new Event('lab:ran'));
    }
  }

  /** @param {RunEnd} end */
  async #finish(end) {
    /** @type {ResultDocument | null} */
    const result = readDocument(end.out, { command: 'compare', list: 'runs' });
    if (!result) {
      const { outcome, problem } = withoutResult(end);
      this.#end(outcome);
      trouble(problem);
      return;
    }
    if (result.stopped && result.runs.every((run) => !run.seconds)) {
      this.#end('Stopped before anything was measured.');
      return;
    }
    this.#own = result;
    void keeping().then(({ keep }) => keep(result)).catch(() => {});
    const rounds = result.rounds ?? this.#progress.rounds;
    const problem = cutShort(end);
    this.#end(problem ? `Ended early, after ${plural(rounds, 'round')}.` : !result.stopped ? `Done: ${plural(rounds, 'round')}.` : rounds > 0 ? `Stopped after ${plural(rounds, 'round')}.` : 'Stopped in the first round.');
    if (problem) trouble(problem);
    else if (end.status !== 0 && !result.stopped && result.runs.every((run) => run.error === undefined && run.verified) )
      trouble(lastLine(end.err));
    await this.#showReport();
    // The report takes the place of the progress, whose numbers it all has. Who looked at that sees the
    // verdict now; who has gone elsewhere on the page is left there, with a link to it.
    byId('progress').hidden = true;
    if (this.#follows) bring(byId('report'));
  }

  /** @param {string} outcome */
  #end(outcome) {
    this.#outcome = outcome;
    this.#progress.end(outcome);
    this.#bar.speak(outcome);
  }

  async #showReport() {
    const { showReport } = await reporting();
    byId('report').hidden = !this.#own && !this.#other; // not before there is something in it
    if (this.#own || this.#other) this.#recorded.end();
    // What can be done with a result stands beneath it; without one, importing is the last thing of all.
    if (this.#own || this.#other) byId('report').after(byId('files'));
    else byId('notebook').append(byId('files'));
    await showReport(byId('report-body'), this.#own, this.#other, trouble);
    byId('exports').hidden = !this.#own;
  }

  #stop() {
    if (!this.#running || this.#stopping) return;
    this.#stopping = true;
    this.#host.stop();
    this.#showRunning();
  }

  /** The bar that is always in sight: what Run would do, or how far it is. */
  #showRunning() {
    const text = this.#running ? this.#progress.status : this.#outcome || this.#intention();
    this.#bar.show({ running: this.#running, stopping: this.#stopping, ready: this.#settings !== null, text, share: this.#progress.share, result: this.#own !== null });
  }

  #intention() {
    const settings = this.#settings;
    if (!settings) return this.#problem;
    const { workloads, methods, workers, rounds, seconds } = settings;
    const counts = workers.length > 1 ? `${list(workers.map(String))} workers` : plural(workers[0] ?? 1, 'worker');
    return `${list(workloads)} · ${plural(methods.length, 'method')} · ${counts} · ${plural(rounds, 'round')} or ${plural(seconds, 'second')}, whichever is longer`;
  }

  #wireFiles() {
    /** @param {string} text @param {(files: Awaited<ReturnType<typeof exporting>>, result: ResultDocument) => unknown} act */
    const save = (text, act) =>
      button(text, async () => {
        if (this.#own) await act(await exporting(), this.#own);
      });
    const json = save('JSON', ({ exportJson }, result) => exportJson(result));
    const csv = save('CSV', ({ exportCsv }, result) => exportCsv(result));
    const trace = save('Trace (Chrome JSON)', async ({ exportTrace }, result) => {
      const blob = await this.#lanes.chromeTrace();
      if (blob) exportTrace(result, blob);
    });
    const copied = h('span', { id: 'copied', class: 'hint', role: 'status' });
    /** @param {string} text @param {'copyLink' | 'copyMarkdown'} what */
    const share = (text, what) =>
      button(text, async () => {
        const own = this.#own;
        if (!own) return;
        const said = await sharing().then((parts) => parts[what](own, location.origin + location.pathname + writeAddress(asRun(this.#ran ?? this.#form.draft, own)), byId('exports'))).catch((error) => `It could not be copied: ${sentence(String(error))}`);
        setText(copied, said);
      });
    byId('exports').append(h('span', { class: 'tools-label' }, 'Save the result as'), json, csv, trace, share('Copy a link', 'copyLink'), share('Copy as Markdown', 'copyMarkdown'), copied);

    const input = /** @type {HTMLInputElement} */ (byId('import'));
    input.addEventListener('change', async () => {
      const file = input.files?.[0];
      if (file) await this.#import(file);
      // The same file chosen again, perhaps mended, is a change again.
      input.value = '';
    });
    byId('beside').hidden = !hasRecording();
    byId('beside').addEventListener('click', async () => {
      setText(byId('import-error'), '');
      try {
        const recording = await loadRecording();
        this.#dropFragment();
        await this.#showOther(recording, 'The recorded run');
      } catch {
        setText(byId('import-error'), 'The recorded run could not be loaded.');
      }
    });
    byId('forget').addEventListener('click', () => {
      this.#other = null;
      this.#dropFragment();
      byId('forget').hidden = true;
      setText(byId('imported'), '');
      void this.#showReport();
      byId('import').focus();
    });
  }

  /** @param {File} file */
  async #import(file) {
    const line = byId('import-error');
    setText(line, '');
    try {
      const [{ readResultFile }, { default: validate }] = await importing();
      const result = await readResultFile(file, validate);
      this.#dropFragment();
      await this.#showOther({ name: file.name, result }, file.name);
    } catch (error) {
      setText(line, whyNot(error, quote(file.name)));
    }
  }

  /** Shows the result that the address holds behind its #, if there is one. */
  async #openLink() {
    const { hash } = location;
    if (!hash.startsWith(HOLDS) || hash === this.#fragment) return;
    if (!this.#running) this.#follows = true;
    trouble('');
    try {
      const [{ readResultLink }, { default: validate }] = await importing();
      const result = await readResultLink(hash.slice(HOLDS.length), validate);
      if (location.hash.startsWith(HOLDS) && location.hash !== hash) return; // another link by now
      this.#fragment = hash;
      await this.#showOther({ name: 'a link', result }, 'The link’s result');
      if (this.#follows && !this.#running) bring(byId('report'));
    } catch (error) {
      trouble(whyNot(error, 'What the link holds'));
      byId('trouble').scrollIntoView({ block: 'nearest' }); // pasted into a page that is read further down
    }
  }

  /** The other result is not a link's any more: nor does the address say so. */
  #dropFragment() {
    this.#fragment = '';
    if (location.hash.startsWith(HOLDS)) this.#writeAddress(this.#form.draft);
  }

  /** Shows another result beside this machine's. @param {import('./report.js').Other} other @param {string} named what is shown */
  async #showOther(other, named) {
    this.#other = other;
    const where = this.#running ? 'when this run has ended' : this.#own ? 'beside this machine’s result' : 'above; run the same here to see both side by side';
    setText(byId('imported'), `${named} is shown ${where}.`);
    byId('forget').hidden = false;
    if (!this.#running) await this.#showReport();
  }
}

/** The settings of a run with the size that it had, so that others run the same. @param {Draft} draft @param {ResultDocument} result */
function asRun(draft, { runs }) {
  return draft.size === '' && draft.workloads.length === 1 && runs[0] ? { ...draft, size: String(runs[0].size) } : draft;
}

/** Why a result is not shown, in a sentence. @param {unknown} error @param {string} what it was to be read from */
function whyNot(error, what) {
  return error instanceof Error && error.name === 'ImportError' ? error.message : `${what} could not be checked: ${sentence(String(error))}`;
}
