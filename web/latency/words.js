// The numbers as words: of a row, of the whole table to be pasted elsewhere, and what follows from them. Pure.

import { csv } from '../page/csv.js';
import { integer, list, seconds, secondsRange, significant, tickBytes, tickSeconds, times } from '../page/format.js';
import { table } from '../page/markdown.js';
import { mayBeOne, ratioOf } from '../page/ratio.js';
import { ratio } from './board.js';
import { distance, like } from './human.js';
import { GROUPS } from './rows.js';

/** @import { LatencyDocument, LatencyLadder } from './types.js' */
/** @import { Entry } from './board.js' */

/** Cycles of a processor: a fraction matters below ten. @param {number | null} count @param {[string, string]} [large] */
export function cycles(count, [million, billion] = ['million', 'billion']) {
  if (count === null || !Number.isFinite(count)) return '–';
  if (count < 10) return significant(count, 2);
  if (count < 1e6) return integer(Number(count.toPrecision(3)));
  return count < 1e9 ? `${significant(count / 1e6)}\u00a0${million}` : `${significant(count / 1e9)}\u00a0${billion}`;
}

/** @param {Pick<Entry, 'low' | 'high'>} entry */
export function interval({ low, high }) {
  return low !== null && high !== null ? secondsRange(low, high) : '–';
}

/** @type {Record<LatencyLadder['levels'][number]['name'], string>} */
export const LEVELS = { l1: 'L1', l2: 'L2', l3: 'L3', memory: 'memory' };

/** "L1, 32 KiB". @param {LatencyLadder['levels'][number]} level */
export function levelName({ name, bytes: size }) {
  return size === null ? LEVELS[name] : `${LEVELS[name]}, ${tickBytes(size)}`;
}

/** @type {[head: string, cell: (entry: Entry) => string][]} */
const COLUMNS = [
  ['Row', (entry) => entry.label],
  ['Here', (entry) => (entry.seconds === null ? (entry.reason ?? 'not measured') : seconds(entry.seconds))],
  ['95% interval', (entry) => (entry.seconds === null ? '' : interval(entry))],
  ['Classic', (entry) => (entry.classicSeconds === null ? '' : tickSeconds(entry.classicSeconds))],
  ['Ratio', (entry) => (ratio(entry) === null ? '' : times(ratio(entry)))],
  ['Cycles', (entry) => (entry.cycles === null ? '' : cycles(entry.cycles))],
  ['1 ns = 100 m', (entry) => (entry.seconds === null ? '' : `${distance(entry.seconds)}, ${like(entry.seconds)}`)],
];

/** The table, to be pasted. @param {readonly Entry[]} entries @param {'text' | 'Markdown'} form text: separated by tabs */
export function tableText(entries, form) {
  const plain = (/** @type {string} */ text) => text.replaceAll('\u00a0', ' ').replace(/\s+/g, ' ').trim();
  const lines = [COLUMNS.map(([head]) => head), ...entries.map((entry) => COLUMNS.map(([, cell]) => plain(cell(entry))))];
  if (form === 'text') return lines.map((cells) => `${cells.join('\t')}\n`).join('');
  return table(lines[0] ?? [], lines.slice(1), (column) => column > 0 && column < COLUMNS.length - 1);
}

/** @param {LatencyDocument} document */
export function toCsv(document) {
  return csv(
    [
      ['name', (row) => row.name], ['title', (row) => row.title], ['group', (row) => row.group], ['seconds', (row) => row.seconds],
      ['low_seconds', (row) => row.low], ['high_seconds', (row) => row.high], ['classic_seconds', (row) => row.classicSeconds],
      ['cycles', (row) => row.cycles], ['reason', (row) => row.reason],
    ],
    document.rows,
  );
}

/** As one of a ratio; null: it was not measured, or too seldom for an interval. @param {Entry | null} entry */
function bounded(entry) {
  if (!entry || !(Number(entry.seconds) > 0) || entry.low === null || entry.high === null) return null;
  return { value: Number(entry.seconds), low: entry.low, high: entry.high };
}

/**
 * What the interval of the ratio says of two; null: there is none.
 * @param {Entry | null} a @param {Entry | null} b @returns {'more' | 'less' | 'cannot tell' | null}
 */
function difference(a, b) {
  const [above, below] = [bounded(a), bounded(b)];
  if (!above || !below) return null;
  const often = ratioOf(above, below);
  return mayBeOne(often) ? 'cannot tell' : often.low > 1 ? 'more' : 'less';
}

/** "twice", "35 times". @param {Entry} a @param {Entry} b */
function many(a, b) {
  const n = Number(a.seconds) / Number(b.seconds);
  return n >= 1.95 && n < 2.05 ? 'twice' : `${n >= 100 ? integer(Number(n.toPrecision(2))) : significant(n, 2)} times`;
}

/**
 * What the numbers mean, in sentences; only what the intervals bear out: of two numbers that of their ratio.
 * @param {(name: string) => Entry | null} row
 * @param {readonly Entry[]} entries
 * @returns {string[]}
 */
