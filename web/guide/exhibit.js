// The guide: the visitor's own numbers for every method, what is missing measured, and a recommendation from three
// answers.

import { onTravel, replaceAddress } from '../page/address.js';
import { byId, h, setText } from '../page/dom.js';
import { plural } from '../page/format.js';
import { HostError, sentence } from '../page/host.js';
import { cutShort, readDocument, withoutResult } from '../page/outcome.js';
import { RunBar, trouble } from '../page/runbar.js';
import { forget, keep, recall } from '../page/runs.js';
import { adviceParts } from './advice.js';
import { COLUMNS, missing, numbersOf } from './numbers.js';
import { plan } from './plan.js';
import { recommend } from './recommend.js';
import { QUESTIONS, complete, readAddress, writeAddress } from './settings.js';
import { GuideTable } from './table.js';

/** @import { Host } from '../page/host.js' */
/** @import { Method } from '../page/types.js' */
/** @import { Numbers } from './numbers.js' */
/** @import { Step } from './plan.js' */
/** @import { Draft } from './settings.js' */

export class Guide {
  #host;
  #methods;
  #cores;
  #table;
  #bar;
  /** @type {Draft} */
  #draft;
  /** @type {Numbers} */
  #numbers;
  #running = false;
  #stopping = false;
  #outcome = '';
  /** Of the measuring under way. @type {{ steps: Step[], at: number, since: number } | null} */
  #progress = null;

  /** @param {{ host: Host, methods: Method[], cores: number }} options */
  constructor({ host, methods, cores }) {
    this.#host = host;
    this.#methods = methods;
    this.#cores = cores;
    this.#table = new GuideTable(byId('table'));
    this.#bar = new RunBar({ run: () => void this.#measure(), stop: () => this.#stop() });
    const { draft, problem } = readAddress(location.search);
    this.#draft = draft;
    if (problem) trouble(problem);
    this.#buildQuestions();
    byId('forget').addEventListener('click', () => {
      forget();
      this.#outcome = '';
      this.#show();
    });
    onTravel((search) => {
      this.#draft = readAddress(search).draft;
      this.#showAnswers();
      this.#showAdvice();
    });
    // Another tab may have measured meanwhile.
    addEventListener('storage', () => this.#show());
    addEventListener('pageshow', () => this.#show());
    this.#numbers = this.#read();
    this.#show();
  }

  #read() {
    return numbersOf(recall(), this.#methods, this.#cores);
  }

  #buildQuestions() {
    byId('questions').append(
      ...QUESTIONS.map(({ name, title, answers }) => {
        const choices = answers.map((answer) => {
          const id = `${name}-${answer.name}`;
          const radio = h('input', { type: 'radio', name, id, value: answer.name, 'aria-describedby': `${id}-hint` });
          radio.addEventListener('change', () => this.#answer({ [name]: answer.name }));
          return h('div', { class: 'answer' }, radio, h('label', { for: id }, answer.title), h('p', { class: 'hint', id: `${id}-hint` }, answer.hint));
        });
        return h('fieldset', {}, h('legend', {}, title), ...choices);
      }),
    );
    this.#showAnswers();
  }

  #showAnswers() {
    for (const { name } of QUESTIONS)
      for (const radio of byId('questions').querySelectorAll(`input[name="${name}"]`)) {
        const input = /** @type {HTMLInputElement} */ (radio);
        input.checked = input.value === this.#draft[name];
      }
  }

  /** @param {Partial<Draft>} change */
  #answer(change) {
    this.#draft = { ...this.#draft, ...change };
    replaceAddress(writeAddress(this.#draft));
    trouble('');
    this.#showAdvice(true);
  }

  #show() {
    this.#numbers = this.#read();
    this.#table.show(this.#numbers);
    byId('forget').hidden = this.#running || !this.#hasNumbers;
    this.#showAdvice();
    this.#showRunning();
  }

  get #hasNumbers() {
    return this.#numbers.methods.some((one) => COLUMNS.some((column) => one[column] !== null));
  }

