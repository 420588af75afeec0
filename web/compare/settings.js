// The experiment's settings in their three forms:
//
//   draft    what the form shows and the address carries: text as typed, right or wrong, so that nothing
//            a person wrote is ever lost
//   settings what a checked draft means
//   argv     the words `lab` takes, and the files they name
//
// Pure: no DOM, no globals.

import { quote, wholeNumber } from '../page/input.js';

/** @import { Catalogue, Workload } from '../page/types.js' */

/**
 * @typedef {{ workloads: string[], methods: string[], workers: string, size: string, rounds: string, seconds: string,
 *             seed: string, latency: string, numbers: string, urls: string }} Draft
 * @typedef {keyof Draft} Field
 * @typedef {{ field: Field, message: string }} Problem
 * @typedef {{ workloads: string[], methods: string[], workers: number[], size: number | 'full' | null, rounds: number,
 *             seconds: number, seed: number, latency: number | null, numbers: string[], urls: string[] }} Settings
 */

export const FIELDS = /** @type {const} */ ([
  'workloads', 'methods', 'workers', 'size', 'rounds', 'seconds', 'seed', 'latency', 'numbers', 'urls',
]);
const LISTS = /** @type {const} */ (['workloads', 'methods']);

// The core's own limits (core/exhibits/compare/options.c, core/futures/executor.h), told before a run instead of after.
const MOST_WORKERS = 256;
const MOST_WORKER_COUNTS = 32;
const MOST_LATENCY_MS = 10_000;
const MOST_SECONDS = 86_400;
const MOST_ROUNDS = 1000;
// The page's: what an address can carry.
const MOST_NUMBERS = 500;
const MOST_URLS = 500;
const MOST_U64 = 18_446_744_073_709_551_615n;

/**
 * 1, 2, 4 … up to the cores, and the cores themselves: enough points for a scaling curve.
 * @param {number} cores
 */
export function defaultWorkers(cores) {
  const most = Math.max(1, Math.min(cores, 16));
  const counts = [];
  for (let n = 1; n < most; n *= 2) counts.push(n);
  counts.push(most);
  return counts.join(',');
}

/** @param {Catalogue} catalogue @param {number} cores @returns {Draft} */
export function defaultDraft(catalogue, cores) {
  const first = catalogue.workloads.find((w) => w.name === 'primes') ?? catalogue.workloads[0];
  return {
    workloads: first ? [first.name] : [],
    methods: catalogue.methods.filter((m) => m.available).map((m) => m.name),
    workers: defaultWorkers(cores),
    size: '',
    rounds: '5',
    seconds: '10',
    seed: '1',
    latency: '100',
    numbers: '',
    urls: '',
  };
}

/**
 * What an address says, laid over the defaults. Anything it names is kept as it is, to be checked and
 * shown; `unknown` are the settings this page does not have.
 * @param {string} search the address from its question mark on
 * @param {Draft} defaults
 * @returns {{ draft: Draft, unknown: string[], given: boolean }}
 */
export function readAddress(search, defaults) {
  const params = new URLSearchParams(search);
  /** @type {Draft} */
  const draft = { ...defaults, workloads: [...defaults.workloads], methods: [...defaults.methods] };
  const unknown = new Set();
  let given = false;
  for (const [key, value] of params) {
    if (!FIELDS.includes(/** @type {Field} */ (key))) {
      unknown.add(key);
      continue;
    }
    given = true;
    if (key === 'workloads' || key === 'methods') draft[key] = splitWords(value);
    else draft[/** @type {Exclude<Field, 'workloads' | 'methods'>} */ (key)] = value;
  }
  return { draft, unknown: [...unknown], given };
}

/** @param {string} text */
function splitWords(text) {
  return [...new Set(text.split(/[\s,]+/).filter(Boolean))];
}

