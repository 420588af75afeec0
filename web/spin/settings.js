// The spinner exhibit's settings: as typed and in the address, as checked, as the words of a run. Pure.

import { METHOD_ORDER } from '../page/methods.js';
import { addresses } from '../page/presets.js';
import { quote } from '../page/input.js';

/**
 * @typedef {{ slow: string, seconds: string, together: string, methods: string }} Draft  as the command line calls them;
 *   `methods` with commas between, `together`: '1' or ''
 * @typedef {keyof Draft} Field
 * @typedef {{ slow: 'sleep' | 'prime', seconds: number, together: boolean, methods: string[] }} Settings
 * @typedef {{ field: Field, message: string }} Problem
 */

const ALL = METHOD_ORDER.join(',');

/** @type {Readonly<Draft>} */
export const DEFAULTS = { slow: 'sleep', seconds: '3', together: '', methods: ALL };

const LEAST_SECONDS = 0.1;
const MOST_SECONDS = 60;

/** @type {import('../page/presets.js').Preset<Draft>[]} */
export const PRESETS = [
  {
    name: 'sleep',
    title: 'It waits: all but one turn',
    sentence: 'Started together. Only sequential stands still; async turns too, on a single thread, because the function awaits its sleep.',
    changes: { slow: 'sleep', together: '1' },
  },
  {
    name: 'prime',
    title: 'It computes: async freezes',
    sentence: 'One at a time. A function that never awaits leaves the event loop no moment to draw; with a thread or process of its own it does no harm.',
    changes: { slow: 'prime', seconds: '2' },
  },
  {
    name: 'gil',
    title: 'Under the GIL it turns, but pays',
    sentence: 'Two threads without the lock, then with it: every frame waits until the lock is given up, some 5 ms.',
    changes: { slow: 'prime', methods: 'threads,threads-gil' },
  },
  {
    name: 'processes',
    title: 'Processes do not care',
    sentence: 'A computation in a process or an interpreter of its own, beside the same on the event loop.',
    changes: { slow: 'prime', methods: 'interpreters,processes,async' },
  },
];

export const { fields: FIELDS, presetDraft, presetOf, readAddress, writeAddress } = addresses({ defaults: DEFAULTS, presets: PRESETS, silent: ['together'] });

/** @param {Draft} draft */
export function methodsOf(draft) {
  return [...new Set(draft.methods.split(/[\s,]+/).filter(Boolean))];
}

/** In the order of the page; words that nobody knows go. @param {Draft} draft @param {string} method @param {boolean} on @returns {string} */
export function withMethod(draft, method, on) {
  const chosen = new Set(methodsOf(draft));
  if (on) chosen.add(method);
  else chosen.delete(method);
  return METHOD_ORDER.filter((name) => chosen.has(name)).join(',');
}

/**
 * @param {Draft} draft
 * @param {boolean} threads  there are any: without, one at a time is all there is
 * @returns {{ settings: Settings | null, problems: Problem[] }}
 */
export function check(draft, threads) {
  /** @type {Problem[]} */
  const problems = [];
  const problem = (/** @type {Field} */ field, /** @type {string} */ message) => void problems.push({ field, message });
  const { slow } = draft;
  if (slow !== 'sleep' && slow !== 'prime') problem('slow', `The slow function is sleep or prime, not ${quote(slow)}.`);
  const text = draft.seconds.trim();
  const seconds = /^\d{1,3}(\.\d{1,3})?$/.test(text) ? Number(text) : NaN;
  if (!(seconds >= LEAST_SECONDS && seconds <= MOST_SECONDS)) problem('seconds', `Seconds must be a number from ${LEAST_SECONDS} to ${MOST_SECONDS}, not ${quote(draft.seconds)}.`);
  if (draft.together !== '' && draft.together !== '1') problem('together', `“together” can be 1, not ${quote(draft.together)}.`);
  const methods = methodsOf(draft);
  const strange = methods.find((name) => !METHOD_ORDER.includes(name));
  if (strange !== undefined) problem('methods', `There is no method ${quote(strange)}; there are ${METHOD_ORDER.join(', ')}.`);
  else if (methods.length === 0) problem('methods', 'Choose at least one method.');
  if (problems.length > 0 || (slow !== 'sleep' && slow !== 'prime')) return { settings: null, problems };
  return { settings: { slow, seconds, together: draft.together === '1' && threads, methods }, problems };
}

/** @param {Settings} settings */
export function toArgv({ slow, seconds, together, methods }) {
  return ['spin', ...methods, '--slow', slow, '--seconds', String(seconds), ...(together ? ['--together'] : []), '--json', '-'];
}

/** What Run will do, in a line. @param {Settings} settings */
export function intention({ slow, seconds, together, methods }) {
  const who = methods.length === METHOD_ORDER.length ? 'All six methods' : methods.length === 1 ? methods[0] : `${methods.length} methods`;
  const how = methods.length === 1 ? '' : together ? ', together' : ', one at a time';
  return `${who}${how} · ${slow === 'sleep' ? 'a sleep' : 'a computation'} of ${seconds}\u00a0s`;
}
