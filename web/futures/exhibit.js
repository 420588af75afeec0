// The Futures exhibit: the contract of futures as a suite, rule × executor, live; and two deadlocks, found.

import { onTravel, replaceAddress } from '../page/address.js';
import { bring, byId, h, setText } from '../page/dom.js';
import { integer, list, plural } from '../page/format.js';
import { sentence } from '../page/host.js';
import { METHOD_ORDER } from '../page/methods.js';
import { cutOff, cutShort, jsonButton, loaded, readDocument, withoutResult } from '../page/outcome.js';
import { Recorded } from '../page/recorded.js';
import { RunBar, trouble } from '../page/runbar.js';
import { Board } from './board.js';
import { DEADLOCKS, readAddress, toArgv, writeAddress } from './settings.js';
import { RuleTable } from './table.js';

/** @import { Host, RunEnd } from '../page/host.js' */
/** @import { Recording } from '../page/recorded.js' */
/** @import { FuturesDocument, FuturesPlan, RuleEvent } from './types.js' */
/** @import { Address } from './settings.js' */

const drawing = () => import('./deadlock.js');

export class Futures {
  #host;
  /** @type {Address} */
  #address;
  #board = new Board(METHOD_ORDER);
  #table;
  #recorded;
  #bar;
  #running = false;
  #stopping = false;
  /** Which deadlock runs; '': the suite. */
  #what = '';
  #outcome = '';
  #latest = '';
  /** What a screen reader hears besides the outcome. */
  #spoken = '';
  /** @type {FuturesDocument | null} */
  #result = null;