/** Every setting, so that the link opens the same experiment. @param {Draft} draft @returns {string} "?…" */
export function writeAddress(draft) {
  const parts = [];
  for (const field of FIELDS) {
    const value = draft[field];
    const text = Array.isArray(value) ? value.join(',') : value;
    if (text === '' && (field === 'size' || field === 'numbers' || field === 'urls')) continue;
    // Commas and slashes need no escape in a query, and are what a person reads the address by.
    parts.push(new URLSearchParams([[field, text]]).toString().replace(/%2C/g, ',').replace(/%2F/g, '/'));
  }
  return `?${parts.join('&')}`;
}

/** The workload that the size belongs to: there is one size, so there must be one workload. @param {Draft} draft @param {Catalogue} catalogue @returns {Workload | null} */
export function sizedWorkload(draft, catalogue) {
  if (draft.workloads.length !== 1) return null;
  return catalogue.workloads.find((w) => w.name === draft.workloads[0]) ?? null;
}

/** @param {readonly string[]} workloads @param {Catalogue} catalogue */
export function waits(workloads, catalogue) {
  return catalogue.workloads.some((w) => workloads.includes(w.name) && (w.family === 'io' || w.family === 'mixed'));
}

/**
 * @param {Draft} draft
 * @param {Catalogue} catalogue
 * @param {string} base the address of the site: the only place its pages may be read from
 * @returns {{ settings: Settings | null, problems: Problem[] }}
 */
export function check(draft, catalogue, base) {
  /** @type {Problem[]} */
  const problems = [];
  /** @param {Field} field @param {string} message */
  const problem = (field, message) => void problems.push({ field, message });
  /** @param {Field & ('rounds' | 'seconds' | 'seed' | 'latency')} field @param {number} low @param {number} high @param {string} what */
  const number = (field, low, high, what) => {
    const value = wholeNumber(draft[field], low, high);
    if (value === null) problem(field, `${what} must be a whole number from ${low} to ${high}, not ${quote(draft[field])}.`);
    return value ?? low;
  };

  for (const field of LISTS) {
    const known = catalogue[field].map((entry) => entry.name);
    const word = field === 'workloads' ? 'workload' : 'method';
    const strange = draft[field].find((name) => !known.includes(name));
    if (strange !== undefined) problem(field, `There is no ${word} ${quote(strange)}; there are ${known.join(', ')}.`);
    else if (draft[field].length === 0) problem(field, `Choose at least one ${word}.`);
  }
  const open = draft.methods.filter((name) => catalogue.methods.some((m) => m.name === name && m.available));
  if (open.length === 0 && !problems.some((p) => p.field === 'methods'))
    problem('methods', 'None of the chosen methods can run here; choose another.');

  const named = draft.urls.trim() !== '';
  const work = draft.workloads.filter((name) => named || !catalogue.workloads.find((w) => w.name === name)?.lacks);
  if (work.length === 0 && draft.workloads.length > 0 && !problems.some((p) => p.field === 'workloads'))
    problem('workloads', `There is nothing here for ${draft.workloads.join(' or ')} to read: choose other work, or give addresses to read below.`);

  const workers = checkWorkers(draft.workers, problem);
  const size = checkSize(draft, catalogue, problem);
  const numbers = work.includes('primes') ? checkNumbers(draft.numbers, problem) : [];
  const waiting = waits(work, catalogue);
  const urls = waiting ? checkUrls(draft.urls, base, problem) : [];
  const rounds = number('rounds', 1, MOST_ROUNDS, 'Rounds');
  const seconds = number('seconds', 1, MOST_SECONDS, 'The time limit');
  const seed = number('seed', 0, 999_999_999_999_999, 'The seed');
  const latency = waiting ? number('latency', 0, MOST_LATENCY_MS, 'The latency') : null;

  if (problems.length > 0) return { settings: null, problems };
  return {
    settings: { workloads: work, methods: open, workers, size, rounds, seconds, seed, latency, numbers, urls },
    problems,
  };
}