  /** @param {boolean} [speak] */
  #showAdvice(speak = false) {
    const answers = complete(this.#draft);
    if (!answers) {
      const open = QUESTIONS.filter(({ name }) => !this.#draft[name]).length;
      byId('advice').replaceChildren(h('p', { class: 'caption' }, open === QUESTIONS.length ? 'Answer the three questions and a recommendation follows.' : `Answer the other ${open === 1 ? 'question' : 'two questions'} and a recommendation follows.`));
      return;
    }
    const advice = recommend(answers, this.#numbers);
    byId('advice').replaceChildren(...adviceParts(advice, this.#hasNumbers));
    if (speak) this.#bar.speak(`${advice.ranked[0]?.title ?? ''}. ${advice.headline}`);
  }

  async #measure() {
    if (this.#running) return;
    const gaps = missing(this.#numbers);
    // With nothing missing, everything is measured anew.
    const wanted = gaps.length > 0 ? gaps : this.#numbers.methods.filter(({ reason }) => reason === null).flatMap(({ method }) => COLUMNS.map((column) => ({ method, column })));
    const steps = plan(wanted, this.#cores);
    this.#running = true;
    this.#stopping = false;
    this.#outcome = '';
    trouble('');
    this.#bar.speak('Measuring has started.');
    /** @type {string[]} */
    const troubles = [];
    try {
      for (const [at, step] of steps.entries()) {
        this.#progress = { steps, at, since: performance.now() };
        this.#show();
        const why = await this.#run(step);
        if (why) troubles.push(`${step.name}: ${why}`);
        if (this.#stopping) break;
      }
    } finally {
      const stopped = this.#stopping;
      this.#running = false;
      this.#stopping = false;
      this.#progress = null;
      this.#numbers = this.#read();
      const left = missing(this.#numbers).length;
      this.#outcome = stopped ? `Stopped; what was measured until then is kept. ${numbersLeft(left)}` : left > 0 ? `Done. ${numbersLeft(left)}` : 'Done: every number is there.';
      trouble(troubles.join(' '));
      this.#show();
      this.#bar.speak(this.#outcome);
      document.dispatchEvent(new Event('lab:ran'));
    }
  }

  /** One command; what went wrong, or nothing. @param {Step} step */
  async #run({ argv, files, as }) {
    try {
      const end = await this.#host.run(argv, files, { onEvent: () => this.#showRunning() });
      const result = readDocument(end.out, {});
      if (!result) return withoutResult(end).problem;
      keep(result, as);
      return cutShort(end);
    } catch (error) {
      return error instanceof HostError ? error.message : sentence(String(error));
    }
  }

  #stop() {
    if (!this.#running || this.#stopping) return;
    this.#stopping = true;
    this.#host.stop();
    this.#showRunning();
  }

  #showRunning() {
    const gaps = missing(this.#numbers).length;
    const { share, words } = this.#far();
    setText(byId('run'), gaps > 0 || this.#running ? 'Measure what is missing' : 'Measure again');
    const idle = gaps > 0 ? `${numbersLeft(gaps)} Measuring takes less than a minute.` : 'Every number is from your last runs.';
    this.#bar.show({ running: this.#running, stopping: this.#stopping, ready: true, text: this.#running ? words : this.#outcome || idle, share, result: this.#outcome !== '' });
  }

  #far() {
    if (!this.#progress) return { share: 0, words: 'Starting…' };
    const { steps, at, since } = this.#progress;
    const sum = (/** @type {Step[]} */ some) => some.reduce((all, step) => all + step.seconds, 0);
    const step = steps[at];
    const inside = step ? Math.min(step.seconds * 0.95, (performance.now() - since) / 1000) : 0;
    return { share: (sum(steps.slice(0, at)) + inside) / sum(steps), words: `${step?.name ?? ''} · ${at + 1} of ${steps.length}` };
  }
}

/** @param {number} count */
function numbersLeft(count) {
  return count === 0 ? 'Nothing is missing.' : `${plural(count, 'number')} ${count === 1 ? 'is' : 'are'} missing.`;
}