  /** @param {{ host: Host, isolated: boolean }} options */
  constructor({ host, isolated }) {
    this.#host = host;
    this.#table = new RuleTable(byId('rules'), this.#board);
    this.#bar = new RunBar({ run: () => void this.#run(null), stop: () => this.#stop() });
    const { problem, wrong, ...address } = readAddress(location.search);
    this.#address = address;
    this.#recorded = new Recorded({
      wanted: !address.deadlock && !address.run && address.seed === null,
      needs: async () => null,
      draw: (/** @type {Recording<FuturesDocument>} */ { result }) => {
        this.#showTable(result);
        return () => {
          this.#board.begin({ executors: METHOD_ORDER, cases: [] });
          this.#table.change();
        };
      },
    });
    this.#buildDeadlocks();
    onTravel((search) => {
      const { problem: _, wrong: __, ...back } = readAddress(search);
      this.#address = back;
      this.#showRunning();
    });
    this.#showRunning();
    if (isolated) host.start().catch(() => {});
    if (!wrong && (address.deadlock || address.run)) void this.#run(address.deadlock);
    // Told whether it runs or not, for that begins with no trouble.
    if (problem) trouble(problem);
  }

  #buildDeadlocks() {
    byId('deadlock-choices').append(
      ...DEADLOCKS.map(({ name, title, sentence: words }) => {
        const button = h('button', { type: 'button', 'aria-describedby': `deadlock-${name}`, 'data-deadlock': name }, title);
        button.addEventListener('click', () => void this.#run(name));
        return h('li', {}, button, h('p', { class: 'hint', id: `deadlock-${name}` }, words));
      }),
    );
  }

  /** @param {string | null} deadlock the suite without */
  async #run(deadlock) {
    if (this.#running) return;
    this.#address = { ...this.#address, deadlock, run: deadlock === null };
    replaceAddress(writeAddress(this.#address));
    this.#running = true;
    this.#stopping = false;
    this.#what = deadlock ?? '';
    this.#outcome = '';
    this.#latest = '';
    this.#spoken = '';
    trouble('');
    if (!deadlock) {
      this.#recorded.end();
      this.#result = null;
      byId('exports').hidden = true;
      setText(byId('rules-outcome'), '');
    } else byId('deadlock').hidden = true;
    this.#bar.speak(deadlock ? 'The deadlock runs.' : 'The suite has started.');
    this.#showRunning();
    try {
      await loaded(drawing);
      const end = this.#stopping ? null : await this.#host.run(toArgv(this.#address), {}, {
        onEvent: (event) => this.#event(/** @type {FuturesPlan | RuleEvent} */ (event)),
      });
      if (end) await this.#finish(end, deadlock);
      else this.#outcome = 'Stopped before it began.';
    } catch (error) {
      const { outcome, problem, help } = cutOff(error, deadlock ? null : this.#result, 'concurrency-lab-futures');
      this.#outcome = outcome;
      trouble(problem, help);
    } finally {
      this.#running = false;
      this.#stopping = false;
      this.#bar.speak(`${this.#outcome} ${this.#spoken}`.trim());
      this.#showRunning();
      document.dispatchEvent(new Event('lab:ran'));
    }
  }

  /** @param {FuturesPlan | RuleEvent} event */
  #event(event) {
    if (event.type === 'futures-plan') {
      this.#board.begin(event);
      this.#table.begin();
    } else if (event.type === 'rule') {
      this.#board.take(event);
      this.#latest = `rule ${event.rule} on ${event.executor}`;
      this.#table.change();
    }
    this.#showRunning();
  }

  /** @param {RunEnd} end @param {string | null} deadlock */
  async #finish(end, deadlock) {
    /** @type {FuturesDocument | null} */
    const result = readDocument(end.out, { command: 'futures' });
    if (!result || (deadlock && !result.deadlock)) {
      const { outcome, problem } = withoutResult(end);
      this.#outcome = outcome;
      trouble(problem);
      return;
    }
    if (deadlock) await this.#showDeadlock(result);
    else this.#showSuite(result, end);
  }

  /** @param {FuturesDocument} result */
  async #showDeadlock({ deadlock }) {
    if (!deadlock) return;
    if (!deadlock.detected) {
      this.#outcome = 'The deadlock was not detected.';
      trouble(sentence(deadlock.sentence || 'The run ended, and no cycle was found.'));
      return;
    }
    const { cycleSentence, deadlockParts } = await drawing();
    const place = byId('deadlock');
    place.replaceChildren(...deadlockParts(deadlock));
    place.hidden = false;
    this.#outcome = 'Deadlock found, and the run ended.';
    this.#spoken = cycleSentence(deadlock);
    bring(byId('deadlocks'));
  }

  /** @param {FuturesDocument} result @param {RunEnd} end */
  #showSuite(result, end) {
    const problem = cutShort(end), early = problem ? 'Ended' : end.stopped ? 'Stopped' : '';
    if (problem) trouble(problem);
    this.#result = result;
    this.#showTable(result);
    const { pass, fail, done, total, 'n/a': exempt } = this.#board.counts;
    const words = [`${integer(pass)} passed`, ...(fail > 0 ? [`${integer(fail)} failed`] : []), `${integer(exempt)} not applicable`];
    this.#outcome = `${early ? `${early} after ${integer(done)} of ${integer(total)}` : 'Done'}: ${list(words)}.`;
    const { seed } = result;
    const again = seed === undefined ? [] : [h('a', { href: `./futures.html${writeAddress({ deadlock: null, run: true, seed: String(seed) })}` }, `Run again with seed ${seed}`)];
    byId('exports').replaceChildren(jsonButton('concurrency-lab-futures', result, 'Save the result as JSON'), ...again);
    byId('exports').hidden = false;
  }

  /** @param {FuturesDocument} result */
  #showTable(result) {
    this.#board.end(result);
    const failing = this.#board.failing();
    this.#table.end(failing);
    setText(byId('rules-outcome'), failing.length > 0
      ? `${plural(failing.length, 'rule')} failed; ${failing.length === 1 ? 'it stands' : 'they stand'} first.`
      : result.stopped ? '' : `All ${integer(this.#board.cases.length)} cases passed on every executor that they apply to.`);
  }

  #stop() {
    if (!this.#running || this.#stopping) return;
    this.#stopping = true;
    this.#host.stop();
    this.#showRunning();
  }

  #showRunning() {
    const { done, total, fail } = this.#board.counts;
    const share = total > 0 && this.#what === '' ? done / total : 0;
    const seed = this.#address.seed === null ? '' : ` · seed ${this.#address.seed}`;
    let text = this.#outcome || `Every rule on every executor${seed}`;
    if (this.#running && this.#what) text = 'Waiting for the cycle to close…';
    else if (this.#running) text = total === 0 ? 'Starting…' : `${integer(done)} of ${integer(total)} done${fail > 0 ? `, ${integer(fail)} failed` : ''}${this.#latest ? ` · ${this.#latest}` : ''}`;
    this.#bar.show({ running: this.#running, stopping: this.#stopping, ready: true, text, share, result: this.#result !== null && this.#what === '' });
    for (const button of byId('deadlock-choices').querySelectorAll('button')) button.setAttribute('aria-disabled', String(this.#running));
  }
}
