// The GIL exhibit's settings: as typed and in the address, as checked, as the words of a run. Pure.

import { addresses } from '../page/presets.js';
import { quote, wholeNumber } from '../page/input.js';
import { LEAST_US, MOST_US, USUAL_US, intervalWords } from './interval.js';

/**
 * @typedef {{ threads: string, 'io-threads': string, 'interval-us': string, 'io-us': string, seconds: string, only: string }} Draft
 *   as the command line calls them
 * @typedef {keyof Draft} Field
 * @typedef {{ threads: number, ioThreads: number, intervalUs: number, ioUs: number, seconds: number, noGil: boolean }} Settings
 * @typedef {{ field: Field, message: string }} Problem
 * @typedef {import('../page/presets.js').Preset<Draft>} Preset
 */

export const FIELDS = /** @type {const} */ (['threads', 'io-threads', 'interval-us', 'io-us', 'seconds', 'only']);

/** @type {Readonly<Draft>} */
export const DEFAULTS = { threads: '2', 'io-threads': '1', 'interval-us': String(USUAL_US), 'io-us': '1000', seconds: '20', only: '' };

// The core's own limits, told before a run instead of after.
const LIMITS = /** @type {const} */ ({
  threads: [0, 16, 'CPU threads'],
  'io-threads': [0, 16, 'I/O threads'],
  'interval-us': [LEAST_US, MOST_US, 'The interval, in microseconds,'],
  'io-us': [1, 1_000_000, 'The length of an I/O wait, in microseconds,'],
  seconds: [1, 600, 'Seconds'],
});

/** @type {Preset[]} */
export const PRESETS = [
  {
    name: 'cpu',
    title: 'CPU-bound threads gain nothing',
    sentence: 'Two threads that only compute take turns, so that together they do the work of one.',
    changes: { threads: '2', 'io-threads': '0', seconds: '6' },
  },
  {
    name: 'io',
    title: 'I/O threads gain everything',
    sentence: 'A thread lets go of the GIL while it waits, so that eight of them wait at the same time.',
    changes: { threads: '0', 'io-threads': '8', 'io-us': '5000', seconds: '6' },
  },
  {
    name: 'convoy',
    title: 'The convoy',
    sentence: 'Beside one thread that computes, a thread doing short I/O waits a whole interval after every return.',
    changes: { threads: '1', 'io-threads': '1', 'io-us': '1000', seconds: '8' },
  },
  {
    name: 'tiny',
    title: 'A tiny interval costs throughput',
    sentence: 'At 1 µs the threads are busy asking for the GIL and handing it over; slide towards 5 ms and watch the tasks rise.',
    changes: { threads: '2', 'io-threads': '0', 'interval-us': '1', seconds: '16' },
  },
  {
    name: 'lost',
    title: 'No GIL, and the lost update',
    sentence: 'Four threads add to one counter: unprotected and without a GIL it forgets some; with a lock, or as an atomic, nothing.',
    changes: { threads: '4', 'io-threads': '0', seconds: '2' },
  },
];

export const { presetDraft, presetOf, readAddress, writeAddress } = addresses({ defaults: DEFAULTS, presets: PRESETS, silent: ['only'] });

/** @param {Draft} draft @returns {{ settings: Settings | null, problems: Problem[] }} */
export function check(draft) {
  /** @type {Problem[]} */
  const problems = [];
  /** @param {keyof typeof LIMITS} field */
  const number = (field) => {
    const [low, high, what] = LIMITS[field];
    const value = wholeNumber(draft[field], low, high);
    if (value === null) problems.push({ field, message: `${what} must be a whole number from ${low} to ${high}, not ${quote(draft[field])}.` });
    return value ?? low;
  };
  const settings = {
    threads: number('threads'), ioThreads: number('io-threads'), intervalUs: number('interval-us'), ioUs: number('io-us'),
    seconds: number('seconds'), noGil: draft.only === 'no-gil',
  };
  if (draft.only !== '' && draft.only !== 'no-gil') problems.push({ field: 'only', message: `“only” can be no-gil, not ${quote(draft.only)}.` });
  if (problems.length === 0 && settings.threads + settings.ioThreads === 0) problems.push({ field: 'threads', message: 'There must be a thread: of the CPU or of the I/O kind.' });
  return { settings: problems.length > 0 ? null : settings, problems };
}

/** @param {Settings} settings */
export function toArgv({ threads, ioThreads, intervalUs, ioUs, seconds, noGil }) {
  const argv = ['gil', '--threads', String(threads), '--interval-us', String(intervalUs), '--io-threads', String(ioThreads)];
  argv.push('--seconds', String(seconds), '--io-us', String(ioUs));
  if (noGil) argv.push('--only', 'no-gil');
  return [...argv, '--json', '-'];
}

/** What Run will do, in a line. @param {Settings} settings */
export function intention({ threads, ioThreads, intervalUs, noGil, seconds }) {
  const count = (/** @type {number} */ n, /** @type {string} */ kind) => (n > 0 ? [`${n} ${kind} thread${n === 1 ? '' : 's'}`] : []);
  const who = [...count(threads, 'CPU'), ...count(ioThreads, 'I/O')].join(', ');
  return noGil ? `${who} · ${seconds} s without a GIL` : `${who} · interval ${intervalWords(intervalUs)} · ${seconds} s, half of it without the GIL`;
}
