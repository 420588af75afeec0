// The spinners, a card each: the last frame that the core drew, how long ago that was, and what came of it.
//
// A glyph changes only when a frame has come. The bar and its words grow between frames; they start at the moment when
// the frame arrived here, and are gone with the next one: the numbers that stay are the core's.

import { byId, h, setText } from '../page/dom.js';
import { bounded, seconds } from '../page/format.js';
import { METHOD_ORDER, methodClass } from '../page/methods.js';

/** @import { SpinEvent, SpinRun } from './types.js' */

/** Where the two are, until there is more to say. @type {Record<string, string>} */
const WHERE = {
  sequential: 'One thing is done after another.',
  threads: 'A thread for the spinner, another for the function.',
  'threads-gil': 'The same two threads under one lock.',
  interpreters: 'The function in an interpreter of its own.',
  processes: 'The function in a process of its own.',
  async: 'Both are coroutines of one event loop, in one thread.',
};
/** What stands grows so often, and no more: every frame is taken from what runs beside it. */
const GROWS_MS = 200;
/** From here on a person sees that it stands. */
const STANDS_MS = 250;
const FIGURES = /** @type {[name: string, figure: (run: SpinRun) => string][]} */ ([
  ['Longest freeze', (run) => seconds(run.longestFreezeSeconds)],
  ['Late by', ({ jitterSeconds: late }) => bounded(late?.p50, late?.step)],
  ['Took', (run) => seconds(run.seconds)],
  ['Answer', (run) => run.answer || '–'],
]);

class Card {
  #parts = {
    glyph: h('span', { class: 'spinner-glyph', 'aria-hidden': 'true' }, '|'),
    words: h('span', { class: 'spinner-words' }),
    bar: h('div', { class: 'spinner-since', 'aria-hidden': 'true' }, h('div', {})),
    figures: FIGURES.map(() => h('dd', {}, '–')),
    verdict: h('p', { class: 'spinner-verdict' }),
  };
  /** When its last frame came, or its start. */
  #since = 0;
  #scaleMs = 1000;
  #method;
  running = false;

  /** @param {string} method */
  constructor(method) {
    this.#method = method;
    const { glyph, words, bar, figures, verdict } = this.#parts;
    this.element = h(
      'article',
      { class: `spinner ${methodClass(method)}`, 'data-method': method, 'aria-label': method },
      h('h3', {}, h('span', { class: 'swatch' }), method),
      h('p', { class: 'spinner-face' }, glyph, words),
      bar,
      h('dl', { class: 'spinner-figures' }, ...FIGURES.map(([name], i) => h('div', {}, h('dt', {}, name), /** @type {HTMLElement} */ (figures[i])))),
      verdict,
    );
  }

  /** @param {boolean} chosen @param {number} wholeSeconds how long the slow function takes */
  reset(chosen, wholeSeconds) {
    this.running = false;
    this.#scaleMs = wholeSeconds * 1000;
    this.element.classList.toggle('left-out', !chosen);
    this.element.classList.remove('is-running', 'is-frozen', 'is-over', 'is-bad');
    setText(this.#parts.glyph, '|');
    setText(this.#parts.words, chosen ? '' : 'not chosen');
    for (const figure of this.#parts.figures) setText(figure, '–');
    setText(this.#parts.verdict, WHERE[this.#method] ?? '');
    this.#grow(0);
  }

  waits() {
    setText(this.#parts.words, 'waits for its turn');
  }

  /** @param {SpinEvent} event @param {number} now */
  take(event, now) {
    this.#since = now;
    if (event.state === 'end') {
      this.end(event.run);
      return;
    }
    this.running = true;
    this.element.classList.add('is-running');
    if (event.state === 'frame') setText(this.#parts.glyph, event.glyph);
    this.draw(now);
  }

  /** What has grown since the last frame. @param {number} now */
  draw(now) {
    if (!this.running) return;
    const ms = Math.max(0, now - this.#since);
    const stands = ms > STANDS_MS;
    this.element.classList.toggle('is-frozen', stands);
    setText(this.#parts.words, stands ? `no frame for ${(ms / 1000).toFixed(1)}\u00a0s` : 'thinking!');
    this.#grow(ms / this.#scaleMs);
  }

  /** The run has ended, and this one with it. */
  stop() {
    if (!this.running && this.#parts.words.textContent !== 'waits for its turn') return;
    this.running = false;
    this.element.classList.remove('is-running', 'is-frozen');
    setText(this.#parts.words, 'stopped');
    this.#grow(0);
  }

  /** @param {SpinRun | null} run */
  end(run) {
    this.running = false;
    this.element.classList.remove('is-running', 'is-frozen');
    this.#grow(0);
    if (!run) return;
    this.element.classList.add('is-over');
    this.element.classList.toggle('is-bad', !run.correct && run.reason !== 'stopped');
    setText(this.#parts.words, run.correct ? 'done' : run.reason === 'stopped' ? 'stopped' : run.frames > 0 ? 'failed' : 'cannot run here');
    FIGURES.forEach(([, figure], i) => setText(/** @type {HTMLElement} */ (this.#parts.figures[i]), run.frames > 0 ? figure(run) : '–'));
    setText(this.#parts.verdict, asPrinted(run.verdict));
  }

  /** @param {number} share of the slow function's time */
  #grow(share) {
    this.#parts.bar.style.setProperty('--since', String(Math.min(1, share)));
  }
}

/** A number stays beside its unit. @param {string} verdict */
export function asPrinted(verdict) {
  return verdict.replace(/(\d) (s|ms|us|ns)\b/g, (_, digit, unit) => `${digit}\u00a0${unit === 'us' ? 'µs' : unit}`);
}

export class Cards {
  /** @type {Map<string, Card>} */
  #cards = new Map();
  /** @type {ReturnType<typeof setInterval> | undefined} */
  #timer;

  constructor() {
    for (const method of METHOD_ORDER) this.#cards.set(method, new Card(method));
    byId('spinners').append(...[...this.#cards.values()].map((card) => card.element));
  }

  /** Before a run, as it is set. @param {readonly string[]} methods @param {number} wholeSeconds */
  reset(methods, wholeSeconds) {
    for (const [method, card] of this.#cards) card.reset(methods.includes(method), wholeSeconds);
  }

  /** What came of a run that is over. @param {readonly SpinRun[]} runs */
  show(runs) {
    this.reset(METHOD_ORDER, 1);
    for (const run of runs) this.#cards.get(run.method)?.end(run);
  }

  /** @param {readonly string[]} methods @param {number} wholeSeconds */
  begin(methods, wholeSeconds) {
    this.reset(methods, wholeSeconds);
    for (const method of methods) this.#cards.get(method)?.waits();
    clearInterval(this.#timer);
    this.#timer = setInterval(() => {
      for (const card of this.#cards.values()) card.draw(performance.now());
    }, GROWS_MS);
  }

  /** @param {SpinEvent} event */
  take(event) {
    this.#cards.get(event.method)?.take(event, performance.now());
  }

  end() {
    clearInterval(this.#timer);
    for (const card of this.#cards.values()) card.stop();
  }
}
