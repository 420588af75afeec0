// What came of a run, as every exhibit reads it and says it.

import { button, download, h } from './dom.js';
import { HostError, sentence } from './host.js';

/** @import { RunEnd } from './host.js' */

/**
 * The document that a run printed; null: it printed none, or not this one.
 * @template Result
 * @param {string} out
 * @param {{ command?: string, list?: keyof Result }} is  whose it must be, and which of its members is a list
 * @returns {Result | null}
 */
export function readDocument(out, { command, list }) {
  try {
    const result = JSON.parse(out);
    const fits = result?.schema === 'concurrency-lab/1' && (!command || result.command === command) && (!list || Array.isArray(result[list]));
    return fits ? result : null;
  } catch {
    return null;
  }
}

/** The last line that the core wrote about itself, as a sentence; none: ''. @param {string} err */
export function lastLine(err) {
  const line = err.split('\n').map((one) => one.trim()).filter(Boolean).at(-1);
  return line ? sentence(line) : '';
}

/**
 * Of a run that ended without a result: what the bar says, and what went wrong, if it was not just stopped.
 * @param {RunEnd} end
 */
export function withoutResult({ ended, stopped, status, err }) {
  if (ended) return { outcome: 'Stopped. The core did not answer in time and was ended, so there is no result.', problem: '' };
  const problem = !stopped || status === 2 ? lastLine(err) || `The core gave no result (status ${status}).` : '';
  return { outcome: stopped ? 'Stopped before there was a result.' : 'The run ended without a result.', problem };
}

/** Of a run that has a result although it ended before its time: what went wrong; '': nothing did. @param {RunEnd} end */
export function cutShort({ ended, err }) {
  return ended && err ? `${err} The core has been started anew; what was measured until then is kept.` : '';
}

/** Something that a run needs is not to be had, so it was not begun. */
class NotBegun extends HostError {}

/**
 * Loads what a run and its result need beyond the page, before the run begins. Afterwards the site may have another build,
 * and on some hosts none but that: then a module is not found, or is one that does not fit this page.
 * @param {(() => Promise<unknown>)[]} modules
 */
export async function loaded(...modules) {
  try {
    await Promise.all(modules.map((load) => load()));
  } catch {
    throw new NotBegun('A part of this page could not be loaded: there is no network, or the site has a newer build by now.');
  }
}

/**
 * Of a run that was cut off, or whose result the page failed to show: what the bar says, what went wrong, and what can be
 * done about it. A result that is there is never lost.
 * @param {unknown} error @param {object | null} result of this run @param {string} name of its file, without its extension
 */
export function cutOff(error, result, name) {
  if (error instanceof NotBegun) return { outcome: 'The run did not begin.', problem: error.message, help: button('Load the page again', () => location.reload()) };
  const message = error instanceof HostError ? error.message : `The page failed: ${sentence(String(error))}`;
  if (!result) return { outcome: 'The run ended early.', problem: `${message} The core has been started anew; nothing of this run was kept.`, help: null };
  return { outcome: 'The run is done; its result could not be shown.', problem: `${message} The result is all there: save it, then load the page again.`, help: jsonButton(name, result, 'Save the result as JSON') };
}

/**
 * What is to be said with a result of how it came about.
 * @param {{ environment: import('./types.js').Environment, observerNote?: string, unfinished?: true }} result
 * @returns {string[]} sentences
 */
export function noteWords({ environment, observerNote, unfinished }) {
  const early = unfinished && 'Unfinished: the core died or had to be ended. This is what it had measured until shortly before.';
  return [early, observerNote, environment.note].flatMap((note) => note || []);
}

/** The same, to be shown. @param {Parameters<typeof noteWords>[0]} result */
export function notes(result) {
  return noteWords(result).map((note) => h('p', { class: 'note' }, note));
}

/** @param {string} name of the file, without its extension @param {object} result */
export function saveJson(name, result) {
  download(`${name}.json`, new Blob([`${JSON.stringify(result, null, 2)}\n`], { type: 'application/json' }));
}

/** @param {string} name @param {object} result @param {string} [label] */
export function jsonButton(name, result, label = 'JSON') {
  return button(label, () => saveJson(name, result));
}
