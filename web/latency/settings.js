// The latency exhibit's settings: as typed and in the address, as checked, as the words of a run. Pure.

import { list, plural } from '../page/format.js';
import { addresses } from '../page/presets.js';
import { quote, wholeNumber } from '../page/input.js';
import { GROUPS, LADDER, ROWS, chosen } from './rows.js';

/** @import { Known } from './rows.js' */
/**
 * @typedef {{ only: string, seconds: string, show: string }} Draft `seconds` empty: as many as the rows need
 * @typedef {keyof Draft} Field
 * @typedef {{ only: string[], rows: Known[], seconds: number, distances: boolean }} Settings
 * @typedef {{ field: Field, message: string }} Problem
 */

/** @type {Readonly<Draft>} */
export const DEFAULTS = { only: '', seconds: '', show: '' };

const MOST_SECONDS = 120;
/** For all rows: what begins and ends them besides comes to that, and all is over within 30. */
const WHOLE_SECONDS = 25;
const LEAST_SECONDS = 3;
const ROW_SECONDS = 0.6;
const LADDER_SECONDS = 8;

/** @type {readonly import('../page/presets.js').Preset<Draft>[]} */
export const PRESETS = [
  {
    name: 'ladder',
    title: 'The cache ladder',
    sentence: 'A walk through ever more memory finds where each cache of your processor ends, by itself.',
    changes: { only: LADDER.join() },
  },
  {
    name: 'sharing',
    title: 'False sharing, and its padded twin',
    sentence: 'Two threads count, each for itself: on one cache line they take it from each other, on two they do not meet.',
    changes: { only: 'atomic-add,atomic-add-contended,false-sharing,padded-counters' },
  },
  {
    name: 'waking',
    title: 'Wait asleep, or wait awake',
    sentence: 'Handing over to a thread that sleeps costs a wake-up; to one that spins nearly nothing, but a core.',
    changes: { only: 'mutex,mutex-contended,futex-parked,futex-spinning,gil-hand-over,queue-hop,pipe-round-trip' },
  },
  {
    name: 'messages',
    title: 'A message, copied or moved',
    sentence: 'A megabyte that is copied is paid byte by byte; one that is moved need not be, though in Firefox it is.',
    changes: { only: 'message-0b,message-1kb,message-1mb,message-1mb-transfer,clone-1mb' },
  },
  {
    name: 'starts',
    title: 'A thread, a process, a coroutine',
    sentence: 'What it takes until something new runs: a thread, a process without and with its program at hand.',
    changes: { only: 'thread-start,process-start-cold,process-start-warm,wasm-instantiate,coroutine-switch,async-turn' },
  },
  {
    name: 'tasks',
    title: 'What a task costs',
    sentence: 'A task that does nothing shows what each model adds to every task that does something.',
    changes: { only: 'tasks' },
  },
  {
    name: 'outside',
    title: 'Out of the program and back',
    sentence: 'A fetch from the cache and from the server, and storage: from here on you wait rather than compute.',
    changes: { only: 'outside' },
  },
];

export const { fields: FIELDS, presetDraft, readAddress } = addresses({ defaults: DEFAULTS, presets: PRESETS });

/** @param {string} text */
function words(text) {
  return [...new Set(text.split(/[\s,]+/).filter(Boolean))];
}

/** The preset that a draft is, if it is one; how it is shown does not count. @param {Draft} draft */
export function presetOf(draft) {
  if (draft.seconds.trim() !== '') return null;
  const names = (/** @type {string[]} */ only) => chosen(only).map((row) => row.name).join();
  const mine = words(draft.only);
  if (mine.length === 0) return null;
  return PRESETS.find((preset) => names(words(preset.changes.only ?? '')) === names(mine) && !stranger(mine)) ?? null;
}

/** A word that is neither row nor group. @param {readonly string[]} only */
function stranger(only) {
  return only.find((word) => !ROWS.some((row) => row.name === word) && !GROUPS.some((group) => group.name === word));
}

/** @param {Draft} draft @returns {string} "?…": a preset by its name, else what is not as usual */
export function writeAddress(draft) {
  const preset = presetOf(draft);
  const parts = FIELDS.filter((field) => draft[field].trim() !== '' && !(preset && field === 'only')).map((field) => {
    const text = field === 'only' ? words(draft.only).join(',') : draft[field];
    return new URLSearchParams([[field, text]]).toString().replace(/%2C/g, ',');
  });
  if (preset) parts.unshift(`preset=${preset.name}`);
  return parts.length > 0 ? `?${parts.join('&')}` : './latency.html';
}

/** How long so many rows should take. @param {readonly Known[]} rows */
export function usualSeconds(rows) {
  if (rows.length === ROWS.length) return WHOLE_SECONDS;
  const ladder = rows.some((row) => LADDER.includes(row.name)) ? LADDER_SECONDS : 0;
  const others = rows.filter((row) => !LADDER.includes(row.name)).length;
  return Math.min(WHOLE_SECONDS, Math.max(LEAST_SECONDS, Math.ceil(ladder + others * ROW_SECONDS)));
}

/** @param {Draft} draft @returns {{ settings: Settings | null, problems: Problem[] }} */
export function check(draft) {
  /** @type {Problem[]} */
  const problems = [];
  const only = words(draft.only);
  const strange = stranger(only);
  if (strange !== undefined) problems.push({ field: 'only', message: rowProblem(strange) });
  const rows = chosen(only);
  let seconds = usualSeconds(rows);
  if (draft.seconds.trim() !== '') {
    const given = wholeNumber(draft.seconds, 1, MOST_SECONDS);
    if (given === null) problems.push({ field: 'seconds', message: `Seconds must be a whole number from 1 to ${MOST_SECONDS}, or nothing, not ${quote(draft.seconds)}.` });
    else seconds = given;
  }
  if (draft.show !== '' && draft.show !== 'distances') problems.push({ field: 'show', message: `“show” can be distances, not ${quote(draft.show)}.` });
  return { settings: problems.length > 0 ? null : { only, rows, seconds, distances: draft.show === 'distances' }, problems };
}

/** @param {string} word */
function rowProblem(word) {
  const near = ROWS.map((row) => row.name).filter((name) => name.includes(word) || word.split('-').some((part) => part.length > 2 && name.includes(part)));
  const rows = near.length > 0 ? list(near.slice(0, 3)) : 'l1-cache, mutex and others in the table';
  return `There is no row ${quote(word)}; there are ${rows}, and the groups ${list(GROUPS.map((group) => group.name))}.`;
}

/** @param {Settings} settings */
export function toArgv({ only, rows, seconds }) {
  const argv = ['latency', '--seconds', String(seconds)];
  if (only.length > 0) argv.push('--only', rows.map((row) => row.name).join(','));
  return [...argv, '--json', '-'];
}

/** What Run will do, in a line. @param {Settings} settings */
export function intention({ only, rows, seconds }) {
  return `${only.length === 0 ? `All ${rows.length} numbers` : rows.length <= 2 ? list(rows.map((row) => row.name)) : plural(rows.length, 'number')} · about ${seconds}\u00a0s`;
}