export function verdict(row, entries) {
  /** @type {string[]} */
  const lines = [];
  /** @type {string[]} */
  const alike = [];
  const name = (/** @type {Entry} */ { group, label }) => (group === 'tasks' ? `an empty task under ${label}` : `“${label}”`);
  /** @param {Entry | null} a @param {Entry | null} b @param {(times: string, more: string, less: string) => string} say that a is more */
  const weigh = (a, b, say) => {
    const said = difference(a, b);
    if (!a || !b || !said) return;
    if (said === 'more') lines.push(say(many(a, b), seconds(a.seconds), seconds(b.seconds)));
    if (said === 'cannot tell') alike.push(`${name(a)} and ${name(b)} (${seconds(a.seconds)} and ${seconds(b.seconds)})`);
  };
  /** @param {string} more @param {string} less @param {(times: string, more: string, less: string) => string} say */
  const compare = (more, less, say) => weigh(row(more), row(less), say);
  compare('main-memory', 'l1-cache', (n, far, near) => `Main memory is ${n} as far away as the L1 cache: ${far} against ${near}.`);
  compare('false-sharing', 'padded-counters', (n, shared, padded) => `Two counters on one cache line cost ${n} as much as on two: ${shared} against ${padded} for each count.`);
  compare('atomic-add-contended', 'atomic-add', (n, with2, alone) => `An atomic addition that two threads fight over takes ${n} as long as one alone, ${with2} instead of ${alone}.`);
  compare('mutex-contended', 'mutex', (n, with2, alone) => `A mutex that another thread wants takes ${n} as long as a free one, ${with2} instead of ${alone}.`);
  compare('futex-parked', 'futex-spinning', (n, parked, spinning) => `To wake a thread that sleeps takes ${n} as long as to reach one that spins: ${parked} against ${spinning}.`);
  compare('message-1mb', 'message-1mb-transfer', (n, copied, moved) => `A megabyte that is copied takes ${n} as long as one that changes hands: ${copied} against ${moved}.`);
  compare('process-start-cold', 'thread-start', (n, process, thread) => `In the time that a process starts, ${process}, a thread starts and ends ${n} (${thread}).`);
  compare('process-start-cold', 'process-start-warm', (n, cold, warm) => `A process whose program must be compiled first takes ${n} as long to start: ${cold} against ${warm}.`);
  compare('fetch-network', 'fetch-cache', (n, far, near) => `The server answers in ${far}, the cache in ${near}: ${n} as long.`);
  const tasks = entries.filter((entry) => entry.group === 'tasks' && entry.seconds !== null).sort((a, b) => Number(a.seconds) - Number(b.seconds));
  const [cheap, dear] = [tasks[0] ?? null, tasks.at(-1) ?? null];
  if (cheap && dear && cheap !== dear) weigh(dear, cheap, (n, more, less) => `An empty task costs ${less} under ${cheap.label} and ${more} under ${dear.label}, ${n} as much.`);
  if (alike.length > 0) lines.push(`Cannot be told apart: ${alike.join('; ')}.`);
  const classic = entries.filter((entry) => ratio(entry) !== null);
  if (classic.length > 1) {
    const known = (/** @type {Entry} */ entry) => Number(entry.classicSeconds);
    const faster = classic.filter((entry) => entry.high !== null && entry.high < known(entry)).length;
    const slower = classic.filter((entry) => entry.low !== null && entry.low > known(entry)).length;
    const same = classic.length - faster - slower;
    const parts = [[faster, 'less'], [slower, 'more'], [same, 'no certain difference']].flatMap(([n, words]) => (n ? [`${n === 1 ? 'one' : integer(Number(n))} ${words}`] : []));
    lines.push(`Against the ${integer(classic.length)} classic numbers that can be measured: ${list(parts)}. Some are of another thing here, and a row says so when it is opened: what was read a moment ago comes from a cache.`);
  }
  return lines;
}

/** The ladder in a sentence. @param {readonly LatencyLadder['levels'][number][]} levels */
export function ladderSentence(levels) {
  const found = levels.filter((level) => level.bytes !== null);
  if (levels.length === 0) return '';
  const ways = levels.map((level) => `${levelName(level)}: ${seconds(level.seconds)}`);
  return `${found.length === 0 ? 'No cache was found' : found.length === 1 ? 'One cache was found' : `${integer(found.length)} caches were found`}. ${ways.join('; ')}.`;
}

/** The chart, for who does not see it. @param {readonly Entry[]} entries @param {boolean} distances */
export function chartSummary(entries, distances) {
  const how = distances ? distance : seconds;
  const measured = entries.filter((entry) => entry.seconds !== null);
  const words = measured.map((entry) => `${entry.label}: ${how(entry.seconds)}${entry.classicSeconds === null ? '' : `, classic ${distances ? distance(entry.classicSeconds) : tickSeconds(entry.classicSeconds)}`}`);
  const titles = list(GROUPS.filter((group) => entries.some((entry) => entry.group === group.name)).map((group) => group.title.toLowerCase()));
  return `Times on a logarithmic axis, from a tenth of a nanosecond to a second: ${titles}. ${words.length > 0 ? `Measured here: ${words.join('; ')}.` : 'Nothing is measured yet; the hollow marks are the classic numbers.'}`;
}