/** @param {string} text @param {(field: Field, message: string) => void} problem */
function checkWorkers(text, problem) {
  const words = text.split(/[\s,;]+/).filter(Boolean);
  if (words.length === 0) problem('workers', 'Say how many workers, for example 1,2.');
  const counts = new Set();
  for (const word of words) {
    const count = wholeNumber(word, 1, MOST_WORKERS);
    if (count === null) {
      problem('workers', `Workers must be whole numbers from 1 to ${MOST_WORKERS}, not ${quote(word)}.`);
      return [];
    }
    counts.add(count);
  }
  if (counts.size > MOST_WORKER_COUNTS) problem('workers', `At most ${MOST_WORKER_COUNTS} different worker counts, not ${counts.size}.`);
  return [...counts].sort((a, b) => a - b);
}

/** @param {Draft} draft @param {Catalogue} catalogue @param {(field: Field, message: string) => void} problem */
function checkSize(draft, catalogue, problem) {
  if (draft.size.trim().toLowerCase() === 'full') return 'full';
  const workload = sizedWorkload(draft, catalogue);
  if (!workload || draft.size.trim() === '') return null;
  const size = wholeNumber(draft.size, workload.minSize, workload.maxSize);
  if (size === null)
    problem('size', `The size of ${workload.name} must be ${workload.minSize} to ${workload.maxSize} ${workload.sizeUnit}, or full, not ${quote(draft.size)}.`);
  return size;
}

/** @param {string} text @param {(field: Field, message: string) => void} problem */
function checkNumbers(text, problem) {
  const words = text.split(/[\s,;]+/).filter(Boolean);
  if (words.length > MOST_NUMBERS) problem('numbers', `At most ${MOST_NUMBERS} numbers, not ${words.length}.`);
  for (const word of words)
    if (!/^\d{1,20}$/.test(word) || BigInt(word) > MOST_U64) {
      problem('numbers', `The numbers to test must be whole numbers from 0 to ${MOST_U64}, not ${quote(word)}.`);
      return [];
    }
  return words;
}

/** @param {string} text @param {string} base @param {(field: Field, message: string) => void} problem */
function checkUrls(text, base, problem) {
  const lines = text.split(/\s+/).filter(Boolean);
  const home = new URL('./', base);
  if (lines.length > MOST_URLS) problem('urls', `At most ${MOST_URLS} addresses, not ${lines.length}.`);
  /** @type {string[]} */
  const urls = [];
  for (const line of lines) {
    const url = URL.canParse(line, home.href) ? new URL(line, home.href) : null;
    if (!url || !/^https?:$/.test(url.protocol)) {
      problem('urls', `${quote(line)} is no web address.`);
      return [];
    }
    if (url.origin !== home.origin) {
      problem('urls', `${quote(line)} is on another site; this page may only read pages of its own site, ${home.origin}.`);
      return [];
    }
    url.hash = '';
    urls.push(url.href);
  }
  return urls;
}

/**
 * @param {Settings} settings
 * @returns {{ argv: string[], files: Record<string, string> }}
 */
export function toRun(settings) {
  const argv = ['compare', ...settings.workloads];
  /** @type {Record<string, string>} */
  const files = {};
  argv.push('--methods', settings.methods.join(','), '--workers', settings.workers.join(','));
  if (settings.size !== null) argv.push('--size', String(settings.size));
  argv.push('--rounds', String(settings.rounds), '--seconds', String(settings.seconds), '--seed', String(settings.seed));
  if (settings.latency !== null) argv.push('--latency', String(settings.latency));
  if (settings.numbers.length > 0) {
    argv.push('--numbers', 'numbers.txt');
    files['numbers.txt'] = `${settings.numbers.join('\n')}\n`;
  }
  if (settings.urls.length > 0) {
    argv.push('--urls', 'urls.txt');
    files['urls.txt'] = `${settings.urls.join('\n')}\n`;
  }
  argv.push('--json', '-');
  return { argv, files };
}
