// A run that was recorded on another machine (`npm run record`): shown, and marked as that, until there is one of this machine.
//
// Nothing moves when it comes. Its mark stands in the page's HTML (web/parts/recorded.html), unseen until then. What it has for a
// report is drawn unseen in #recorded-report, which is as high as the window meanwhile: what follows stands below that.

import { toRows } from './columns.js';
import { drawing } from './frames.js';

/** @typedef {{ recorded: { date: string, machine: string }, result: Record<string, any> }} RecordedFile  web/NAME/recorded.json; `date`: as 2026-11-30 */
/**
 * @template Result
 * @typedef {{ name: string, words: string, result: Result }} Recording
 *   `words`: "recorded on 2026-11-30 on AMD EPYC, 2 cores"; `name`: what to call it beside another result
 */

/** So long nobody has clicked: who has may be about to leave, and a module that the next page cuts off is an error on Firefox' console. */
const CALM_MS = 300;
const IDLE_MS = 2000;

/** @returns {HTMLElement | null} none: nothing was recorded for this page */
const mark = () => document.getElementById('recorded');

/** Whether the page has a recorded run. */
export const hasRecording = () => mark() !== null;

/** @template Result @returns {Promise<Recording<Result>>} rejects where it cannot be had */
export async function loadRecording() {
  const answer = await fetch(mark()?.dataset.file ?? '', { priority: 'low' });
  const { recorded, result } = /** @type {RecordedFile} */ (await answer.json());
  const words = `recorded on ${recorded.date} on ${recorded.machine}`;
  return { name: `the run ${words}`, words, result: /** @type {Result} */ (whole(result)) };
}

/** A document as the core gives it: in the file, long lists are kept by their columns. @param {Record<string, any>} result */
export function whole(result) {
  return Object.fromEntries(Object.entries(result).map(([key, value]) => [key, value?.columns ? toRows(value) : value]));
}

/** @template Result, Needs */
export class Recorded {
  #mark = mark();
  #place = document.getElementById('recorded-report');
  /** @type {Recording<Result> | null} */
  #recording = null;
  /** @type {(() => void) | null} */
  #erase = null;
  #over = false;

  /**
   * @param {object} options
   * @param {boolean} options.wanted  the page was opened for what was recorded: its default experiment, and not to run it
   * @param {() => Promise<Needs>} options.needs  the modules that draw it
   * @param {(recording: Recording<Result>, parts: Needs) => (() => void) | Promise<() => void>} options.draw  gives what erases it again
   */
  constructor({ wanted, needs, draw }) {
    if (wanted && this.#mark) this.#show(needs, draw).catch(() => this.end());
    else this.end();
  }

  /** Its numbers stand on the page. */
  get shown() {
    return this.#recording !== null;
  }

  /** What charts name as their source while it is shown; else ''. */
  get words() {
    return this.#recording?.words ?? '';
  }

  /** There is a run of this machine, or another result to see: it goes, and does not come any more. */
  end() {
    if (this.#over) return;
    this.#over = true;
    this.#recording = null;
    for (const part of [this.#mark, this.#place]) if (part) part.hidden = true;
    for (const element of document.querySelectorAll('[aria-describedby="recorded"]')) element.removeAttribute('aria-describedby');
    this.#erase?.();
    document.getElementById('recorded-body')?.replaceChildren();
  }

  /** @param {() => Promise<Needs>} needs @param {(recording: Recording<Result>, parts: Needs) => (() => void) | Promise<() => void>} draw */
  async #show(needs, draw) {
    await calm();
    if (this.#over) return;
    const [recording, parts] = await Promise.all([/** @type {Promise<Recording<Result>>} */ (loadRecording()), needs()]);
    await this.#room();
    if (this.#over || document.body.classList.contains('running')) return;
    this.#recording = recording;
    this.#mark?.classList.remove('awaited');
    const erase = await draw(recording, parts);
    if (this.#over) return erase();
    this.#erase = erase;
    await drawn();
    if (!this.#over) this.#reveal();
  }

  #reveal() {
    for (const element of document.querySelectorAll('#notebook :is(table, article)')) element.setAttribute('aria-describedby', 'recorded');
    const place = this.#place;
    if (!place) return;
    place.classList.remove('awaited');
    // As high as what is in it, unless what follows would come into sight by that.
    place.classList.remove('roomy');
    place.classList.toggle('roomy', !below(place));
  }

  /** Fulfilled when what follows its place is below the window. @returns {Promise<void>} */
  #room() {
    return new Promise((resolve) => {
      const done = new AbortController();
      const look = () => {
        if (!this.#over && this.#place && !below(this.#place)) return;
        done.abort();
        resolve();
      };
      for (const type of ['scroll', 'resize']) addEventListener(type, look, { passive: true, signal: done.signal });
      look();
    });
  }
}

/** @param {HTMLElement} place */
const below = (place) => place.getBoundingClientRect().bottom >= innerHeight;

/** The page has been there for a moment, nobody has just clicked, and nothing waits for the processor. */
async function calm() {
  let clicked = true;
  const click = () => (clicked = true);
  addEventListener('click', click, { capture: true });
  while (clicked) {
    clicked = false;
    await new Promise((resolve) => setTimeout(resolve, CALM_MS));
  }
  removeEventListener('click', click, { capture: true });
  // Safari has none.
  if ('requestIdleCallback' in globalThis) await new Promise((resolve) => requestIdleCallback(resolve, { timeout: IDLE_MS }));
}

/** Fulfilled when all that was asked for has been drawn. */
async function drawn() {
  const frame = () => new Promise((resolve) => requestAnimationFrame(resolve));
  do {
    await frame();
    await frame();
  } while (drawing());
}
